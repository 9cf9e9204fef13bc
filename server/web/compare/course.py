"""How a run got better, by its evaluations and by its seconds."""

from __future__ import annotations

from typing import NamedTuple

from illuminas.memory.events import EventLog
from illuminas.memory.kinds import Kind
from illuminas.server.web.diagnostics.clock import Clock
from illuminas.tools.evaluation import Status

_TOLD = (Kind.SESSION, Kind.EVALUATION, Kind.ROUND, Kind.DIRECTIVE, Kind.QUESTION, Kind.ENDED)
"""Kinds of event that tell figures, or hold the clock up."""


class Moment(NamedTuple):
    """When something was so: after how many evaluations, and how many seconds into the run."""

    evaluations: int
    seconds: float


class Curve(NamedTuple):
    """A figure over a run; it stays as it is from one moment to the next."""

    moments: tuple[Moment, ...]
    values: tuple[float, ...]


class Progress(NamedTuple):
    """The curves of one run, higher is better in all of them.

    Attributes:
        best: highest validation accuracy so far, per cent.
        coverage: of the reachable niches, how many are filled, per cent.
        qd_score: sum over niches of the best validation accuracy, per cent.
        hypervolume: share of the reference box, 0 to 1; empty for a run without a device.
        seconds: the run's age.
    """

    best: Curve
    coverage: Curve
    qd_score: Curve
    hypervolume: Curve
    seconds: float


def progress(log: EventLog) -> Progress:
    """The curves of a run, from its log alone."""
    clock = Clock()
    evaluations, highest = 0, float("-inf")
    best: list[tuple[Moment, float]] = []
    coverage: list[tuple[Moment, float]] = []
    qd_score: list[tuple[Moment, float]] = []
    hypervolume: list[tuple[Moment, float]] = []
    for event in log.read(*_TOLD):
        now = Moment(evaluations, clock.tell(event))
        if event.kind == Kind.EVALUATION:
            evaluations += 1
            accuracy = event.data["val_accuracy"]
            if event.data["status"] == Status.OK and accuracy > highest:
                highest = accuracy
                best.append((now._replace(evaluations=evaluations), accuracy))
        elif event.kind == Kind.ROUND:
            coverage.append((now, 100 * event.data["coverage"]))
            qd_score.append((now, event.data["qd_score"]))
            if event.data["hypervolume"] is not None:
                hypervolume.append((now, event.data["hypervolume"]))
    if best:  # the line goes on to the end of the run
        best.append((Moment(evaluations, clock.seconds), highest))
    return Progress(_curve(best), _curve(coverage), _curve(qd_score), _curve(hypervolume), clock.seconds)


def _curve(points: list[tuple[Moment, float]]) -> Curve:
    return Curve(tuple(moment for moment, _ in points), tuple(value for _, value in points))
