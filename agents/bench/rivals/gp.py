"""A Gaussian process over the classes of architectures, by ``sklearn``, told one look-up after another."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from illuminas.agents.bench.points import Points

if TYPE_CHECKING:
    from sklearn.gaussian_process import GaussianProcessRegressor

SCALES = (1.0, 1.5, 2.2, 3.3, 5.0)
"""Length scales tried; distances are Euclidean between encodings."""
NOISES = (0.003, 0.01, 0.03, 0.1)
"""Variances of the noise tried, beside a variance of 1 for the signal."""
REFIT = 10
"""Look-ups after which scale and noise are chosen anew, by the likelihood; later a fifth of those there are."""
FLOOR = 1.5
"""Targets are cut at this many times the way from the median to the best: a few are far worse than the rest."""


class Posterior(NamedTuple):
    """Prediction for every class, in units of the standardised targets: mean and standard deviation, ``(classes,)``."""

    mean: np.ndarray
    std: np.ndarray


class GaussianProcess:
    """Matérn-5/2 kernel on a space's encodings (Rasmussen & Williams 2006); higher targets are better."""

    def __init__(self, points: Points) -> None:
        self._points = points
        self._numbers: list[int] = []
        self._values: list[float] = []
        self._scale, self._noise, self._chosen_at = SCALES[2], NOISES[1], 0

    def observe(self, code: int, value: float) -> None:
        """Take in one look-up."""
        self._numbers.append(int(self._points.classes[code]))
        self._values.append(value)
        if len(self._numbers) >= self._chosen_at + max(REFIT, self._chosen_at // 5):
            fits = {each: self._fitted(*each) for each in itertools.product(SCALES, NOISES)}
            self._scale, self._noise = max(fits, key=lambda each: float(fits[each].log_marginal_likelihood_value_))
            self._chosen_at = len(self._numbers)

    def predict(self) -> Posterior:
        """The posterior of every class."""
        return Posterior(*self._fitted(self._scale, self._noise).predict(self._points.encodings, return_std=True))

    def targets(self) -> np.ndarray:
        """What was observed, standardised, in order."""
        values = np.array(self._values)
        middle = float(np.median(values))
        cut = np.maximum(values, middle - FLOOR * (float(values.max()) - middle)) if len(values) > 2 else values
        spread = float(cut.std())
        return np.asarray((cut - cut.mean()) / (spread if spread > 0 else 1.0))

    def _fitted(self, scale: float, noise: float) -> GaussianProcessRegressor:
        from sklearn.gaussian_process import GaussianProcessRegressor
        from sklearn.gaussian_process.kernels import Matern

        model = GaussianProcessRegressor(Matern(scale, nu=2.5), alpha=noise, optimizer=None)
        return model.fit(self._points.encodings[self._numbers], self.targets())
