"""Multi-objective MAP-Elites: a Pareto front a niche (MOME; Pierrot et al. 2022, arXiv 2202.03057), as in LLM-NAS."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from illuminas.memory.archive import Archive, PlacementStatus
from illuminas.memory.partitions import Partition
from illuminas.tools.objectives import Objective

Gains = tuple[float, ...]
"""One an objective, higher is better."""


class Fronts(Archive):
    """Keeps of every niche what no other of it matches in every objective; an unknown value is the worst."""

    def __init__(
        self, partition: Partition, objectives: Sequence[Objective], reference: Mapping[str, float] | None = None
    ) -> None:
        super().__init__(partition, objectives, reference)
        self._fronts: dict[int, dict[str, Gains]] = {}

    def kept(self, niche: int) -> list[str]:
        front = self._fronts.get(niche, {})
        return sorted(front, key=lambda hash_: -front[hash_][0])

    def _place(self, hash: str, values: Mapping[str, float], niche: int) -> PlacementStatus:
        new = tuple(
            objective.gain(values[objective.name]) if objective.name in values else -math.inf
            for objective in self.objectives
        )
        front = self._fronts.get(niche, {})
        if any(_matches(member, new) for member in front.values()):
            return PlacementStatus.REJECTED
        rest = {other: member for other, member in front.items() if not _matches(new, member)}
        self._fronts[niche] = {**rest, hash: new}
        return PlacementStatus.IMPROVED if front else PlacementStatus.NEW


def _matches(one: Gains, other: Gains) -> bool:
    """Whether ``one`` is at least as good in every objective."""
    return all(left >= right for left, right in zip(one, other, strict=True))
