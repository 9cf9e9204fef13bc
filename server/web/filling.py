"""How the niches of a partition filled, round by round."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple, TypeVar

from illuminas.memory.archive import Placement
from illuminas.tools.objectives import Objective

S = TypeVar("S", bound="Step | Visit | Failure")


class Visit(NamedTuple):
    """A successful evaluation that landed in a niche."""

    round: int
    hash: str


class Failure(NamedTuple):
    """A failed evaluation of what belongs to a niche."""

    round: int
    hash: str


class Step(NamedTuple):
    """A change of what a niche keeps.

    Attributes:
        hash: who came.
        kept: what the niche keeps from then on, in the order of their coming.
        elite: the best of them by the primary objective, the elder of equals.
        displaced: whose place the newcomer took.
    """

    round: int
    hash: str
    kept: tuple[str, ...]
    elite: str
    displaced: tuple[str, ...]


class Filling:
    """What came to every niche; each list is in the order of the log, so that a round is found by bisection.

    Args:
        qualities: hash -> value of the primary objective, of all that was evaluated; it may grow.
        primary: that objective.
    """

    def __init__(self, qualities: Mapping[str, float], primary: Objective) -> None:
        self._qualities, self._primary = qualities, primary
        self._steps: defaultdict[int, list[Step]] = defaultdict(list)
        self._visits: defaultdict[int, list[Visit]] = defaultdict(list)
        self._failures: defaultdict[int, list[Failure]] = defaultdict(list)

    def place(self, round: int, placement: Placement) -> None:
        """Take in what the archivist did with a candidate."""
        if placement.niche is None:
            return
        self._visits[placement.niche].append(Visit(round, placement.hash))
        if placement.entered:
            self._enter(round, placement.niche, placement.hash, placement.displaced)

    def land(self, round: int, niche: int, hash_: str) -> None:
        """Take in a success as an archive would that keeps the best of each niche."""
        self._visits[niche].append(Visit(round, hash_))
        held = self._steps[niche][-1].elite if self._steps.get(niche) else None
        if held is None or self._rank(hash_) > self._rank(held):
            self._enter(round, niche, hash_, () if held is None else (held,))

    def fail(self, round: int, niche: int, hash_: str) -> None:
        """Take in a failed evaluation of what belongs to the niche."""
        self._failures[niche].append(Failure(round, hash_))

    def step(self, niche: int, round: int) -> Step | None:
        """The last change of what the niche keeps up to the end of a round; None where it was empty."""
        until = self.steps(niche, round)
        return until[-1] if until else None

    def elites(self, round: int) -> dict[int, str]:
        """Niche -> hash of its best at the end of a round."""
        last = ((niche, self.step(niche, round)) for niche in self._steps)
        return {niche: step.elite for niche, step in last if step is not None}

    def steps(self, niche: int, round: int) -> Sequence[Step]:
        return _until(self._steps.get(niche, []), round)

    def visits(self, niche: int, round: int) -> Sequence[Visit]:
        return _until(self._visits.get(niche, []), round)

    def failures(self, niche: int, round: int) -> Sequence[Failure]:
        return _until(self._failures.get(niche, []), round)

    def every_elite(self) -> Iterator[str]:
        """Hashes of all that were ever the best of a niche."""
        return (step.elite for steps in self._steps.values() for step in steps)

    def _rank(self, hash_: str) -> float:
        return self._primary.gain(self._qualities[hash_])

    def _enter(self, round: int, niche: int, hash_: str, displaced: tuple[str, ...]) -> None:
        before = self._steps[niche][-1].kept if self._steps[niche] else ()
        kept = (*(each for each in before if each not in displaced), hash_)
        elite = max(kept, key=self._rank)
        self._steps[niche].append(Step(round, hash_, kept, elite, displaced))


def _until(found: list[S], round: int) -> list[S]:
    return found[: bisect_right(found, round, key=lambda each: each.round)]
