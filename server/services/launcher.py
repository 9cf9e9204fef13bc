"""Starts searches as processes of their own, which outlive the server that started them.

Run as a module with the path of an order, ``python -m illuminas.server.services.launcher ORDER``, it carries the order
out: it is the entry point of such a process.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError

from illuminas.agents.config import SearchConfig
from illuminas.memory.runs import RunFolder
from illuminas.tools.errors import IlluminasError
from illuminas.tools.frozen import Frozen
from illuminas.tools.paths import home, runs_folder

LAST_WORDS = 2000
"""Characters of what a process wrote, from its end."""


class Order(Frozen):
    """What a process is to do.

    Attributes:
        run_id: the run's folder among the user's.
        config: of a new run; None goes on with the one that is there.
        caps: new caps of a run that goes on.
    """

    run_id: str
    config: SearchConfig | None = None
    caps: dict[str, float] = Field(default={})

    @property
    def folder(self) -> RunFolder:
        return RunFolder(runs_folder() / self.run_id)


class Launcher:
    """Writes orders, starts processes, and tells how those stand that have not begun to write a log."""

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder or home() / "launched"

    def launch(self, order: Order) -> None:
        """Start a process that carries the order out; returns at once.

        Raises:
            IlluminasError: one that was started before is still there.
        """
        import fcntl

        self._folder.mkdir(parents=True, exist_ok=True)
        path = self._order(order.run_id)
        with self._output(order.run_id).open("ab") as output:
            # the process holds this lock for as long as it lives: it belongs to the open file, which it inherits
            try:
                fcntl.flock(output, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise IlluminasError(
                    f"a process of run {order.run_id} was started already. See how it stands in some seconds."
                ) from error
            output.truncate(0)
            path.write_text(order.model_dump_json(exclude_unset=True), encoding="utf-8")
            process = subprocess.Popen(
                [sys.executable, "-m", "illuminas.server.services.launcher", str(path)],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,  # a signal to this server's terminal does not reach it
                env=os.environ | {"PYTHONUNBUFFERED": "1"},
            )
        # whoever started a process is told of its end, or the system keeps it as a zombie
        threading.Thread(target=process.wait, name=f"wait-{order.run_id}", daemon=True).start()

    def order(self, run_id: str) -> Order | None:
        """The last order for a run; None where it was started elsewhere.

        Raises:
            IlluminasError: it is damaged, or of another version.
        """
        path = self._order(run_id)
        try:
            return Order.model_validate_json(path.read_bytes()) if path.is_file() else None
        except ValidationError as error:
            raise IlluminasError(
                f"{path} is no order that this version of illuminas understands. Where the run never began, remove it."
            ) from error

    def ordered(self) -> list[str]:
        """Ids of the runs that processes were started for, the newest first."""
        return sorted((path.stem for path in self._folder.glob("*.json")), reverse=True)

    def state(self, run_id: str) -> Literal["starting", "failed"]:
        """How a process stands whose run has not begun."""
        import fcntl

        try:
            with self._output(run_id).open("rb") as output:
                fcntl.flock(output, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except FileNotFoundError:
            return "failed"
        except BlockingIOError:
            return "starting"
        return "failed"

    def last_words(self, run_id: str) -> str:
        """The end of what its process wrote."""
        try:
            return self._output(run_id).read_text(encoding="utf-8", errors="replace").strip()[-LAST_WORDS:]
        except FileNotFoundError:
            return ""

    def _order(self, run_id: str) -> Path:
        return self._folder / f"{run_id}.json"

    def _output(self, run_id: str) -> Path:
        return self._folder / f"{run_id}.txt"


def main(path: Path) -> None:
    """Carry out the order in a file; SIGTERM and SIGINT finish what is in flight."""
    from illuminas.agents.search import Search

    order = Order.model_validate_json(path.read_bytes())
    if order.config is None:
        search = Search(resume=order.folder, caps=order.caps)
    else:
        search = Search(order.config, place=order.folder)
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: search.stop())
    search.run()


if __name__ == "__main__":
    try:
        main(Path(sys.argv[1]))
    except IlluminasError as error:
        sys.exit(f"illuminas: {error}")
