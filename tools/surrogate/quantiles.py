"""Scores of unlike scales side by side."""

from __future__ import annotations

import numpy as np
from scipy.stats import norm, rankdata


def normal_quantiles(values: np.ndarray) -> np.ndarray:
    """``values (n,)`` by rank as quantiles of the normal distribution; what is not finite goes to the middle."""
    finite = np.isfinite(values)
    quantiles = np.zeros(len(values))
    if finite.any():
        quantiles[finite] = norm.ppf((rankdata(values[finite]) - 0.5) / finite.sum())
    return quantiles
