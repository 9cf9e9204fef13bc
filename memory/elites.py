"""MAP-Elites: one elite a niche (``ribs``; Mouret & Clune 2015, arXiv 1504.04909)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from illuminas.memory.archive import Archive, PlacementStatus
from illuminas.memory.partitions import Partition
from illuminas.tools.objectives import Objective

_STATUS = {0: PlacementStatus.REJECTED, 1: PlacementStatus.IMPROVED, 2: PlacementStatus.NEW}


class Elites(Archive):
    """Keeps the best of every niche by the primary objective."""

    def __init__(
        self, partition: Partition, objectives: Sequence[Objective], reference: Mapping[str, float] | None = None
    ) -> None:
        from ribs.archives import CategoricalArchive

        super().__init__(partition, objectives, reference)
        self._elites: Any = CategoricalArchive(
            solution_dim=(), solution_dtype=object, categories=[list(range(partition.size))]
        )

    def kept(self, niche: int) -> list[str]:
        occupied, elite = self._elites.retrieve_single(np.array([niche]))
        return [str(elite["solution"])] if occupied else []

    def _place(self, hash: str, values: Mapping[str, float], niche: int) -> PlacementStatus:
        gain = self.primary.gain(values[self.primary.name])
        return _STATUS[int(self._elites.add_single(hash, gain, np.array([niche]))["status"])]
