"""How the niches of a partition filled, round by round."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple, TypeVar

from illuminas.memory.archive import Placement, PlacementStatus

S = TypeVar("S", bound="Step | Visit")


class Visit(NamedTuple):
    """An evaluation of what belongs to a niche."""

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

    "As of a round" is at its end.

    Args:
        rank: of a success by the primary objective, on a scale where higher is better.

    Attributes:
        elites: niche -> hash of its best by the primary objective, now.
        kept: niche -> hashes of what it keeps now, in the order of their coming.
    """

    def __init__(self, rank: Callable[[str], float]) -> None:
        self._rank = rank
        self.elites: dict[int, str] = {}
        self.kept: dict[int, list[str]] = {}
        self._steps: defaultdict[int, list[Step]] = defaultdict(list)
        self._visits: defaultdict[int, list[Visit]] = defaultdict(list)

    def place(self, round: int, placement: Placement) -> None:
        """Take in what the archivist did with a candidate."""
        if placement.niche is None or placement.status is PlacementStatus.INFEASIBLE:
            return
        self._visits[placement.niche].append(Visit(round, placement.hash))
        if placement.entered:
            self._enter(round, placement.niche, placement.hash, placement.displaced)

    def land(self, round: int, niche: int, hash_: str) -> None:
        """Take in a success as an archive would that keeps the best of each niche."""
        self._visits[niche].append(Visit(round, hash_))
        held = self.elites.get(niche)
        if held is None or self._rank(hash_) > self._rank(held):
            self._enter(round, niche, hash_, () if held is None else (held,))

    def step(self, niche: int, round: int) -> Step | None:
        """The last change of what the niche keeps as of a round; None where it was empty."""
        steps = self.steps(niche, round)
        return steps[-1] if steps else None

    def elites_at(self, round: int) -> dict[int, str]:
        """Niche -> hash of its best as of a round."""
        last = ((niche, self.step(niche, round)) for niche in list(self._steps))
        return {niche: step.elite for niche, step in last if step is not None}

    def steps(self, niche: int, round: int) -> Sequence[Step]:
        """Changes of what the niche keeps, up to the end of a round."""
        return until(self._steps.get(niche, []), round)

    def visits(self, niche: int, round: int) -> Sequence[Visit]:
        """Successful evaluations that landed in the niche, up to the end of a round."""
        return until(self._visits.get(niche, []), round)

    def every_elite(self) -> Iterator[str]:
        """Hashes of all that were ever the best of a niche."""
        return (step.elite for steps in list(self._steps.values()) for step in steps)

    def _enter(self, round: int, niche: int, hash_: str, displaced: tuple[str, ...]) -> None:
        kept = [*(each for each in self.kept.get(niche, ()) if each not in displaced), hash_]
        self.kept[niche], self.elites[niche] = kept, max(kept, key=self._rank)
        self._steps[niche].append(Step(round, hash_, tuple(kept), self.elites[niche], displaced))


def until(found: list[S], round: int) -> list[S]:
    """Those up to the end of a round, of a list in the order of the log."""
    return found[: bisect_right(found, round, key=lambda each: each.round)]
