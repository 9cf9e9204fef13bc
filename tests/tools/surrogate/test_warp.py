"""The scale that accuracies are learned on."""

from __future__ import annotations

import numpy as np
import pytest

from illuminas.tools.surrogate import Warp

VALUES = np.array([10.0, 10.0, 60.0, 70.0, 72.0, 73.0, 73.5])


def test_it_keeps_the_order_and_the_upper_half() -> None:
    warped = Warp.of(VALUES)(VALUES)
    assert (np.diff(warped) >= 0).all()
    assert warped[3:] == pytest.approx(VALUES[3:])


def test_failures_at_chance_level_come_near() -> None:
    warped = Warp.of(VALUES)(VALUES)
    assert 73.5 - warped[0] < 20
    assert warped[1] < warped[2]


def test_it_can_be_taken_back() -> None:
    warp = Warp.of(VALUES)
    anywhere = np.linspace(0, 100, 21)
    assert warp.inverse(warp(anywhere)) == pytest.approx(anywhere)


def test_values_without_spread_do_no_harm() -> None:
    assert Warp.of(np.full(4, 5.0))(np.array([5.0, 4.0]))[0] == 5.0
