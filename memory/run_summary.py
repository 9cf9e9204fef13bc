"""A run at a run_summary: how it stands, from a few events of its log, however long that is."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from illuminas.memory.events import EventLog
from illuminas.memory.kinds import (
    DirectiveGiven,
    EvaluationMade,
    PlanMade,
    QuestionAsked,
    RoundEnded,
    RunEnded,
    RunStarted,
    SessionBegan,
)
from illuminas.memory.runs import RunFolder, RunStatus, run_status
from illuminas.memory.state import RunState

_MODELS: Final = (RunStarted, SessionBegan, DirectiveGiven, QuestionAsked, RunEnded)
"""Few in any log, and enough for how a run stands."""


class RunSummary(NamedTuple):
    """One run in short.

    Attributes:
        config: its settings as they were at its start.
        evaluations, budget: made, and allowed.
        best: highest validation accuracy, per cent; None before the first success.
        hypervolume: after the last round; None for a run without a device.
        began: seconds since the epoch.
        seconds: as :attr:`RunState.seconds`.
        ended: why; None unless it came to its end.
    """

    id: str
    status: RunStatus
    config: dict[str, Any]
    llm: str
    evaluations: int
    budget: int
    best: float | None
    hypervolume: float | None
    began: float
    seconds: float
    ended: str | None


def run_summary(run: RunFolder) -> RunSummary:
    """A run that has begun; takes a few milliseconds.

    Raises:
        IlluminasError: its log is damaged, or of another version.
    """
    log = EventLog(run.log, read_only=True)
    try:
        state = RunState()
        for event in log.read(*_MODELS):
            if isinstance(event.data, SessionBegan):
                state.clock.reach(_last_of_search(log, before=event.id))
            state.apply(event)
        state.clock.reach(_last_of_search(log))
        plan, ended, last = log.last(PlanMade), log.last(RunEnded), log.last(RoundEnded)
        since = list(log.read(EvaluationMade, after=last.id if last else 0))
    finally:
        log.close()
    if plan is not None and ended is not None and plan.id > ended.id:
        state.ended = None  # it went on with a larger budget
    figures = None if last is None else last.data.figures
    found = [accuracy for event in since if (accuracy := event.data.evaluation.val_accuracy) is not None]
    found += [] if figures is None or figures.best_accuracy is None else [figures.best_accuracy]
    config = state.started.config
    return RunSummary(
        id=run.id,
        status=run_status(run, state),
        config=config,
        llm=state.started.llm.name,
        evaluations=(figures.evaluations if figures else 0) + len(since),
        budget=int(state.caps.get("evaluations") or config["evaluations"]),
        best=max(found, default=None),
        hypervolume=None if figures is None else figures.hypervolume,
        began=state.began,
        seconds=state.seconds,
        ended=state.ended,
    )


def _last_of_search(log: EventLog, *, before: int | None = None) -> float:
    """When the search wrote last, before an event or at all, seconds since the epoch."""
    last = log.last(before=before)
    while last is not None and last.data.by_a_person:
        last = log.last(before=last.id)
    return 0.0 if last is None else last.time
