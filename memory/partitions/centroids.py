"""Centroidal Voronoi tessellation: niches are what lies nearest to each of some centroids."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
from pydantic import Field

from illuminas.memory.partitions.context import PartitionContext
from illuminas.memory.partitions.descriptors import Descriptors, measure_of
from illuminas.memory.partitions.partition import Partition


class Centroids(Partition):
    """CVT (Vassiliades et al. 2018, arXiv 1610.05729) over any number of descriptors.

    Distances count each descriptor in shares of its range over the space.

    Attributes:
        descriptors: names of the d descriptors.
        low, high: their least and greatest value over the space, ``(d,)``.
        centroids: ``(niches, d)``, in shares of the ranges, 0 to 1.
    """

    kind: Literal["centroids"] = "centroids"
    descriptors: tuple[str, ...] = Field(min_length=1)
    low: tuple[float, ...]
    high: tuple[float, ...]
    centroids: tuple[tuple[float, ...], ...] = Field(min_length=1)

    @property
    def size(self) -> int:
        return len(self.centroids)

    @property
    def keys(self) -> tuple[str, ...]:
        return self.descriptors

    def niche_of(self, descriptors: Descriptors) -> int | None:
        values = [descriptors.get(key) for key in self.descriptors]
        if any(value is None for value in values):
            return None
        point = _scaled(np.array([values], dtype=float), self.low, self.high)
        return int(np.argmin(((np.array(self.centroids) - point) ** 2).sum(axis=1)))

    def describe(self, niche: int) -> str:
        return self._words(4)[niche] if len(set(self._words(4))) == self.size else self._words(17)[niche]

    def distance(self, left: int, right: int) -> float:
        """Euclidean distance of the centroids, in shares of the ranges."""
        return float(np.linalg.norm(np.subtract(self.centroids[left], self.centroids[right])))

    def position(self, niche: int) -> tuple[float, ...]:
        """The centroid in the descriptors' own units, ``(d,)``."""
        return tuple(
            low + share * (high - low)
            for low, high, share in zip(self.low, self.high, self.centroids[niche], strict=True)
        )

    def _words(self, digits: int) -> list[str]:
        units = [measure_of(key) for key in self.descriptors]
        return [
            "around "
            + ", ".join(
                f"{unit.number(value, digits)} {unit.shown_unit}"
                for unit, value in zip(units, self.position(niche), strict=True)
            )
            for niche in range(self.size)
        ]


def tessellate(name: str, keys: Sequence[str], niches: int, context: PartitionContext) -> Centroids:
    """Centroids by k-means over the space itself, so that every niche can be reached; always the same ones.

    There are fewer where the descriptors take fewer values than ``niches``.
    """
    from scipy.cluster.vq import kmeans2

    known = context.points(keys)
    low, high = known.min(axis=0), known.max(axis=0)
    points = _scaled(known, low, high)
    count = min(niches, len(np.unique(points, axis=0)))
    found, members = kmeans2(points, count, minit="++", rng=np.random.default_rng(0), iter=50)
    centroids = found[np.unique(members)]
    order = np.lexsort(centroids.T[::-1])
    return context.counted(
        Centroids(
            name=name,
            descriptors=tuple(keys),
            low=tuple(low.tolist()),
            high=tuple(high.tolist()),
            centroids=tuple(tuple(row) for row in centroids[order].tolist()),
        )
    )


def _scaled(points: np.ndarray, low: Sequence[float] | np.ndarray, high: Sequence[float] | np.ndarray) -> np.ndarray:
    lowest, width = np.asarray(low), np.asarray(high) - np.asarray(low)
    shares: np.ndarray = (points - lowest) / np.where(width > 0, width, 1.0)
    return shares
