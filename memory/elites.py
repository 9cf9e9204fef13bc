"""MAP-Elites: one elite a niche (Mouret & Clune 2015, arXiv 1504.04909)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from illuminas.memory.archive import Archive, PlacementStatus
from illuminas.memory.partitions import Partition
from illuminas.tools.objectives import Objective


class Elites(Archive):
    """Keeps the best of every niche by the primary objective.

    A dictionary, although ``ribs`` has such an archive: importing that takes ten seconds, for it imports torch.
    """

    def __init__(
        self, partition: Partition, objectives: Sequence[Objective], reference: Mapping[str, float] | None = None
    ) -> None:
        super().__init__(partition, objectives, reference)
        self._elites: dict[int, tuple[str, float]] = {}

    def kept(self, niche: int) -> list[str]:
        return [self._elites[niche][0]] if niche in self._elites else []

    def _place(self, hash: str, values: Mapping[str, float], niche: int) -> PlacementStatus:
        gain, elite = self.primary.gain(values[self.primary.name]), self._elites.get(niche)
        if elite is not None and gain <= elite[1]:
            return PlacementStatus.REJECTED
        self._elites[niche] = (hash, gain)
        return PlacementStatus.NEW if elite is None else PlacementStatus.IMPROVED
