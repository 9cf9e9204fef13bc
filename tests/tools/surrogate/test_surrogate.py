"""The surrogate learns, and knows what it does not know."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import spearmanr

from illuminas.tools.spaces import get_space
from illuminas.tools.surrogate import Prediction, Surrogate, expected_improvement


def test_it_ranks_unseen_cells_from_a_few_dozen(planted_accuracy: object) -> None:
    assert callable(planted_accuracy)
    space, rng = get_space("nb201"), np.random.default_rng(0)
    cells = [space.random(rng) for _ in range(120)]
    inputs = np.array([space.encode(cell) for cell in cells])
    values = np.array([planted_accuracy(cell.text) for cell in cells])
    prediction = Surrogate(seed=0).fit(inputs[:60], values[:60]).predict(inputs[60:])
    assert spearmanr(prediction.mean, values[60:]).statistic > 0.8


def test_it_is_surer_of_what_it_has_seen() -> None:
    rng = np.random.default_rng(0)
    inputs = rng.normal(size=(20, 3))
    values = inputs[:, 0] + 0.01 * rng.normal(size=20)
    model = Surrogate().fit(inputs, values)
    seen, far = model.predict(inputs).std.mean(), model.predict(inputs + 10).std.mean()
    assert seen < far


def test_what_it_is_unsure_of_is_the_value_and_not_the_noise() -> None:
    rng = np.random.default_rng(0)
    inputs = np.repeat(np.arange(5.0), 40)[:, None]
    values = inputs[:, 0] + rng.normal(size=200)
    std = Surrogate().fit(inputs, values).predict(np.arange(5.0)[:, None]).std
    assert std.max() < 0.4


def test_expected_improvement_rewards_a_high_mean_and_uncertainty() -> None:
    prediction = Prediction(mean=np.array([1.0, 2.0, 1.0]), std=np.array([0.1, 0.1, 2.0]))
    gain = expected_improvement(prediction, np.array([1.5, 1.5, 1.5]))
    assert gain[1] == pytest.approx(0.5, abs=0.01)
    assert gain[0] < 0.01
    assert gain[2] > gain[1]
