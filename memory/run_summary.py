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
from illuminas.tools.objectives import Objective

_MODELS: Final = (RunStarted, SessionBegan, DirectiveGiven, QuestionAsked, RunEnded)
"""Few in any log, and enough for how a run stands."""


class RunSummary(NamedTuple):
    """One run in short.

    Attributes:
        config: its settings as they were at its start.
        evaluations, budget: made, and allowed.
        objectives: that it optimises, the primary first.
        best: best value of the primary objective; None before the first success.
        hypervolume: after the last round; None for a run of one objective.
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
    objectives: tuple[Objective, ...]
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
    figures, primary = None if last is None else last.data.figures, state.primary
    measured = [event.data.evaluation.objectives for event in since]
    found = [values[primary.name] for values in measured if primary.name in values]
    found += [] if figures is None or figures.best_value is None else [figures.best_value]
    config = state.started.config
    return RunSummary(
        id=run.id,
        status=run_status(run, state),
        config=config,
        llm=state.started.llm.name,
        evaluations=(figures.evaluations if figures else 0) + len(since),
        budget=int(state.caps.get("evaluations") or config["evaluations"]),
        objectives=state.objectives,
        best=max(found, key=primary.gain, default=None),
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
