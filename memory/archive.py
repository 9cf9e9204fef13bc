"""The quality-diversity archive: what a niche keeps, the one place where niche diversity is enforced."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, ConfigDict

if TYPE_CHECKING:
    from illuminas.memory.partitions import Partition

Keep = Literal["elites", "fronts"]
"""What a niche keeps: its most accurate, or its Pareto front of accuracy and latency."""


class PlacementStatus(StrEnum):
    """What became of a candidate in the archive."""

    NEW = "new"
    """It fills an empty niche."""
    IMPROVED = "improved"
    """It joins what its niche keeps, and displaces what it beats there."""
    REJECTED = "rejected"
    """Its niche keeps something at least as good."""
    FAILED = "failed"
    """It has no accuracy, or no niche for want of a descriptor."""


class Placement(BaseModel):
    """What the archivist did with one candidate.

    Attributes:
        niche: where it belongs; None for a failure.
        displaced: hashes of those it took the place of.
        latency_ms: its latency as it was known then.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    hash: str
    status: PlacementStatus
    niche: int | None = None
    displaced: tuple[str, ...] = ()
    latency_ms: float | None = None

    @property
    def entered(self) -> bool:
        return self.status in (PlacementStatus.NEW, PlacementStatus.IMPROVED)


class ArchiveStats(BaseModel):
    """Figures of the archive.

    Attributes:
        filled: niches that keep something.
        coverage: share of the reachable niches that are filled, 0 to 1.
        qd_score: sum over niches of the best validation accuracy, per cent (Pugh et al. 2016); higher is better.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    filled: int
    coverage: float
    qd_score: float


class Archive(ABC):
    """What every niche of a partition keeps; among equals the elder stays."""

    def __init__(self, partition: Partition) -> None:
        self.partition = partition

    def add(self, hash: str, accuracy: float | None, niche: int | None, latency: float | None = None) -> Placement:
        """Insert one candidate; without accuracy or niche it is a failure and changes nothing.

        Args:
            accuracy: validation, per cent, higher is better.
            latency: milliseconds, lower is better; None where it is unknown.
        """
        if accuracy is None or niche is None:
            return Placement(hash=hash, status=PlacementStatus.FAILED)
        before = set(self.kept(niche))
        status = self._place(hash, accuracy, niche, latency)
        displaced = tuple(sorted(before.difference(self.kept(niche))))
        return Placement(hash=hash, status=status, niche=niche, displaced=displaced, latency_ms=latency)

    def replay(self, placements: Iterable[Placement], accuracies: Mapping[str, float]) -> None:
        """Bring back the state that earlier placements led to."""
        for placement in placements:
            if placement.entered:
                self.add(placement.hash, accuracies[placement.hash], placement.niche, placement.latency_ms)

    @abstractmethod
    def _place(self, hash: str, accuracy: float, niche: int, latency: float | None) -> PlacementStatus:
        """Insert one that has what it needs."""

    @abstractmethod
    def kept(self, niche: int) -> list[str]:
        """Hashes of what the niche keeps, the most accurate first."""

    @abstractmethod
    def _best(self) -> Iterable[float]:
        """The best accuracy of every filled niche."""

    def stats(self) -> ArchiveStats:
        best = list(self._best())
        coverage = len(best) / max(1, len(self.partition.reachable))
        return ArchiveStats(filled=len(best), coverage=coverage, qd_score=float(sum(best)))
