"""A run at a run_summary: how it stands, from a few events of its log, however long that is."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from illuminas.memory.events import Event, EventLog
from illuminas.memory.kinds import Kind
from illuminas.memory.runs import RunFolder, RunStatus, run_status
from illuminas.memory.state import RoundFigures, RunState, by_a_person
from illuminas.tools.errors import IlluminasError
from illuminas.tools.evaluation import Status

_KINDS: Final = (Kind.STARTED, Kind.SESSION, Kind.DIRECTIVE, Kind.QUESTION, Kind.ENDED)
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
    try:
        return _glance(run)
    except (KeyError, TypeError, ValueError) as error:
        raise IlluminasError(f"run {run.id} is damaged or of another version of illuminas.") from error


def _glance(run: RunFolder) -> RunSummary:
    log = EventLog(run.log, read_only=True)
    try:
        told = {event.id: event for event in log.read(*_KINDS)}
        for end in [*(event.id for event in told.values() if event.kind == Kind.SESSION), None]:
            if (moment := _moment(log, before=end)) is not None:
                told.setdefault(moment.id, moment)
        state = RunState()
        state.extend(told[id_] for id_ in sorted(told))
        first, plan, ended = log.get("started"), log.last(Kind.PLAN), log.last(Kind.ENDED)
        last = log.last(Kind.ROUND)
        since = list(log.read(Kind.EVALUATION, after=last.id if last else 0))
    finally:
        log.close()
    assert first is not None
    if plan is not None and ended is not None and plan.id > ended.id:
        state.ended = None  # it went on with a larger budget
    figures = None if last is None else RoundFigures.model_validate(last.data)
    found = [event.data["val_accuracy"] for event in since if event.data["status"] == Status.OK]
    found += [] if figures is None or figures.best_accuracy is None else [figures.best_accuracy]
    config = state.started["config"]
    if lacking := {"space", "dataset", "device", "mode"} - set(config):
        raise KeyError(*lacking)
    return RunSummary(
        id=run.id,
        status=run_status(run, state),
        config=config,
        llm=state.started["llm"]["name"],
        evaluations=(figures.evaluations if figures else 0) + len(since),
        budget=int(state.caps.get("evaluations") or config["evaluations"]),
        best=max(found, default=None),
        hypervolume=None if figures is None else figures.hypervolume,
        began=first.time,
        seconds=state.seconds,
        ended=state.ended,
    )


def _moment(log: EventLog, *, before: int | None) -> Event | None:
    """When the search wrote last before an event, or at all, and nothing else of what it wrote."""
    last = log.last(before=before)
    while last is not None and by_a_person(last):
        last = log.last(before=last.id)
    return None if last is None else Event(last.id, last.time, 0, "moment", None, {})
