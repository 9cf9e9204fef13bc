"""Grids: products of axes, each of which sorts architectures into labelled bins."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from itertools import pairwise
from typing import Literal

import numpy as np
from pydantic import Field

from illuminas.memory.partitions.descriptors import Descriptors, measure_of
from illuminas.memory.partitions.partition import Partition
from illuminas.tools.frozen import Frozen


class Axis(Frozen):
    """One dimension of a grid: bins of a numeric descriptor.

    Attributes:
        key: the descriptor it reads.
        bounds: ascending lower bounds of the second and later bins.
        labels: words for each bin, one more than the bounds.
    """

    key: str
    bounds: tuple[float, ...]
    labels: tuple[str, ...]

    def bin_of(self, descriptors: Descriptors) -> int | None:
        """The bin, or None where the descriptor is unknown (no latency could be had)."""
        value = descriptors.get(self.key)
        if value is None:
            return None
        return bisect_right(self.bounds, float(value))


class Grid(Partition):
    """A product of axes, its niches numbered row by row.

    Attributes:
        axes: one or more.
    """

    kind: Literal["grid"] = "grid"
    axes: tuple[Axis, ...] = Field(min_length=1)

    @property
    def size(self) -> int:
        return int(np.prod([len(axis.labels) for axis in self.axes]))

    @property
    def keys(self) -> tuple[str, ...]:
        return tuple(axis.key for axis in self.axes)

    def niche_of(self, descriptors: Descriptors) -> int | None:
        niche = 0
        for axis in self.axes:
            position = axis.bin_of(descriptors)
            if position is None:
                return None
            niche = niche * len(axis.labels) + position
        return niche

    def describe(self, niche: int) -> str:
        return ", ".join(axis.labels[bin_] for axis, bin_ in zip(self.axes, self._bins(niche), strict=True))

    def distance(self, left: int, right: int) -> float:
        """Bins apart, summed over the axes."""
        return float(sum(abs(a - b) for a, b in zip(self._bins(left), self._bins(right), strict=True)))

    def _bins(self, niche: int) -> list[int]:
        """The niche's bin on each axis."""
        found: list[int] = []
        for axis in reversed(self.axes):
            niche, position = divmod(niche, len(axis.labels))
            found.insert(0, position)
        return found


def quantile_axis(key: str, values: Sequence[float] | np.ndarray, bins: int) -> Axis:
    """An axis whose bins hold equal shares of ``values (n,)``; fewer bins where many values are equal."""
    lowest = float(np.min(values))
    bounds = sorted({float(q) for q in np.quantile(values, np.arange(1, bins) / bins)} - {lowest})
    if not bounds:
        return Axis(key=key, bounds=(), labels=(f"any {measure_of(key).shown_unit}",))
    unit = measure_of(key)
    digits = next(n for n in range(3, 18) if len({unit.number(bound, n) for bound in bounds}) == len(bounds))
    shown = [unit.number(bound, digits) for bound in bounds]
    labels = (
        f"under {shown[0]} {unit.shown_unit}",
        *(f"{low} to {high} {unit.shown_unit}" for low, high in pairwise(shown)),
        f"{shown[-1]} {unit.shown_unit} and more",
    )
    return Axis(key=key, bounds=tuple(bounds), labels=labels)
