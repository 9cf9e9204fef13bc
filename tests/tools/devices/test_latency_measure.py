"""Latency measured on this machine."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from illuminas.tools.devices.latency.measure import Latency, MeasureLatency, reference_ms
from illuminas.tools.errors import IlluminasError
from illuminas.tools.evaluation.executor import Job, Kind
from illuminas.tools.evaluation.executors.workers import Meter
from illuminas.tools.spaces import NetworkShape, Scale, get_space

SHAPE = NetworkShape(scale=Scale.SMALL, in_channels=1, image_size=16)
SPACE = get_space("nb201")
LIGHT = SPACE.from_words("none none none skip none none").text
HEAVY = SPACE.heaviest().text

Measure = Callable[[str], Latency]


@pytest.fixture(scope="module")
def meter() -> Iterator[Meter]:
    meter = Meter(memory_gib=4.0)
    yield meter
    meter.close()


def measured(meter: Meter, payload: Any, key: str) -> Any:
    return asyncio.run(meter.submit(Job(kind=Kind.LATENCY, key=key, payload=payload, timeout=60))).found


def test_a_heavy_cell_takes_longer_than_a_light_one(meter: Meter) -> None:
    light, heavy = (
        measured(meter, MeasureLatency(space="nb201", text=text, shape=SHAPE), text) for text in (LIGHT, HEAVY)
    )
    assert heavy.median_ms > 1.5 * light.median_ms


def test_a_measured_latency_says_how_it_was_measured(meter: Meter) -> None:
    latency = measured(meter, MeasureLatency(space="nb201", text=LIGHT, shape=SHAPE), "how")
    assert latency.threads == 1
    assert latency.runs >= 27
    assert latency.device


def test_a_noisy_measurement_says_how_much_it_spreads() -> None:
    told: dict[str, Any] = {"median_ms": 2.0, "runs": 27, "threads": 1, "device": "a chip"}
    assert re.search(r"too busy.*spread by 40%.*imported table", Latency(spread=0.4, **told).noise)
    assert Latency(spread=0.1, **told).noise == ""


def test_the_reference_takes_some_time(meter: Meter) -> None:
    assert 0 < measured(meter, reference_ms, "reference") < 1000


def test_what_is_no_architecture_is_refused(meter: Meter) -> None:
    with pytest.raises(IlluminasError, match="not a NAS-Bench-201 cell"):
        measured(meter, MeasureLatency(space="nb201", text="nonsense", shape=SHAPE), "nonsense")
