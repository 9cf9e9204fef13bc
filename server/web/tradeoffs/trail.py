"""The Pareto front round by round."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from illuminas.tools.objectives import Objective, hypervolume, pareto_front

Entry = Callable[[str], tuple[int, float] | None]
"""From a hash to the round since which its value is known, and the value."""


class Point(NamedTuple):
    """One architecture in the plane of two objectives."""

    hash: str
    x: float
    y: float


class RoundFront(NamedTuple):
    """The front from the end of a round on, until the next."""

    round: int
    front: tuple[Point, ...]


class Trail:
    """Points by the round in which both values were known, and the fronts of the two objectives that they made.

    Args:
        successes: hash -> round of its evaluation, of all that did not fail.
        across, up: values of the objectives along x and y.
        objectives: those along y and x, in this order.

    Attributes:
        fronts: where the front changed, in order of rounds.
    """

    def __init__(
        self, successes: Mapping[str, int], across: Entry, up: Entry, objectives: tuple[Objective, Objective]
    ) -> None:
        self._objectives = objectives
        entered: defaultdict[int, list[Point]] = defaultdict(list)
        for hash_, came in successes.items():
            x, y = across(hash_), up(hash_)
            if x is not None and y is not None:
                entered[max(came, x[0], y[0])].append(Point(hash_, x[1], y[1]))
        self._points: list[Point] = []
        self._rounds: list[int] = []
        self.fronts: list[RoundFront] = []
        front: dict[str, Point] = {}
        for round in sorted(entered):
            self._points += entered[round]
            self._rounds += [round] * len(entered[round])
            # what a front left out stays out, so the next needs only the last one and what is new
            known = front | {point.hash: point for point in entered[round]}
            best = pareto_front({hash_: (point.y, point.x) for hash_, point in known.items()}, objectives)
            if list(best) != list(front):
                front = {hash_: known[hash_] for hash_ in best}
                self.fronts.append(RoundFront(round, tuple(front.values())))

    def points(self, round: int) -> list[Point]:
        """All that have both values at the end of a round."""
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

    def hypervolumes(self, reference: Mapping[str, float], last: int) -> list[tuple[int, float]]:
        """(round, share of the reference box that the front dominates) wherever that changed, and at the last round.

        Empty where the box is not known.
        """
        found = []
        for each in self.fronts:
            volume = hypervolume([(point.y, point.x) for point in each.front], self._objectives, reference)
            if volume is None:
                return []
            found.append((each.round, volume))
        return [*found, (last, found[-1][1])] if found and found[-1][0] < last else found

    def _until(self, round: int) -> Sequence[RoundFront]:
        return self.fronts[: bisect_right(self.fronts, round, key=lambda each: each.round)]
