"""Expected hypervolume improvement of any number of objectives, some of them uncertain."""

from __future__ import annotations

import numpy as np
import pytest
from moocore import hypervolume

from illuminas.tools.surrogate import Posterior, expected_hypervolume_improvement


def grown(draws: np.ndarray, front: np.ndarray) -> float:
    """Mean growth of the hypervolume by draws of one candidate, ``(n, d)``."""
    zero = np.zeros(front.shape[1])
    before = hypervolume(front, ref=zero, maximise=True)
    return float(np.mean([hypervolume(np.vstack([front, each]), ref=zero, maximise=True) - before for each in draws]))


@pytest.mark.parametrize(("objectives", "uncertain"), [(2, 1), (3, 1), (3, 2), (4, 1)])
def test_it_agrees_with_draws_from_the_posterior(objectives: int, uncertain: int) -> None:
    rng = np.random.default_rng(objectives + 10 * uncertain)
    front = rng.uniform(0.2, 0.7, (8, objectives))
    mean = rng.uniform(0.5, 0.9, (objectives, 3))
    std = np.where(np.arange(objectives)[:, None] < uncertain, 0.15, 0.0) * np.ones((objectives, 3))
    posteriors = [Posterior(*each) for each in zip(mean, std, strict=True)]
    told = expected_hypervolume_improvement(posteriors, front, np.zeros(objectives))
    for candidate in range(3):
        draws = rng.normal(mean[:, candidate], std[:, candidate], (4000, objectives))
        assert told[candidate] == pytest.approx(grown(draws, front), rel=0.06)


def test_what_is_known_and_dominated_promises_nothing() -> None:
    known = [Posterior(np.array([0.3, 0.9]), np.zeros(2)), Posterior(np.array([0.3, 0.9]), np.zeros(2))]
    told = expected_hypervolume_improvement(known, np.array([[0.5, 0.5]]), np.zeros(2))
    assert told == pytest.approx([0.0, 0.81 - 0.25])
