"""The runs there are: one folder each, named by the run's id."""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Literal, NamedTuple

from illuminas.memory.events import EventLog, OtherVersionError
from illuminas.memory.state import RunState
from illuminas.tools.errors import LISTED, IlluminasError, unknown_name
from illuminas.tools.paths import runs_folder

RunStatus = Literal["running", "paused", "waiting", "interrupted", "finished"]
"""Waiting is for an answer of a person."""


class RunFolder(NamedTuple):
    """Where a run keeps its files."""

    path: Path

    @property
    def id(self) -> str:
        return self.path.name

    @property
    def log(self) -> Path:
        return self.path / "events.sqlite"

    @property
    def checkpoints(self) -> Path:
        return self.path / "checkpoints.sqlite"

    @property
    def plot(self) -> Path:
        return self.path / "result.png"

    @property
    def networks(self) -> Path:
        """Of trained networks: a folder each, named by the architecture's hash."""
        return self.path / "networks"

    @property
    def lock(self) -> Path:
        return self.path / "lock"


def new_run(folder: Path | None = None) -> RunFolder:
    """A folder for a new run, in ``folder`` or among the user's; its id begins with the time, UTC."""
    folder = folder or runs_folder()
    path = folder / f"{time.strftime('%Y%m%d-%H%M%S', time.gmtime())}-{secrets.token_hex(2)}"
    try:
        path.mkdir(parents=True)
    except OSError as error:
        raise IlluminasError(
            f"cannot write to {folder} ({error.strerror}). Name another data folder in $ILLUMINAS_HOME."
        ) from error
    return RunFolder(path)


def list_runs(folder: Path | None = None) -> list[RunFolder]:
    """Every run that has begun, in ``folder`` or among the user's, the newest last.

    Those of other versions come first: ids begin with the time in UTC, those of illuminas 0.1 with the machine's own.
    """
    folder = folder or runs_folder()
    if not folder.is_dir():
        return []
    stand = {run: _stand(run) for run in map(RunFolder, folder.iterdir())}
    return sorted((run for run, each in stand.items() if each), key=lambda run: (stand[run], run.id))


def has_begun(run: RunFolder) -> bool:
    """Whether there is anything to show or resume; one killed while its tools opened left an empty log."""
    return _stand(run) > 0


def _stand(run: RunFolder) -> int:
    """2 for a run that has begun, 1 for one of another version, 0 for none."""
    try:
        log = EventLog(run.log, read_only=True)
    except OtherVersionError:
        return 1
    except IlluminasError:
        return 0
    try:
        return 2 * log.has("started")
    except IlluminasError:  # damaged
        return 0
    finally:
        log.close()


def find_run(name: str, runs: Sequence[RunFolder] | None = None) -> RunFolder:
    """The run whose id is or starts with ``name``; ``last`` is the newest.

    Args:
        runs: among which, the newest last, as far as whoever asks may see them; None is all of the user's.

    Raises:
        IlluminasError: there is none, or several begin so.
    """
    runs = list_runs() if runs is None else runs
    if not runs:
        raise IlluminasError("there is no run yet that you may see. Start one: illuminas search")
    if name == "last":
        return runs[-1]
    found = [run for run in runs if run.id == name] or [run for run in runs if name and run.id.startswith(name)]
    if len(found) > 1:
        raise IlluminasError(f"{len(found)} runs begin with {name!r}: {', '.join(run.id for run in found[:LISTED])}.")
    if not found:
        raise unknown_name("run", name, ["last", *(run.id for run in runs)])
    return found[0]


def open_state(run: RunFolder) -> RunState:
    """What a run's log tells, read without disturbing the process that writes it."""
    log = EventLog(run.log, read_only=True)
    try:
        return RunState.of(log)
    finally:
        log.close()


class RunLock:
    """Held by the one process that drives a run; the system gives it back when that process dies.

    Raises:
        IlluminasError: another process drives the run.
    """

    def __init__(self, run: RunFolder) -> None:
        import fcntl

        self._file = run.lock.open("a+")
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            self._file.close()
            raise IlluminasError(
                f"run {run.id} is running in another process. Wait for it, or stop that one first."
            ) from error
        self._file.truncate(0)
        self._file.write(str(os.getpid()))
        self._file.flush()

    def release(self) -> None:
        self._file.close()


def is_driven(run: RunFolder) -> bool:
    """Whether some process drives the run; none does where its folder is gone."""
    import fcntl

    try:
        with run.lock.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False


def run_status(run: RunFolder, state: RunState) -> RunStatus:
    """Whether a run goes on in some process, is held up there by a person, was cut off, or came to its end."""
    if state.ended is not None:
        return "finished"
    if not is_driven(run):
        return "interrupted"
    if state.steering.waiting is not None:
        return "waiting"
    return "paused" if state.steering.paused else "running"
