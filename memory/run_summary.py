"""A run in short: how it stands, from a few events of its log, however long that is."""

from __future__ import annotations

from typing import Final, Literal

from pydantic import Field

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
from illuminas.memory.runs import RunFolder, run_status
from illuminas.memory.state import RunState
from illuminas.tools.messages import Message

State = Literal["starting", "running", "waiting", "paused", "interrupted", "finished", "failed"]
"""``waiting`` for a person's answer; ``interrupted`` can go on; ``failed`` never began, or cannot be read."""

_MODELS: Final = (RunStarted, SessionBegan, DirectiveGiven, QuestionAsked, RunEnded)
"""Few in any log, and enough for how a run stands."""


class RunHead(Message):
    """What every account of a run begins with."""

    run_id: str
    state: State
    reason: str = Field(default="", description="why it is in that state, in words")
    mode: str
    space: str
    dataset: str
    device: str = Field(description="what latencies are of; 'none' without")
    evaluations: int = Field(default=0, description="made so far, failed ones included")
    hypervolume: float | None = Field(
        default=None, description="share of the reference box that the front dominates, 0 to 1"
    )
    seconds: float = Field(default=0.0, description="wall-clock time of all its sessions")


class RunSummary(RunHead):
    """One run in short."""

    llm: str
    budget: int = Field(description="evaluations that the run may make")
    objectives: list[str] = Field(default=[], description="what it optimises, the most important first")
    best: float | None = Field(
        default=None, description="best value of its first objective; null before the first success"
    )
    began: float | None = Field(default=None, description="seconds since the epoch; null before it told anything")


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
        run_id=run.id,
        state=run_status(run, state),
        reason=state.ended or "",
        mode=config["mode"],
        space=config["space"],
        dataset=config["dataset"],
        device=config["device"],
        llm=state.started.llm.name,
        evaluations=(figures.evaluations if figures else 0) + len(since),
        budget=int(state.caps.get("evaluations") or config["evaluations"]),
        objectives=[each.name for each in state.objectives],
        best=max(found, key=primary.gain, default=None),
        hypervolume=None if figures is None else figures.hypervolume,
        began=state.began,
        seconds=round(state.seconds, 2),
    )


def _last_of_search(log: EventLog, *, before: int | None = None) -> float:
    """When the search wrote last, before an event or at all, seconds since the epoch."""
    last = log.last(before=before)
    while last is not None and last.data.by_a_person:
        last = log.last(before=last.id)
    return 0.0 if last is None else last.time
