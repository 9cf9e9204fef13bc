"""A run as of any of its rounds: what was evaluated, kept and known by then, from the log and cheap to ask."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from illuminas.memory.events import Event
from illuminas.memory.kinds import (
    EvaluationMade,
    LatencyMeasured,
    PlanMade,
    PoolScreened,
    RoundArchived,
    RoundEnded,
    RoundFigures,
)
from illuminas.server.web.filling import Filling
from illuminas.tools.objectives import Objective

KINDS: Final = (PlanMade, PoolScreened, LatencyMeasured, EvaluationMade, RoundArchived, RoundEnded)
"""Events that it is made of."""


class Arrival(NamedTuple):
    """An evaluation.

    Attributes:
        value: of the primary objective; None for a failure.
    """

    round: int
    hash: str
    value: float | None


class Replay:
    """What a log tells of evaluations, their objectives and the archive, by round; feed it events in their order.

    "As of a round" is at its end: with all that the log holds of that round and of those before.

    Args:
        primary: what elites are judged by.

    Attributes:
        last: the latest round of which anything was seen.
        arrivals: evaluations in the order of the log.
        figures: of every complete round.
        qualities: hash -> value of the primary objective of the successes.
        archive: how the run's own niches filled; failures are not in it, see :meth:`Filling.fail`.
        cursor: the last event that was taken in.
    """

    def __init__(self, primary: Objective) -> None:
        self.primary = primary
        self.last = 0
        self.arrivals: list[Arrival] = []
        self.figures: list[RoundFigures] = []
        self.qualities: dict[str, float] = {}
        self.archive = Filling(self.qualities, primary)
        self._values: defaultdict[tuple[str, str], list[tuple[int, float]]] = defaultdict(list)
        self.cursor = 0

    def extend(self, events: Iterable[Event]) -> None:
        """Take in events; those that were seen before change nothing."""
        for event in events:
            if event.id > self.cursor:
                self.cursor = event.id
                self._take(event)

    def _take(self, event: Event) -> None:
        match event.data:
            case EvaluationMade(evaluation=evaluation):
                value = evaluation.objectives.get(self.primary.name)
                self.arrivals.append(Arrival(event.round, evaluation.hash, value))
                if value is not None:
                    self.qualities[evaluation.hash] = value
                for name, measured in evaluation.objectives.items():
                    self._values[name, evaluation.hash].append((event.round, measured))
            case PoolScreened(values=values):
                for name, found in values.items():
                    for hash_, told in found.items():
                        self._values[name, hash_].append((event.round, told))
            case LatencyMeasured(reading=reading):
                if reading.value is not None:
                    self._values[reading.objective, reading.hash].append((event.round, reading.value))
            case RoundArchived(placements=placements):
                for placement in placements:
                    self.archive.place(event.round, placement)
            case RoundEnded(figures=figures):
                self.figures.append(figures)
            case PlanMade():
                pass
            case _:
                return
        self.last = max(self.last, event.round)

    def until(self, round: int) -> Sequence[Arrival]:
        """What was evaluated up to the end of a round."""
        return self.arrivals[: bisect_right(self.arrivals, round, key=lambda each: each.round)]

    def first(self, objective: str, hash_: str) -> tuple[int, float] | None:
        """The round in which a value of an objective became known, and the value; None where none did."""
        found = self._values.get((objective, hash_))
        return found[0] if found else None

    def value(self, objective: str, hash_: str, round: int) -> float | None:
        """Value of an objective as was known at the end of a round; None where it was not."""
        return next(
            (value for known, value in reversed(self._values.get((objective, hash_), [])) if known <= round), None
        )
