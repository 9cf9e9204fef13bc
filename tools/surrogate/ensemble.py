"""Several Gaussian processes over different views of an architecture, weighted by how well each foresees."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from illuminas.tools.process import one_blas_thread
from illuminas.tools.surrogate.gaussian_process import GaussianProcess
from illuminas.tools.surrogate.warp import Warp

SCORES = "scores"
"""Name of the group that holds zero-cost scores, which may mislead."""
SUMMARY = "graph"
"""Name of the group that says in few numbers what an architecture is."""
TEMPER = 4.0
"""Divides the log densities before they become weights: few observations cannot tell for sure."""


class Posterior(NamedTuple):
    """Per architecture: expected value and standard deviation, noise included, both ``(n,)``, on the warped scale."""

    mean: np.ndarray
    std: np.ndarray


class Surrogate:
    """Predicts accuracies from those observed, refitted from nothing each time.

    The members see all groups of inputs, all but the zero-cost scores, and summary and scores alone. Their weights
    follow the leave-one-out density of what was observed (pseudo-BMA, tempered; Yao et al. 2018, arXiv 1704.02030),
    so scores that mislead lose their say; where the members disagree, the standard deviation grows.

    Args:
        inputs: group -> ``(n, d)`` for all architectures at hand, observed or not. Scales follow from them.
    """

    MINIMUM = 4
    """Fewest observations it can be fitted on."""

    def __init__(self, inputs: Mapping[str, np.ndarray]) -> None:
        self._inputs = {name: _scaled(group) for name, group in inputs.items()}
        everything = tuple(inputs)
        views = [everything, tuple(name for name in everything if name != SCORES)]
        views.append(tuple(name for name in everything if name in (SUMMARY, SCORES)))
        self._views = list(dict.fromkeys(view for view in views if view))

    def fit(self, rows: Sequence[int], values: np.ndarray) -> Surrogate:
        """Fit to ``values (n,)`` observed at ``rows`` of the inputs; returns itself.

        Attributes set: ``warp``, the scale of the predictions, and ``weights``, group names -> weight.
        """
        self.warp = Warp.of(values)
        warped = self.warp(values)
        self._centre, self._spread = float(warped.mean()), float(warped.std()) or 1.0
        targets = (warped - self._centre) / self._spread
        with one_blas_thread():
            self._members = [GaussianProcess().fit(self._seen(view, rows), targets) for view in self._views]
        evidence = np.array([member.leave_one_out.sum() for member in self._members]) / TEMPER
        weights = np.exp(evidence - evidence.max())
        self._weights = weights / weights.sum()
        self.weights = dict(zip(self._views, self._weights.tolist(), strict=True))
        return self

    def predict(self, rows: Sequence[int]) -> Posterior:
        """What evaluations at ``rows`` of the inputs would show."""
        members = zip(self._members, self._views, strict=True)
        with one_blas_thread():
            found = [member.predict(self._seen(view, rows)) for member, view in members]
        means = np.array([each.mean for each in found])
        noise = np.array([[member.noise] for member in self._members])
        mean = self._weights @ means
        variance = self._weights @ (np.array([each.variance for each in found]) + noise + (means - mean) ** 2)
        return Posterior(self._centre + self._spread * mean, self._spread * np.sqrt(variance))

    def _seen(self, view: Sequence[str], rows: Sequence[int]) -> list[np.ndarray]:
        return [self._inputs[name][list(rows)] for name in view]


def _scaled(group: np.ndarray) -> np.ndarray:
    """Centred, and divided so that the root mean square distance of two rows is 1."""
    centred = group - group.mean(axis=0)
    size = np.sqrt(2.0 * np.sum(centred**2) / len(group))
    scaled: np.ndarray = centred / size if size > 0 else centred
    return scaled
