"""The surrogate: what an evaluation would show, and how sure that is, from those already made.

``gaussian_process`` is one model, ``ensemble`` several of them over different views of an architecture, ``warp`` the
scales that accuracies and scores are learned on, ``acquisition`` what their predictions promise.
"""

from __future__ import annotations

from illuminas.tools.surrogate.acquisition import expected_hypervolume_improvement, expected_improvement
from illuminas.tools.surrogate.ensemble import SCORES, Posterior, Surrogate
from illuminas.tools.surrogate.warp import Warp, normal_quantiles

__all__ = [
    "SCORES",
    "Posterior",
    "Surrogate",
    "Warp",
    "expected_hypervolume_improvement",
    "expected_improvement",
    "normal_quantiles",
]
