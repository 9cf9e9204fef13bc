"""The scales on which accuracies and scores are learned: a search cares how good the good ones are."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.special import ndtri

from illuminas.tools.correlation import ranks_of

LEAST_SCALE = 0.05
"""Least scale, in standard deviations: where the upper half is almost equal it would magnify nothing to much."""
_FAR = 50.0
"""Scales below the centre beyond which there is nothing to tell apart."""


class Warp(NamedTuple):
    """Leaves the upper half of what was observed as it is, and compresses what lies below.

    A cell at chance level lies dozens of points under all others; a model that has to explain it has no resolution
    left where the best ones differ by tenths. Monotone, so no order changes.

    Attributes:
        centre: median of the observations; values above it stay.
        scale: of the logarithm below it, in the values' units.
    """

    centre: float
    scale: float

    @classmethod
    def of(cls, values: np.ndarray) -> Warp:
        """The warp of observations ``(n,)``, higher is better."""
        centre, upper = np.percentile(values, [50, 75])
        scale = max(float(upper - centre), LEAST_SCALE * float(np.std(values))) or 1.0
        return cls(float(centre), scale)

    def __call__(self, values: np.ndarray) -> np.ndarray:
        """``values (n,)`` on the warped scale."""
        below = np.maximum(self.centre - values, 0.0)
        return np.where(values < self.centre, self.centre - self.scale * np.log1p(below / self.scale), values)

    def inverse(self, warped: np.ndarray) -> np.ndarray:
        """Back to the values' units, ``(n,)``."""
        below = np.maximum(self.centre - warped, 0.0)
        return np.where(
            warped < self.centre, self.centre - self.scale * np.expm1(np.minimum(below / self.scale, _FAR)), warped
        )


def normal_quantiles(values: np.ndarray) -> np.ndarray:
    """``values (n,)`` by rank as quantiles of the normal distribution; what is not finite goes to the middle."""
    finite = np.isfinite(values)
    quantiles = np.zeros(len(values))
    if finite.any():
        quantiles[finite] = ndtri((ranks_of(values[finite]) - 0.5) / finite.sum())
    return quantiles
