"""Progress of long searches, one after another."""

from __future__ import annotations

import time
from types import TracebackType
from typing import TYPE_CHECKING

from illuminas.memory.kinds import (
    EvaluationMade,
    EventData,
    LLMCalled,
    PlanMade,
    PoolScreened,
    ProposalsMade,
    RoundArchived,
)
from illuminas.memory.state import RunState
from illuminas.server.cli.output import console, duration, number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.progress import TaskID

    from illuminas.agents.bench.trainings import TrainingJob
    from illuminas.memory.events import Event

MOST_BARS = 12
"""Searches whose bars are seen, the latest."""
DOING: dict[type[EventData], str] = {
    PlanMade: "the coder proposes",
    ProposalsMade: "the screen chooses",
    PoolScreened: "networks train",
    RoundArchived: "the critic reviews",
}
"""What goes on after an event."""


class TrainingProgress:
    """On a terminal a bar a search with its best so far, else a line a tenth; on standard error.

    Args:
        jobs: in the order in which they will run.
        quiet: no lines, where there is no terminal.
    """

    def __init__(self, jobs: Sequence[TrainingJob], *, quiet: bool) -> None:
        self._jobs = jobs
        self._console = console(stderr=True)
        self._lines = not self._console.is_terminal and not quiet
        self._number = -1
        self._tasks: list[TaskID] = []
        self._state = RunState()
        self._tenths = 0
        self._began = time.perf_counter()

    def __enter__(self) -> TrainingProgress:
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

        self._bars = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=24),
            MofNCompleteColumn(),
            TextColumn("best {task.fields[best]} %"),
            TimeElapsedColumn(),
            TextColumn("{task.fields[doing]}", style="dim"),
            console=self._console,
            disable=not self._console.is_terminal,
            transient=True,
        )
        self._bars.start()
        return self

    def begin(self) -> None:
        """The next search begins, or goes on."""
        self._number += 1
        self._state, self._tenths, self._began = RunState(), 0, time.perf_counter()
        total = self._jobs[self._number].config.evaluations
        self._tasks.append(self._bars.add_task(self._name, total=total, best="–", doing="tools and models open"))
        for old in self._tasks[:-MOST_BARS]:
            self._bars.update(old, visible=False)

    def event(self, event: Event) -> None:
        """Take in one event of the search."""
        self._state.apply(event)
        done, budget = len(self._state.evaluations), self._jobs[self._number].config.evaluations
        task, doing = self._tasks[-1], DOING.get(type(event.data))
        self._bars.update(task, completed=done, best=self._best)
        if isinstance(event.data, LLMCalled):
            doing = f"the LLM was asked {self._state.llm.calls} times"
        if doing is not None:
            self._bars.update(task, doing=doing)
        if isinstance(event.data, EvaluationMade) and 10 * done // budget > self._tenths:
            self._tenths = 10 * done // budget
            self._say(f"{done} of {budget} evaluations, best {self._best} %, {self._gone}")

    def finish(self, *, kept: bool) -> None:
        """The search is finished, or an earlier bench had finished it."""
        task = self._tasks[-1]
        if kept:
            self._bars.update(task, completed=self._jobs[self._number].config.evaluations)
        self._bars.stop_task(task)
        self._bars.update(task, doing="from before" if kept else "finished")
        self._say("from before" if kept else f"finished, {self._gone}")

    def stopping(self) -> None:
        """A person asked to stop."""
        self._console.print("stopping: finishing what is in flight (Ctrl-C again breaks off)")

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._bars.stop()

    @property
    def _name(self) -> str:
        return f"{self._number + 1}/{len(self._jobs)} {self._jobs[self._number].label}"

    @property
    def _best(self) -> str:
        return number(self._state.quality(self._state.best.hash) if self._state.best else None)

    @property
    def _gone(self) -> str:
        return duration(time.perf_counter() - self._began)

    def _say(self, what: str) -> None:
        if self._lines:
            self._console.print(f"{self._name}: {what}", soft_wrap=True)
