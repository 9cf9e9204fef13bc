"""The quality-diversity archive: one elite a niche (``ribs``), the one place where niche diversity is enforced."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Any

import numpy as np
from pydantic import BaseModel, ConfigDict

from illuminas.memory.partitions import Partition


class PlacementStatus(StrEnum):
    """What became of a candidate in the archive."""

    NEW = "new"
    """It fills an empty niche."""
    IMPROVED = "improved"
    """It displaces its niche's elite."""
    REJECTED = "rejected"
    """Its niche's elite is at least as accurate."""
    FAILED = "failed"
    """It has no accuracy, or no niche for want of a descriptor."""


class Placement(BaseModel):
    """What the archivist did with one candidate.

    Attributes:
        niche: where it belongs; None for a failure.
        displaced: hash of the elite it took the place of.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    hash: str
    status: PlacementStatus
    niche: int | None = None
    displaced: str | None = None

    @property
    def entered(self) -> bool:
        return self.status in (PlacementStatus.NEW, PlacementStatus.IMPROVED)


class ArchiveStats(BaseModel):
    """Figures of the archive.

    Attributes:
        filled: niches with an elite.
        coverage: share of the reachable niches that are filled, 0 to 1.
        qd_score: sum of the elites' validation accuracies, per cent (Pugh et al. 2016); higher is better.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    filled: int
    coverage: float
    qd_score: float


class Archive:
    """Elites by niche of a partition; accuracy is the objective, and ties keep the elder.

    Args:
        partition: it decides the niches.
    """

    def __init__(self, partition: Partition) -> None:
        from ribs.archives import CategoricalArchive

        self.partition = partition
        self._elites: Any = CategoricalArchive(
            solution_dim=(),
            solution_dtype=object,
            categories=[list(range(partition.size))],
        )

    def elite(self, niche: int) -> str | None:
        """Hash of the niche's elite."""
        occupied, elite = self._elites.retrieve_single(np.array([niche]))
        return str(elite["solution"]) if occupied else None

    def add(self, hash: str, accuracy: float | None, niche: int | None) -> Placement:
        """Insert one candidate; without accuracy or niche it is a failure and changes nothing."""
        if accuracy is None or niche is None:
            return Placement(hash=hash, status=PlacementStatus.FAILED)
        before = self.elite(niche)
        added = self._elites.add_single(hash, accuracy, np.array([niche]))
        status = {0: PlacementStatus.REJECTED, 1: PlacementStatus.IMPROVED, 2: PlacementStatus.NEW}[
            int(added["status"])
        ]
        displaced = before if status is PlacementStatus.IMPROVED else None
        return Placement(hash=hash, status=status, niche=niche, displaced=displaced)

    def replay(self, placements: Sequence[Placement], accuracies: dict[str, float]) -> None:
        """Bring back the state that earlier placements led to."""
        for placement in placements:
            if placement.entered:
                self.add(placement.hash, accuracies[placement.hash], placement.niche)

    def stats(self) -> ArchiveStats:
        stats = self._elites.stats
        return ArchiveStats(
            filled=int(stats.num_elites),
            coverage=stats.num_elites / max(1, len(self.partition.reachable)),
            qd_score=float(stats.qd_score),
        )
