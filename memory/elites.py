"""MAP-Elites: one elite a niche (``ribs``; Mouret & Clune 2015, arXiv 1504.04909)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from illuminas.memory.archive import Archive, PlacementStatus
from illuminas.memory.partitions import Partition

_STATUS = {0: PlacementStatus.REJECTED, 1: PlacementStatus.IMPROVED, 2: PlacementStatus.NEW}


class Elites(Archive):
    """Keeps the most accurate of every niche."""

    def __init__(self, partition: Partition) -> None:
        from ribs.archives import CategoricalArchive

        super().__init__(partition)
        self._elites: Any = CategoricalArchive(
            solution_dim=(), solution_dtype=object, categories=[list(range(partition.size))]
        )

    def kept(self, niche: int) -> list[str]:
        occupied, elite = self._elites.retrieve_single(np.array([niche]))
        return [str(elite["solution"])] if occupied else []

    def _place(self, hash: str, accuracy: float, niche: int, latency: float | None) -> PlacementStatus:
        return _STATUS[int(self._elites.add_single(hash, accuracy, np.array([niche]))["status"])]

    def _best(self) -> Iterable[float]:
        return [float(value) for value in self._elites.data("objective")]
