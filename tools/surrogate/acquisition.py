"""What a posterior promises: expected improvement of the best, and of the Pareto front."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.special import ndtr

from illuminas.tools.surrogate.ensemble import Posterior


def expected_improvement(posterior: Posterior, incumbent: np.ndarray | float) -> np.ndarray:
    """Expected rise over ``incumbent``, one or ``(n,)``, in the posterior's units (Jones et al. 1998)."""
    std = np.maximum(posterior.std, 1e-9)
    z = (posterior.mean - incumbent) / std
    improvement: np.ndarray = std * (z * ndtr(z) + np.exp(-(z**2) / 2.0) / np.sqrt(2 * np.pi))
    return improvement


def expected_hypervolume_improvement(
    posteriors: Sequence[Posterior], front: np.ndarray, reference: np.ndarray
) -> np.ndarray:
    """Expected growth of the hypervolume by each candidate, ``(n,)``, where objectives vary independently.

    Exact for any number of objectives, uncertain or known: what the front leaves undominated is cut into boxes, and of
    each box a candidate is expected to dominate the product of what it is expected to cover along every axis (Yang et
    al. 2019, "Multi-objective Bayesian global optimization using expected hypervolume improvement gradient"; Daulton
    et al. 2020, arXiv 2006.05078). The number of boxes grows with the front to the power of one less than the
    objectives.

    Args:
        posteriors: one an objective, of the same n candidates, higher is better. A standard deviation of 0 throughout
            marks an objective whose values are known.
        front: ``(m, d)``, what is known already, in the posteriors' units; dominated ones do no harm.
        reference: ``(d,)``, the worst values.
    """
    from moocore import is_nondominated

    # known objectives outside: along the innermost axis there is one box
    order = sorted(range(len(posteriors)), key=lambda axis: bool(posteriors[axis].std.any()))
    reference = np.asarray(reference, dtype=float)[order]
    points = np.asarray(front, dtype=float).reshape(-1, len(order))[:, order]
    points = points[(points > reference).all(axis=1)]
    if len(points):
        points = points[is_nondominated(points, maximise=True)]
    low, high = _undominated(points, reference)
    growth = np.ones((len(posteriors[0].mean), len(low)))
    for axis, number in enumerate(order):
        sides, box = np.unique(np.column_stack([low[:, axis], high[:, axis]]), axis=0, return_inverse=True)
        growth *= _covered(posteriors[number], *sides.T)[:, box.reshape(-1)]
    total: np.ndarray = growth.sum(axis=1)
    return total


def _covered(posterior: Posterior, low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """How much of each interval ``(b,)`` lies below the value of each candidate, expected, ``(n, b)``."""
    if not posterior.std.any():
        sides: np.ndarray = np.maximum(0.0, np.minimum(posterior.mean[:, None], high[None]) - low[None])
        return sides
    wide = Posterior(posterior.mean[:, None], posterior.std[:, None])
    covered: np.ndarray = expected_improvement(wide, low[None])
    bounded = np.isfinite(high)
    covered[:, bounded] -= expected_improvement(wide, high[bounded][None])
    return covered


def _undominated(points: np.ndarray, reference: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Disjoint boxes that cover what lies above ``reference`` and no point dominates, as corners ``(b, d)`` each.

    Args:
        points: ``(m, d)``, higher is better, all of them above ``reference``.
    """
    if len(reference) == 1:
        return np.array([[max([reference[0], *points[:, 0]])]]), np.array([[np.inf]])
    if len(reference) == 2:
        return _under_stairs(points, reference)
    levels = np.unique(points[:, 0])[::-1]
    lows, highs = [], []
    for upper, lower in zip([np.inf, *levels], [*levels, reference[0]], strict=True):
        low, high = _undominated(points[points[:, 0] >= upper, 1:], reference[1:])
        lows.append(np.column_stack([np.full(len(low), lower), low]))
        highs.append(np.column_stack([np.full(len(high), upper), high]))
    return np.concatenate(lows), np.concatenate(highs)


def _under_stairs(points: np.ndarray, reference: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The same for two objectives: one box a stair of the front, from its height upwards."""
    ordered = points[np.lexsort((-points[:, 1], -points[:, 0]))]
    heights = np.maximum.accumulate([reference[1], *ordered[:, 1]])
    stairs = ordered[ordered[:, 1] > heights[:-1]]
    low = np.vstack([stairs, reference])
    low[:, 1] = [reference[1], *stairs[:, 1]]
    high = np.full(low.shape, np.inf)
    high[1:, 0] = stairs[:, 0]
    return low, high
