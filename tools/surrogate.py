"""The surrogate: what an evaluation would show, and how sure that is, from those already made."""

from __future__ import annotations

import warnings
from typing import NamedTuple

import numpy as np
from scipy import stats


class Prediction(NamedTuple):
    """Per architecture: expected value and standard deviation, both shape ``(n,)``, in the target's units."""

    mean: np.ndarray
    std: np.ndarray


class Surrogate:
    """A Gaussian process on standardised inputs (Rasmussen & Williams 2006), refitted on all that is known.

    Args:
        seed: of the hyperparameter search.
    """

    MINIMUM = 4
    """Fewest observations it can be fitted on."""

    def __init__(self, *, seed: int = 0) -> None:
        self._seed = seed

    def fit(self, inputs: np.ndarray, targets: np.ndarray) -> Surrogate:
        """Fit to ``inputs (n, d)`` and ``targets (n,)``; returns itself."""
        from sklearn.exceptions import ConvergenceWarning
        from sklearn.gaussian_process import GaussianProcessRegressor
        from sklearn.gaussian_process.kernels import ConstantKernel, Matern, WhiteKernel

        self._centre = inputs.mean(axis=0)
        self._scale = np.where(inputs.std(axis=0) > 1e-9, inputs.std(axis=0), 1.0)
        dimensions = max(1.0, float((inputs.std(axis=0) > 1e-9).sum()))
        kernel = ConstantKernel(1.0, (0.1, 10.0)) * Matern(
            np.sqrt(dimensions), (0.3 * np.sqrt(dimensions), 10 * np.sqrt(dimensions)), nu=2.5
        ) + WhiteKernel(0.05, (1e-3, 0.5))
        self._mean, self._std = float(targets.mean()), float(targets.std()) or 1.0
        self._model = GaussianProcessRegressor(kernel, random_state=self._seed)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)  # a bound that binds is an answer here
            self._model.fit((inputs - self._centre) / self._scale, (targets - self._mean) / self._std)
        return self

    def predict(self, inputs: np.ndarray) -> Prediction:
        """Mean and standard deviation of the noise-free value for ``inputs (n, d)``."""
        mean, std = self._model.predict((inputs - self._centre) / self._scale, return_std=True)
        noise = self._model.kernel_.k2.noise_level
        return Prediction(self._mean + self._std * mean, self._std * np.sqrt(np.maximum(std**2 - noise, 0.0)))


def expected_improvement(prediction: Prediction, incumbent: np.ndarray) -> np.ndarray:
    """Expected rise over ``incumbent (n,)``, in the target's units (Jones et al. 1998); higher is better."""
    std = np.maximum(prediction.std, 1e-9)
    z = (prediction.mean - incumbent) / std
    improvement: np.ndarray = std * (z * stats.norm.cdf(z) + stats.norm.pdf(z))
    return improvement
