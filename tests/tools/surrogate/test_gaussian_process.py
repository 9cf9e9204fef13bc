"""The Gaussian process, against a library's where both can say the same."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import ConstantKernel, Matern, WhiteKernel

from illuminas.tools.surrogate.gaussian_process import GaussianProcess


def data() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    inputs = rng.normal(size=(30, 2))
    return inputs, np.sin(inputs[:, 0]) + 0.1 * rng.normal(size=30), rng.normal(size=(10, 2))


def test_it_predicts_what_a_library_predicts_with_its_hyperparameters() -> None:
    inputs, targets, unseen = data()
    model = GaussianProcess().fit([inputs], targets)
    kernel = ConstantKernel(model.amplitudes[0]) * Matern(model.lengths[0], nu=2.5) + WhiteKernel(model.noise)
    library = GaussianProcessRegressor(kernel, alpha=1e-6, optimizer=None).fit(inputs, targets)
    mean, std = library.predict(unseen, return_std=True)
    found = model.predict([unseen])
    assert found.mean == pytest.approx(mean, abs=1e-6)
    assert found.variance + model.noise == pytest.approx(std**2, abs=1e-5)


def test_leaving_one_out_is_what_a_fit_without_it_says() -> None:
    inputs, targets, _ = data()
    model = GaussianProcess().fit([inputs], targets)
    kernel = ConstantKernel(model.amplitudes[0]) * Matern(model.lengths[0], nu=2.5) + WhiteKernel(model.noise)
    library = GaussianProcessRegressor(kernel, alpha=1e-6, optimizer=None).fit(inputs[1:], targets[1:])
    mean, std = library.predict(inputs[:1], return_std=True)
    density = -0.5 * np.log(2 * np.pi * std**2) - 0.5 * (targets[0] - mean) ** 2 / std**2
    assert model.leave_one_out[0] == pytest.approx(density[0], abs=1e-4)


def test_a_group_that_explains_nothing_loses_its_amplitude() -> None:
    inputs, targets, _ = data()
    model = GaussianProcess().fit([inputs[:, :1], np.random.default_rng(1).normal(size=(30, 1))], targets)
    assert model.amplitudes[0] > 5 * model.amplitudes[1]
