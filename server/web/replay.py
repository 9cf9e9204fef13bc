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

KINDS: Final = (PlanMade, PoolScreened, LatencyMeasured, EvaluationMade, RoundArchived, RoundEnded)
"""Events that it is made of."""


class Arrival(NamedTuple):
    """An evaluation.

    Attributes:
        accuracy: validation, per cent; None for a failure.
    """

    round: int
    hash: str
    accuracy: float | None


class Replay:
    """What a log tells of evaluations, latencies and the archive, by round; feed it events in their order.

    "As of a round" is at its end: with all that the log holds of that round and of those before.

    Attributes:
        last: the latest round of which anything was seen.
        arrivals: evaluations in the order of the log.
        figures: of every complete round.
        accuracies: hash -> validation accuracy of the successes, per cent.
        archive: how the run's own niches filled; failures are not in it, see :meth:`Filling.fail`.
        cursor: the last event that was taken in.
    """

    def __init__(self) -> None:
        self.last = 0
        self.arrivals: list[Arrival] = []
        self.figures: list[RoundFigures] = []
        self.accuracies: dict[str, float] = {}
        self.archive = Filling(self.accuracies)
        self._latencies: defaultdict[str, list[tuple[int, float]]] = defaultdict(list)
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
                accuracy = evaluation.val_accuracy
                self.arrivals.append(Arrival(event.round, evaluation.hash, accuracy))
                if accuracy is not None:
                    self.accuracies[evaluation.hash] = accuracy
            case PoolScreened(latencies=latencies):
                for hash_, latency in latencies.items():
                    self._latencies[hash_].append((event.round, latency))
            case LatencyMeasured(reading=reading):
                if reading.latency_ms is not None:
                    self._latencies[reading.hash].append((event.round, reading.latency_ms))
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

    def first_latency(self, hash_: str) -> tuple[int, float] | None:
        """The round in which a latency on the run's device became known, and milliseconds; None where none did."""
        found = self._latencies.get(hash_)
        return found[0] if found else None

    def latency(self, hash_: str, round: int) -> float | None:
        """Milliseconds on the run's device, as was known at the end of a round; None where it was not."""
        return next((ms for known, ms in reversed(self._latencies.get(hash_, [])) if known <= round), None)
