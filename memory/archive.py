"""The quality-diversity archive: what a niche keeps, the one place where niche diversity is enforced.

One elite a niche is MAP-Elites (Mouret & Clune 2015, arXiv 1504.04909); a Pareto front a niche, as in LLM-NAS, is MOME
(Pierrot et al. 2022, arXiv 2202.03057). A dictionary holds them, although ``ribs`` has archives: importing that takes
ten seconds, for it imports torch.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, Literal

from pydantic import Field

from illuminas.tools.frozen import Frozen

if TYPE_CHECKING:
    from illuminas.tools.objectives import Objective

Keep = Literal["elites", "fronts"]
"""What a niche keeps: its best by the primary objective, or the Pareto front of all objectives."""


class PlacementStatus(StrEnum):
    """What became of a candidate in the archive."""

    NEW = "new"
    """It fills an empty niche."""
    IMPROVED = "improved"
    """It joins what its niche keeps, and displaces what it beats there."""
    REJECTED = "rejected"
    """Its niche keeps something at least as good."""
    FAILED = "failed"
    """It has no value of the primary objective, or no niche for want of a descriptor."""
    INFEASIBLE = "infeasible"
    """It was proposed for its niche, but a device cannot run it."""


class Placement(Frozen):
    """What the archivist did with one candidate.

    Attributes:
        niche: where it belongs; None for a failure.
        displaced: hashes of those it took the place of.
        values: objective's name -> value, as it was known then.
    """

    hash: str
    status: PlacementStatus
    niche: int | None = None
    displaced: tuple[str, ...] = ()
    values: dict[str, float] = Field(default={})

    @property
    def entered(self) -> bool:
        return self.status in (PlacementStatus.NEW, PlacementStatus.IMPROVED)


Gains = tuple[float, ...]
"""One an objective that is compared, higher is better."""


class Archive:
    """What every niche keeps: what no other of it matches in every objective that is compared.

    Among equals the elder stays, and an unknown value is the worst.

    Args:
        objectives: of the run, the primary first.
        keep: ``elites`` compares the primary objective alone, so that a niche keeps one; ``fronts`` compares all.
    """

    def __init__(self, objectives: Sequence[Objective], keep: Keep) -> None:
        self._compared = tuple(objectives[:1] if keep == "elites" else objectives)
        self._niches: dict[int, dict[str, Gains]] = {}

    def add(self, hash: str, values: Mapping[str, float], niche: int | None) -> Placement:
        """Insert one candidate; without niche or value of the primary objective it is a failure and changes nothing.

        Args:
            values: objective's name -> value, as far as they are known.
        """
        if self._compared[0].name not in values or niche is None:
            return Placement(hash=hash, status=PlacementStatus.FAILED)
        new = tuple(each.gain(values[each.name]) if each.name in values else -math.inf for each in self._compared)
        before = self._niches.get(niche, {})
        if any(_matches(member, new) for member in before.values()):
            return Placement(hash=hash, status=PlacementStatus.REJECTED, niche=niche, values=dict(values))
        displaced = {other for other, member in before.items() if _matches(new, member)}
        rest = {other: member for other, member in before.items() if other not in displaced}
        self._niches[niche] = {**rest, hash: new}
        status = PlacementStatus.IMPROVED if before else PlacementStatus.NEW
        return Placement(hash=hash, status=status, niche=niche, displaced=tuple(sorted(displaced)), values=dict(values))

    def replay(self, placements: Iterable[Placement]) -> None:
        """Bring back the state that earlier placements led to."""
        for placement in placements:
            if placement.entered:
                self.add(placement.hash, placement.values, placement.niche)

    def kept(self, niche: int) -> list[str]:
        """Hashes of what the niche keeps, the best by the primary objective first."""
        members = self._niches.get(niche, {})
        return sorted(members, key=lambda hash_: -members[hash_][0])


def _matches(one: Gains, other: Gains) -> bool:
    """Whether ``one`` is at least as good in every objective."""
    return all(left >= right for left, right in zip(one, other, strict=True))


def qd_score(best: Iterable[float], primary: Objective, reference: Mapping[str, float]) -> float:
    """Sum over niches of the best by the primary objective, higher is better (Pugh et al. 2016).

    Of an objective that is minimised, of what it lies below the worst.

    Args:
        best: values of the elites.
        reference: objective's name -> its worst value; without the primary's, 0 stands for it.
    """
    worst = 0.0 if primary.maximised else reference.get(primary.name, 0.0)
    return float(sum(primary.gain(value - worst) for value in best))
