"""From figures to places and colours on a drawing."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

WIDE = 50
"""Ratio of the greatest to the least place on an axis from which its scale is logarithmic."""
VIRIDIS = (
    "#440154", "#482475", "#414487", "#355f8d", "#2a788e", "#21918c", "#22a884", "#44bf70", "#7ad151", "#bddf26",
    "#fde725",
)  # fmt: skip
"""For what is better or worse: bright is better."""
CIVIDIS = (
    "#00224e", "#08306e", "#35456c", "#4f576c", "#666970", "#7d7c78", "#948e77", "#aea371", "#c8b866", "#e5cf52",
    "#fee838",
)  # fmt: skip
"""For what is neither."""


class Scale(NamedTuple):
    """An axis of a drawing.

    Attributes:
        low, high: figures at its ends.
        start, end: their places.
        logarithmic: equal ratios are equally far apart.
    """

    low: float
    high: float
    start: float
    end: float
    logarithmic: bool

    @classmethod
    def around(cls, values: np.ndarray, *, start: float, end: float) -> Scale:
        """The scale that shows all of ``values (n,)``, with a margin."""
        low, high = float(values.min()), float(values.max())
        logarithmic = 0 < WIDE * low < high
        if logarithmic:
            margin = (high / low) ** 0.06
            return cls(low / margin, high * margin, start, end, True)
        margin = 0.06 * (high - low) or max(0.5, 0.1 * abs(low))
        return cls(max(0.0, low - margin) if low >= 0 else low - margin, high + margin, start, end, False)

    @property
    def words(self) -> str:
        """What an axis title says of it."""
        return " (logarithmic)" if self.logarithmic else ""

    def along(self, value: float) -> float:
        """The place of a figure; figures outside lie at the ends."""
        value = min(max(value, self.low), self.high)
        if self.logarithmic:
            share = math.log(value / self.low) / math.log(self.high / self.low)
        else:
            share = (value - self.low) / (self.high - self.low)
        return self.start + share * (self.end - self.start)

    def ticks(self) -> list[float]:
        """Round figures along it, three to eight."""
        if self.logarithmic:
            decades = range(math.floor(math.log10(self.low)), math.ceil(math.log10(self.high)) + 1)
            steps = (1,) if len(decades) > 4 else (1, 3)
            found = [factor * 10.0**decade for decade in decades for factor in steps]
        else:
            rough = (self.high - self.low) / 5
            power = 10.0 ** math.floor(math.log10(rough))
            step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= rough)
            found = [step * number for number in range(math.ceil(self.low / step), math.floor(self.high / step) + 1)]
        return [value for value in found if self.low <= value <= self.high]


def colour(share: float, palette: tuple[str, ...]) -> str:
    """The colour at a share of a palette, 0 to 1."""
    place = min(max(share, 0.0), 1.0) * (len(palette) - 1)
    left = min(int(place), len(palette) - 2)
    mixed = (
        round(low + (place - left) * (high - low))
        for low, high in zip(_channels(palette[left]), _channels(palette[left + 1]), strict=True)
    )
    return "#" + "".join(f"{channel:02x}" for channel in mixed)


def ink(background: str) -> str:
    """Black or white, whichever stands out from a colour."""
    red, green, blue = _channels(background)
    return "#000000" if 0.299 * red + 0.587 * green + 0.114 * blue > 140 else "#ffffff"


def _channels(colour: str) -> tuple[int, ...]:
    return tuple(int(colour[place : place + 2], 16) for place in (1, 3, 5))
