"""Progress of a bench, on standard error: bars on a terminal, else lines."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Self

from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from illuminas.memory.kinds import EvaluationMade, LLMCalled
from illuminas.server.cli.output import console, duration, number
from illuminas.server.services.activity import Story

if TYPE_CHECKING:
    from illuminas.agents.bench.runner import Done
    from illuminas.agents.bench.trace import Job
    from illuminas.agents.bench.trainings import TrainingJob
    from illuminas.memory.events import Event

MOST_BARS = 12
"""Long searches whose bars are seen, the latest."""


class _Bars:
    """Bars of the columns on a terminal; where there is none, lines unless it is quiet."""

    def __init__(self, *columns: ProgressColumn, quiet: bool) -> None:
        self._console = console(stderr=True)
        self._lines = not self._console.is_terminal and not quiet
        hidden, described = not self._console.is_terminal, TextColumn("{task.description}")
        self._bars = Progress(described, *columns, console=self._console, disable=hidden, transient=True)
        self._began = time.perf_counter()

    def __enter__(self) -> Self:
        self._bars.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._bars.stop()

    def _say(self, what: str) -> None:
        if self._lines:
            self._console.print(what, soft_wrap=True)


class BenchProgress(_Bars):
    """Of many short searches: a bar a method, or a line a tenth."""

    def __init__(self, jobs: Sequence[Job], *, quiet: bool) -> None:
        super().__init__(BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), quiet=quiet)
        self._total, self._done, self._kept = len(jobs), 0, 0
        labels = [job.label for job in jobs]
        self._tasks = {label: self._bars.add_task(label, total=labels.count(label)) for label in dict.fromkeys(labels)}

    def tell(self, each: Done) -> None:
        """A search is finished."""
        self._done += 1
        self._kept += each.kept
        self._bars.advance(self._tasks[each.job.label])
        if self._done == self._total or self._done % max(1, self._total // 10) == 0:
            kept = f", {self._kept} from before" if self._kept else ""
            gone = time.perf_counter() - self._began
            self._say(f"{self._done} of {self._total} searches{kept}, {gone:.0f} s")


class TrainingProgress(_Bars):
    """Of long searches one after another: a bar each with its best so far, or a line a tenth of one.

    Args:
        jobs: in the order in which they will run.
        quiet: no lines, where there is no terminal.
    """

    def __init__(self, jobs: Sequence[TrainingJob], *, quiet: bool) -> None:
        best, doing = TextColumn("best {task.fields[best]} %"), TextColumn("{task.fields[doing]}", style="dim")
        super().__init__(BarColumn(bar_width=24), MofNCompleteColumn(), best, TimeElapsedColumn(), doing, quiet=quiet)
        self._jobs = jobs
        self._tasks: list[TaskID] = []
        self._story = Story()
        self._tenths = 0

    def begin(self) -> None:
        """The next search begins, or goes on."""
        self._story, self._tenths, self._began = Story(), 0, time.perf_counter()
        job = self._jobs[len(self._tasks)]
        name = f"{len(self._tasks) + 1}/{len(self._jobs)} {job.label}"
        total, doing = job.config.evaluations, self._story.doing
        self._tasks.append(self._bars.add_task(name, total=total, best="–", doing=doing))
        for old in self._tasks[:-MOST_BARS]:
            self._bars.update(old, visible=False)

    def event(self, event: Event) -> None:
        """Take in one event of the search."""
        self._story.note(event)
        state = self._story.state
        best = number(state.quality(state.best.hash) if state.best else None)
        asked = f"the LLM was asked {state.llm.calls} times"
        doing = asked if isinstance(event.data, LLMCalled) else self._story.doing
        done, budget = len(state.evaluations), self._job.config.evaluations
        self._update(completed=done, best=best, doing=doing)
        if isinstance(event.data, EvaluationMade) and 10 * done // budget > self._tenths:
            self._tenths = 10 * done // budget
            self._tell(f"{done} of {budget} evaluations, best {best} %, {self._gone}")

    def finish(self, *, kept: bool) -> None:
        """The search is finished, or an earlier bench had finished it."""
        if kept:
            self._update(completed=self._job.config.evaluations)
        self._bars.stop_task(self._tasks[-1])
        self._update(doing="from before" if kept else "finished")
        self._tell("from before" if kept else f"finished, {self._gone}")

    def stopping(self) -> None:
        """A person asked to stop."""
        self._console.print("stopping: finishing what is in flight (Ctrl-C again breaks off)")

    @property
    def _job(self) -> TrainingJob:
        return self._jobs[len(self._tasks) - 1]

    @property
    def _gone(self) -> str:
        return duration(time.perf_counter() - self._began)

    def _update(self, **shown: Any) -> None:
        self._bars.update(self._tasks[-1], **shown)

    def _tell(self, what: str) -> None:
        self._say(f"{len(self._tasks)}/{len(self._jobs)} {self._job.label}: {what}")
