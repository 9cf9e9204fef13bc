"""What a posterior promises."""

from __future__ import annotations

import numpy as np
import pytest

from illuminas.tools.surrogate import Posterior, expected_hypervolume_improvement, expected_improvement

FRONT = [(1.0, 60.0), (2.0, 70.0), (4.0, 75.0)]


def certain(*means: float) -> Posterior:
    return Posterior(np.array(means), np.full(len(means), 1e-9))


def grown(posterior: Posterior, *costs: float, front: list[tuple[float, float]] = FRONT) -> np.ndarray:
    """The growth by candidates of known costs, above a value of 50 and below a cost of 10."""
    known = Posterior(-np.array(costs), np.zeros(len(costs)))
    points = np.array([(value, -cost) for cost, value in front])
    return expected_hypervolume_improvement([posterior, known], points, np.array([50.0, -10.0]))


def test_expected_improvement_rewards_a_high_mean_and_uncertainty() -> None:
    posterior = Posterior(mean=np.array([1.0, 2.0, 1.0]), std=np.array([0.1, 0.1, 2.0]))
    gain = expected_improvement(posterior, np.array([1.5, 1.5, 1.5]))
    assert gain[1] == pytest.approx(0.5, abs=0.01)
    assert gain[0] < 0.01
    assert gain[2] > gain[1]


def test_a_sure_candidate_grows_the_front_by_the_area_it_adds() -> None:
    # 72 at cost 3 beats the 70 between 3 and 4; 80 at cost 4 beats the 75 from there to the reference
    assert grown(certain(72.0, 80.0), 3.0, 4.0) == pytest.approx([2.0, 30.0])
    # faster than all: 55 above the floor up to the first point
    assert grown(certain(55.0), 0.5) == pytest.approx([2.5])


def test_what_the_front_dominates_and_what_costs_too_much_add_nothing() -> None:
    assert grown(certain(65.0, 99.0), 3.0, 10.0) == pytest.approx([0.0, 0.0], abs=1e-6)


def test_dominated_points_in_the_front_change_nothing() -> None:
    posterior = Posterior(np.array([71.0]), np.array([3.0]))
    more = [*FRONT, (3.0, 65.0), (4.5, 74.0)]
    alone = grown(posterior, 1.5)
    crowded = grown(posterior, 1.5, front=more)
    assert alone == pytest.approx(crowded)


def test_it_is_the_mean_over_what_may_come() -> None:
    posterior = Posterior(np.array([71.0]), np.array([3.0]))
    draws = np.random.default_rng(0).normal(71.0, 3.0, size=40_000)
    sampled = grown(Posterior(draws, np.full(len(draws), 1e-9)), *([1.5] * len(draws))).mean()
    assert grown(posterior, 1.5)[0] == pytest.approx(sampled, rel=0.02)
