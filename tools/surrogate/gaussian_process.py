"""A Gaussian process whose kernel is a sum over groups of inputs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy.linalg import solve_triangular
from scipy.linalg.lapack import dpotrf, dpotri, dpotrs
from scipy.optimize import minimize

NOISE = 0.05
"""Centre of the prior of the noise variance, of observations with variance 1."""
SPREAD_AMPLITUDE, SPREAD_LENGTH, SPREAD_NOISE = 2.0, 1.0, 1.0
"""Standard deviations of the log-normal priors."""
STEPS = 40
"""Most steps of the search for hyperparameters."""
TOLERANCE = 1e-4
"""Relative change of the log posterior at which that search ends: closer ones rank no better, at
twice the steps."""
_JITTER = 1e-6


class Posterior(NamedTuple):
    """Mean and variance of the noise-free value, both ``(n,)``."""

    mean: np.ndarray
    variance: np.ndarray


class GaussianProcess:
    """Regression with one Matérn-5/2 kernel a group of inputs (Rasmussen & Williams 2006, additive: Duvenaud 2011).

    Amplitude and length scale of each group and the noise are those of the greatest posterior: log-normal priors
    keep ten observations from choosing absurd ones, and a group that explains nothing loses its amplitude. A
    library's kernel sees all columns at once and has no priors, which at 10 observations costs 0.2 of rank
    correlation (`benchmarks/surrogate.py`).

    Attributes:
        amplitudes, lengths: prior variance and length scale of each group.
        noise: variance of the noise, of observations with variance 1.
        leave_one_out: log density of each observation given all the others, ``(n,)``.
    """

    def fit(self, groups: Sequence[np.ndarray], targets: np.ndarray) -> GaussianProcess:
        """Fit to ``groups``, each ``(n, d)`` with distances around 1, and ``targets (n,)`` of mean 0 and variance 1."""
        self._groups = list(groups)
        below = np.tril_indices(len(targets), -1)
        distances = [_distances(group, group)[below] for group in groups]
        centre = np.array([*[-np.log(len(groups)), 0.0] * len(groups), np.log(NOISE)])
        spread = np.array([*[SPREAD_AMPLITUDE, SPREAD_LENGTH] * len(groups), SPREAD_NOISE])

        def loss(point: np.ndarray) -> tuple[float, np.ndarray]:
            """Negative log posterior and its gradient; kernels are symmetric, so half of each is computed."""
            pairs, noise = _pairs(point), np.exp(point[-1])
            parts = [_matern(distance, *pair) for distance, pair in zip(distances, pairs, strict=True)]
            lower = self._factor(parts, pairs, noise, below)
            weights, inverse = _solve(lower, targets), _inverse(lower)
            slope = inverse[below] - weights[below[0]] * weights[below[1]]
            trace = np.trace(inverse) - weights @ weights
            gradient = []
            for part, (amplitude, _) in zip(parts, pairs, strict=True):
                gradient += [slope @ part.kernel + 0.5 * amplitude * trace, slope @ part.by_length]
            gradient.append(0.5 * noise * trace)
            off = (point - centre) / spread
            value = 0.5 * targets @ weights + np.log(np.diag(lower)).sum() + 0.5 * off @ off
            return float(value), np.array(gradient) + off / spread

        bounds = list(zip(centre - 3 * spread, centre + 3 * spread, strict=True))
        self._point = minimize(
            loss, centre, jac=True, bounds=bounds, method="L-BFGS-B", options={"maxiter": STEPS, "ftol": TOLERANCE}
        ).x
        self.amplitudes = [amplitude for amplitude, _ in _pairs(self._point)]
        self.lengths = [length for _, length in _pairs(self._point)]
        self.noise = float(np.exp(self._point[-1]))
        pairs = _pairs(self._point)
        parts = [_matern(distance, *pair) for distance, pair in zip(distances, pairs, strict=True)]
        self._lower = self._factor(parts, pairs, self.noise, below)
        self._weights = _solve(self._lower, targets)
        variance = 1.0 / np.diag(_inverse(self._lower))
        self.leave_one_out = -0.5 * (np.log(2 * np.pi * variance) + self._weights**2 * variance)
        return self

    def predict(self, groups: Sequence[np.ndarray]) -> Posterior:
        """The noise-free value for ``groups``, each ``(n, d)``."""
        distances = [_distances(*pair) for pair in zip(groups, self._groups, strict=True)]
        parts = zip(distances, _pairs(self._point), strict=True)
        cross: np.ndarray = np.sum([_matern(distance, *pair).kernel for distance, pair in parts], axis=0)
        reduced = solve_triangular(self._lower, cross.T, lower=True)
        return Posterior(cross @ self._weights, np.maximum(sum(self.amplitudes) - (reduced**2).sum(axis=0), 1e-9))

    @staticmethod
    def _factor(
        parts: Sequence[_Part], pairs: Sequence[tuple[float, float]], noise: float, below: tuple[np.ndarray, ...]
    ) -> np.ndarray:
        """Lower Cholesky factor of the kernel with its noise.

        LAPACK is called directly here and below: scipy's wrappers cost more than matrices of this size.

        Raises:
            LinAlgError: the matrix is not positive definite.
        """
        count = int(below[0][-1]) + 1
        kernel = np.zeros((count, count), order="F")
        kernel[below] = sum(part.kernel for part in parts)
        np.fill_diagonal(kernel, sum(amplitude for amplitude, _ in pairs) + noise + _JITTER)
        lower, info = dpotrf(kernel, lower=True, clean=False, overwrite_a=True)
        if info:
            raise np.linalg.LinAlgError(f"the kernel of {count} observations is not positive definite (row {info})")
        factor: np.ndarray = lower
        return factor


class _Part(NamedTuple):
    kernel: np.ndarray
    by_length: np.ndarray
    """Derivative by the logarithm of the length scale; that by the logarithm of the amplitude is the kernel."""


def _solve(lower: np.ndarray, targets: np.ndarray) -> np.ndarray:
    weights: np.ndarray = dpotrs(lower, targets, lower=True)[0]
    return weights


def _inverse(lower: np.ndarray) -> np.ndarray:
    """The lower half of the inverse of the matrix with this factor; nothing above it."""
    half: np.ndarray = dpotri(lower, lower=True)[0]
    return half


def _pairs(point: np.ndarray) -> list[tuple[float, float]]:
    """(amplitude, length scale) of each group."""
    values = np.exp(point[:-1])
    return [(float(a), float(b)) for a, b in zip(values[::2], values[1::2], strict=True)]


def _matern(distance: np.ndarray, amplitude: float, length: float) -> _Part:
    scaled = np.sqrt(5.0) / length * distance
    decay = amplitude * np.exp(-scaled)
    by_length = decay * (scaled * scaled) * (1 + scaled) / 3
    return _Part(decay * (1 + scaled) + decay * (scaled * scaled) / 3, by_length)


def _distances(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Euclidean distances between rows, ``(n, m)``."""
    squared = (left**2).sum(axis=1)[:, None] + (right**2).sum(axis=1)[None] - 2 * left @ right.T
    distance: np.ndarray = np.sqrt(np.maximum(squared, 0.0))
    return distance
