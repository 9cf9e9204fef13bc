"""Scores of unlike scales side by side."""

from __future__ import annotations

import numpy as np
from scipy.special import ndtri

from illuminas.tools.correlation import ranks_of


def normal_quantiles(values: np.ndarray) -> np.ndarray:
    """``values (n,)`` by rank as quantiles of the normal distribution; what is not finite goes to the middle."""
    finite = np.isfinite(values)
    quantiles = np.zeros(len(values))
    if finite.any():
        quantiles[finite] = ndtri((ranks_of(values[finite]) - 0.5) / finite.sum())
    return quantiles
