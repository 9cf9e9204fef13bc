"""What a posterior promises: expected improvement of the best, and of the Pareto front."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy import stats

from illuminas.tools.surrogate.ensemble import Posterior


def expected_improvement(posterior: Posterior, incumbent: np.ndarray | float) -> np.ndarray:
    """Expected rise over ``incumbent``, one or ``(n,)``, in the posterior's units (Jones et al. 1998)."""
    std = np.maximum(posterior.std, 1e-9)
    z = (posterior.mean - incumbent) / std
    improvement: np.ndarray = std * (z * stats.norm.cdf(z) + stats.norm.pdf(z))
    return improvement


def expected_hypervolume_improvement(
    posterior: Posterior, costs: np.ndarray, front: Sequence[tuple[float, float]], *, floor: float, reference: float
) -> np.ndarray:
    """Expected growth of the hypervolume by each candidate, ``(n,)``, where costs are known (Emmerich et al. 2006).

    With one uncertain objective it is a sum of expected improvements: at every cost from the candidate's own to
    the reference, the value must rise above the best that the front has at that cost or below.

    Args:
        posterior: of the value, higher is better.
        costs: of the candidates, ``(n,)``, lower is better.
        front: (cost, value) of what is known, on the scale of the posterior; dominated ones do no harm.
        floor: the worst value, which a front has below its cheapest point.
        reference: the worst cost.
    """
    levels, edges = [floor], [-np.inf]
    for cost, value in sorted(front):
        if value > levels[-1] and cost < reference:
            levels.append(value)
            edges.append(cost)
    starts, ends = np.array(edges), np.array([*edges[1:], reference])
    widths = np.maximum(0.0, ends[None] - np.maximum(starts[None], costs[:, None]))
    wide = Posterior(posterior.mean[:, None], posterior.std[:, None])
    growth: np.ndarray = (widths * expected_improvement(wide, np.array(levels)[None])).sum(axis=1)
    return growth
