"""Pareto front and hypervolume."""

from __future__ import annotations

import numpy as np
import pytest

from illuminas.memory.metrics import Point, Reference, hypervolume, pareto_front

BOX = Reference(accuracy=10.0, latency=4.0)


def test_the_front_holds_what_nothing_matches_and_beats() -> None:
    points = [Point("slow", 90, 3), Point("worse", 80, 3.5), Point("fast", 70, 1), Point("twin", 70, 1)]
    assert [point.hash for point in pareto_front(points)] == ["fast", "slow"]


def test_the_whole_box_is_one_and_nothing_is_zero() -> None:
    assert hypervolume([Point("perfect", 100, 0)], BOX) == pytest.approx(1.0)
    assert hypervolume([], BOX) == 0.0
    assert hypervolume([Point("outside", 9, 1), Point("too slow", 90, 5)], BOX) == 0.0


def test_hypervolume_equals_the_share_of_the_box_that_random_points_fall_into() -> None:
    rng = np.random.default_rng(0)
    points = [Point(str(i), float(a), float(t)) for i, (a, t) in enumerate(rng.uniform([10, 0], [100, 4], (12, 2)))]
    darts = rng.uniform([10, 0], [100, 4], (40_000, 2))
    hit = np.zeros(len(darts), dtype=bool)
    for point in points:
        hit |= (darts[:, 0] <= point.accuracy) & (darts[:, 1] >= point.latency)
    assert hypervolume(points, BOX) == pytest.approx(hit.mean(), abs=0.01)


def test_a_dominated_point_adds_nothing_and_a_better_one_adds() -> None:
    base = [Point("a", 80, 2)]
    assert hypervolume([*base, Point("b", 70, 3)], BOX) == hypervolume(base, BOX)
    assert hypervolume([*base, Point("c", 85, 2)], BOX) > hypervolume(base, BOX)
