"""A Gaussian process over the classes of architectures, told one look-up after another."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from scipy.linalg import cholesky, solve_triangular

from illuminas.agents.bench.points import Points

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
    """Matérn-5/2 kernel on a space's encodings (Rasmussen & Williams 2006); higher targets are better.

    The Cholesky factor grows by a row a look-up, so a prediction for all classes costs ``n * classes`` operations.
    """

    def __init__(self, points: Points) -> None:
        classes, self._points = points.count, points
        self._sizes = (points.encodings**2).sum(axis=1)
        self._numbers: list[int] = []
        self._values: list[float] = []
        self._distances: np.ndarray = np.empty((0, classes))
        self._solved: np.ndarray = np.empty((0, classes))
        self._factor: np.ndarray = np.empty((0, 0))
        self._variance = np.ones(classes)
        self._scale, self._noise, self._fitted_at = SCALES[2], NOISES[1], 0

    def observe(self, code: int, value: float) -> None:
        """Take in one look-up."""
        number = int(self._points.classes[code])
        distance = self._distances_to(number)
        self._numbers.append(number)
        self._values.append(value)
        self._distances = np.vstack([self._distances, distance])
        if len(self._numbers) >= self._fitted_at + max(REFIT, self._fitted_at // 5):
            self._fit()
        else:
            self._grow(number, distance)

    def predict(self) -> Posterior:
        """The posterior of every class."""
        weights = solve_triangular(self._factor, self.targets(), lower=True)
        return Posterior(weights @ self._solved, np.sqrt(np.maximum(self._variance, 1e-9)))

    def targets(self) -> np.ndarray:
        """What was observed, standardised, in order."""
        values = np.array(self._values)
        middle = float(np.median(values))
        cut = np.maximum(values, middle - FLOOR * (float(values.max()) - middle)) if len(values) > 2 else values
        spread = float(cut.std())
        return np.asarray((cut - cut.mean()) / (spread if spread > 0 else 1.0))

    def _distances_to(self, number: int) -> np.ndarray:
        """From one class's encoding to every one, ``(classes,)``."""
        encoded = self._points.encodings
        squared = self._sizes + self._sizes[number] - 2.0 * (encoded @ encoded[number])
        return np.asarray(np.sqrt(np.maximum(squared, 0.0)))

    def _grow(self, number: int, distance: np.ndarray) -> None:
        """Add the last row to the factor and to what it solves."""
        across = self._solved[:, number]
        pivot = math.sqrt(max(1.0 + self._noise - float(across @ across), 1e-9))
        row = (_matern(distance / self._scale) - across @ self._solved) / pivot
        count = len(across)
        factor = np.zeros((count + 1, count + 1))
        factor[:count, :count], factor[count, :count], factor[count, count] = self._factor, across, pivot
        self._factor, self._solved = factor, np.vstack([self._solved, row])
        self._variance = self._variance - row**2

    def _fit(self) -> None:
        """Choose scale and noise by the likelihood, and factorise anew."""
        own, targets, best = self._distances[:, self._numbers], self.targets(), -np.inf
        for scale in SCALES:
            kernel = _matern(own / scale)
            for noise in NOISES:
                factor = cholesky(kernel + noise * np.eye(len(targets)), lower=True)
                half = solve_triangular(factor, targets, lower=True)
                likelihood = -0.5 * float(half @ half) - float(np.log(np.diag(factor)).sum())
                if likelihood > best:
                    best, self._scale, self._noise, self._factor = likelihood, scale, noise, factor
        self._solved = solve_triangular(self._factor, _matern(self._distances / self._scale), lower=True)
        self._variance = 1.0 - np.einsum("ij,ij->j", self._solved, self._solved)
        self._fitted_at = len(targets)


def _matern(distance: np.ndarray) -> np.ndarray:
    scaled = np.sqrt(5.0) * distance
    return np.asarray((1.0 + scaled + scaled**2 / 3.0) * np.exp(-scaled))
