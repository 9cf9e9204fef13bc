"""Progress of many short searches."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from illuminas.server.cli.output import console

if TYPE_CHECKING:
    from illuminas.agents.bench.runner import Done
    from illuminas.agents.bench.trace import Job


class BenchProgress:
    """A bar a method on a terminal, a line a tenth elsewhere; silent with ``--json`` in a pipe."""

    def __init__(self, jobs: list[Job], *, quiet: bool) -> None:
        self._jobs = jobs
        self._console = console(stderr=True)
        self._lines = not self._console.is_terminal and not quiet
        self._total, self._done, self._kept = len(jobs), 0, 0
        self._start = time.perf_counter()

    def __enter__(self) -> BenchProgress:
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        self._bars = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            console=self._console,
            disable=not self._console.is_terminal,
            transient=True,
        )
        self._bars.start()
        labels = [job.label for job in self._jobs]
        self._tasks = {label: self._bars.add_task(label, total=labels.count(label)) for label in dict.fromkeys(labels)}
        return self

    def tell(self, each: Done) -> None:
        self._done += 1
        self._kept += each.kept
        self._bars.advance(self._tasks[each.job.label])
        if self._lines and (self._done == self._total or self._done % max(1, self._total // 10) == 0):
            kept = f", {self._kept} from before" if self._kept else ""
            gone = time.perf_counter() - self._start
            self._console.print(f"{self._done} of {self._total} searches{kept}, {gone:.0f} s", soft_wrap=True)

    def __exit__(self, *error: object) -> None:
        self._bars.stop()
