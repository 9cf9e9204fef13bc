"""Multi-objective MAP-Elites: a Pareto front a niche (MOME; Pierrot et al. 2022, arXiv 2202.03057), as in LLM-NAS."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import NamedTuple

from illuminas.memory.archive import Archive, PlacementStatus
from illuminas.memory.partitions import Partition


class _Member(NamedTuple):
    hash: str
    accuracy: float
    latency: float


class Fronts(Archive):
    """Keeps of every niche what no other of it matches in accuracy and latency; an unknown latency is the worst."""

    def __init__(self, partition: Partition) -> None:
        super().__init__(partition)
        self._fronts: dict[int, list[_Member]] = {}

    def kept(self, niche: int) -> list[str]:
        return [member.hash for member in sorted(self._fronts.get(niche, ()), key=lambda each: -each.accuracy)]

    def _place(self, hash: str, accuracy: float, niche: int, latency: float | None) -> PlacementStatus:
        new = _Member(hash, accuracy, math.inf if latency is None else latency)
        front = self._fronts.get(niche, [])
        if any(member.accuracy >= new.accuracy and member.latency <= new.latency for member in front):
            return PlacementStatus.REJECTED
        rest = [member for member in front if member.accuracy > new.accuracy or member.latency < new.latency]
        self._fronts[niche] = [*rest, new]
        return PlacementStatus.IMPROVED if front else PlacementStatus.NEW

    def _best(self) -> Iterable[float]:
        return [max(member.accuracy for member in front) for front in self._fronts.values()]
