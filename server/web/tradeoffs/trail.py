"""The Pareto front round by round."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import NamedTuple

from illuminas.memory.metrics import Point, Reference, hypervolume, pareto_front
from illuminas.server.web.replay import Replay

Entry = Callable[[str], tuple[int, float] | None]
"""From a hash to the round since which its cost is known, and the cost."""


class RoundFront(NamedTuple):
    """The front from the end of a round on, until the next."""

    round: int
    front: tuple[Point, ...]


class Trail:
    """Points by the round in which their accuracy and cost were both known, and the fronts that they made.

    Attributes:
        fronts: where the front changed, in order of rounds.
    """

    def __init__(self, replay: Replay, entry: Entry) -> None:
        entered: defaultdict[int, list[Point]] = defaultdict(list)
        for arrival in replay.arrivals:
            found = entry(arrival.hash)
            if arrival.accuracy is not None and found is not None:
                since, cost = found
                entered[max(arrival.round, since)].append(Point(arrival.hash, arrival.accuracy, cost))
        self._points: list[Point] = []
        self._rounds: list[int] = []
        self.fronts: list[RoundFront] = []
        front: list[Point] = []
        for round in sorted(entered):
            self._points += entered[round]
            self._rounds += [round] * len(entered[round])
            # what a front left out stays out, so the next needs only the last one and what is new
            if (after := pareto_front([*front, *entered[round]])) != front:
                front = after
                self.fronts.append(RoundFront(round, tuple(front)))

    def points(self, round: int) -> list[Point]:
        """All that have both figures at the end of a round."""
        return self._points[: bisect_right(self._rounds, round)]

    def front(self, round: int) -> tuple[Point, ...]:
        """The Pareto front at the end of a round."""
        until = self._until(round)
        return until[-1].front if until else ()

    def earlier(self, round: int, most: int) -> list[RoundFront]:
        """Fronts before that of a round, the oldest first: all, or ``most`` of them evenly spread."""
        before = self._until(round)[:-1]
        if len(before) <= most:
            return list(before)
        return [before[index * (len(before) - 1) // (most - 1)] for index in range(most)]

    def hypervolumes(self, reference: Reference, last: int) -> list[tuple[int, float]]:
        """(round, share of the reference box that the front dominates) wherever that changed, and at the last round."""
        found = [(each.round, hypervolume(each.front, reference)) for each in self.fronts]
        return [*found, (last, found[-1][1])] if found and found[-1][0] < last else found

    def _until(self, round: int) -> Sequence[RoundFront]:
        return self.fronts[: bisect_right(self.fronts, round, key=lambda each: each.round)]
