"""Latencies guessed by size."""

from __future__ import annotations

import numpy as np
import pytest

from illuminas.tools.devices.latency.estimate import estimate_latencies


def test_small_networks_count_as_much_as_large_ones() -> None:
    macs = np.array([1.0, 2, 4, 8, 100, 200])
    latencies = 0.1 + 0.02 * macs
    latencies[-2:] *= [1.6, 0.7]  # the large ones fit no line
    sizes = [(1.0, each) for each in macs]
    estimated = estimate_latencies(sizes, latencies.tolist(), sizes)
    assert np.abs(estimated / latencies - 1)[:4].max() < 0.2


def test_nothing_is_guessed_faster_than_the_fastest_known() -> None:
    estimated = estimate_latencies([(1.0, 10.0), (1.0, 20.0)], [1.0, 3.0], [(1.0, 1.0), (1.0, 30.0)])
    assert estimated.tolist() == pytest.approx([1.0, 5.0])
