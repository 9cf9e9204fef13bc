"""The quality-diversity archive: what a niche keeps, the one place where niche diversity is enforced."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, Literal

from pydantic import Field

from illuminas.tools.frozen import Frozen

if TYPE_CHECKING:
    from illuminas.memory.partitions import Partition
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


class Archive(ABC):
    """What every niche of a partition keeps; among equals the elder stays.

    Args:
        objectives: of the run, the primary first.
        reference: objective's name -> its worst value, as far as it is known.
    """

    def __init__(
        self, partition: Partition, objectives: Sequence[Objective], reference: Mapping[str, float] | None = None
    ) -> None:
        self.partition = partition
        self.objectives = tuple(objectives)
        self._reference = reference or {}

    @property
    def primary(self) -> Objective:
        return self.objectives[0]

    def add(self, hash: str, values: Mapping[str, float], niche: int | None) -> Placement:
        """Insert one candidate; without niche or value of the primary objective it is a failure and changes nothing.

        Args:
            values: objective's name -> value, as far as they are known.
        """
        if self.primary.name not in values or niche is None:
            return Placement(hash=hash, status=PlacementStatus.FAILED)
        before = set(self.kept(niche))
        status = self._place(hash, values, niche)
        displaced = tuple(sorted(before.difference(self.kept(niche))))
        return Placement(hash=hash, status=status, niche=niche, displaced=displaced, values=dict(values))

    def replay(self, placements: Iterable[Placement]) -> None:
        """Bring back the state that earlier placements led to."""
        for placement in placements:
            if placement.entered:
                self.add(placement.hash, placement.values, placement.niche)

    @abstractmethod
    def _place(self, hash: str, values: Mapping[str, float], niche: int) -> PlacementStatus:
        """Insert one that has what it needs."""

    @abstractmethod
    def kept(self, niche: int) -> list[str]:
        """Hashes of what the niche keeps, the best by the primary objective first."""


def qd_score(best: Iterable[float], primary: Objective, reference: Mapping[str, float]) -> float:
    """Sum over niches of the best by the primary objective, higher is better (Pugh et al. 2016).

    Of an objective that is minimised, of what it lies below the worst.

    Args:
        best: values of the elites.
        reference: objective's name -> its worst value; without the primary's, 0 stands for it.
    """
    worst = 0.0 if primary.maximised else reference.get(primary.name, 0.0)
    return float(sum(primary.gain(value - worst) for value in best))
