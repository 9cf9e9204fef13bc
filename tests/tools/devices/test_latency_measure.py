"""Latency measured on this machine."""

from __future__ import annotations

import multiprocessing
import re
from collections.abc import Iterator
from multiprocessing.connection import wait
from multiprocessing.process import BaseProcess

import pytest

from illuminas.tools.devices.latency import Latency, LatencyMeter
from illuminas.tools.errors import ResourceError
from illuminas.tools.spaces import InvalidArchitecture, NetworkShape, Scale, get_space

SHAPE = NetworkShape(scale=Scale.SMALL, in_channels=1, image_size=16)
SPACE = get_space("nb201")
LIGHT = SPACE.from_words("none none none skip none none").text
HEAVY = SPACE.heaviest().text


_OTHERS: list[BaseProcess] = []
"""Processes that earlier tests of this process keep warm."""


@pytest.fixture(scope="module")
def meter() -> Iterator[LatencyMeter]:
    _OTHERS[:] = multiprocessing.active_children()
    meter = LatencyMeter()
    yield meter
    meter.close()


def test_a_heavy_cell_takes_longer_than_a_light_one(meter: LatencyMeter) -> None:
    light, heavy = (meter.measure("nb201", text, SHAPE) for text in (LIGHT, HEAVY))
    assert heavy.median_ms > 1.5 * light.median_ms


def test_a_measured_latency_says_how_it_was_measured(meter: LatencyMeter) -> None:
    latency = meter.measure("nb201", LIGHT, SHAPE)
    assert latency.threads == 1
    assert latency.runs >= 27
    assert latency.device


def test_a_noisy_measurement_says_how_much_it_spreads() -> None:
    told = {"median_ms": 2.0, "runs": 27, "threads": 1, "device": "a chip"}
    assert re.search(r"too busy.*spread by 40%.*imported table", Latency(spread=0.4, **told).noise)
    assert Latency(spread=0.1, **told).noise == ""


def test_the_reference_takes_some_time(meter: LatencyMeter) -> None:
    assert 0 < meter.reference_ms() < 1000


def test_a_time_out_kills_the_measurement_and_the_meter_goes_on(
    meter: LatencyMeter, monkeypatch: pytest.MonkeyPatch
) -> None:
    meter.measure("nb201", LIGHT, SHAPE)
    (process,) = (child for child in multiprocessing.active_children() if child not in _OTHERS)
    huge = NetworkShape(image_size=1024)
    with monkeypatch.context() as patch, pytest.raises(ResourceError, match=r"0\.3 s and was killed"):
        patch.setattr(meter, "timeout", 0.3)
        meter.measure("nb201", HEAVY, huge)
    assert wait([process.sentinel], timeout=10)
    assert isinstance(meter.measure("nb201", LIGHT, SHAPE), Latency)


def test_what_is_no_architecture_is_refused_before_any_process(meter: LatencyMeter) -> None:
    with pytest.raises(InvalidArchitecture):
        meter.measure("nb201", "nonsense", SHAPE)
