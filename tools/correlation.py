"""How well two orders agree."""

from __future__ import annotations

import numpy as np

LEAST = 3
"""Fewest pairs that a correlation is told of."""


def spearman(left: np.ndarray, right: np.ndarray) -> float | None:
    """Rank correlation of ``(n,)`` and ``(n,)``, -1 to 1, over the places where both are finite.

    None for fewer than :data:`LEAST` of them, or where one side is constant.
    """
    from scipy.stats import spearmanr

    both = np.isfinite(left) & np.isfinite(right)
    if both.sum() < LEAST or np.ptp(left[both]) == 0 or np.ptp(right[both]) == 0:
        return None
    return float(spearmanr(left[both], right[both]).statistic)


def ranks_of(values: np.ndarray) -> np.ndarray:
    """``(n,)`` ranks from 1, ties sharing their mean."""
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    shared: np.ndarray = (np.cumsum(counts) - (counts - 1) / 2)[inverse]
    return shared
