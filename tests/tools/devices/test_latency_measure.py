"""Latency measured on this machine."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
import torch

from illuminas.tools.devices.latency.measure import Latency, MeasureLatency, reference_ms
from illuminas.tools.devices.latency.runtimes import pass_of
from illuminas.tools.errors import IlluminasError
from illuminas.tools.evaluation.executor import Job, Kind
from illuminas.tools.evaluation.executors.workers import Meter
from illuminas.tools.objectives import LOCAL_DEVICES, get_objective
from illuminas.tools.spaces import NetworkShape, Scale, get_space
from illuminas.tools.tables import resolve_objective

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


def test_onnx_runtime_runs_a_network_of_the_space_at_its_own_resolution(meter: Meter) -> None:
    space = get_space("mobile")
    texts = [
        f"{side} s1:k3w16 s2:d1k3e3w16 s3:d1k3e3w24 s4:d1k3e3w40 s5:d0 s6:d0 s7:d0 h0 relu6 plain"
        for side in ("r32", "r160")
    ]
    for runtime in LOCAL_DEVICES.values():
        small, large = (
            measured(
                meter, MeasureLatency(space=space.name, text=text, shape=SHAPE, runtime=runtime), f"{runtime} {text}"
            )
            for text in texts
        )
        assert large.median_ms > 1.5 * small.median_ms, runtime


def test_a_runtime_that_is_none_is_refused(meter: Meter) -> None:
    with pytest.raises(IlluminasError, match="expected a runtime of torch, onnxruntime, got 'tflite'"):
        measured(meter, MeasureLatency(space="nb201", text=LIGHT, shape=SHAPE, runtime="tflite"), "tflite")


def test_onnx_runtime_computes_what_torch_computes() -> None:
    torch.manual_seed(0)
    for name in ("mobile", "nb201", "code"):
        space = get_space(name)
        architecture = space.random(np.random.default_rng(1))
        side = space.input_side(architecture, SHAPE)
        network, image = space.build(architecture, SHAPE).eval(), torch.randn(1, 1, side, side)
        with torch.inference_mode():
            ours, theirs = pass_of("torch", network, image)(), pass_of("onnxruntime", network, image)()
        assert isinstance(ours, torch.Tensor) and isinstance(theirs, list)
        np.testing.assert_allclose(theirs[0], ours.numpy(), rtol=1e-3, atol=1e-4)


def test_objectives_of_this_machine_name_their_runtime() -> None:
    assert [get_objective(f"latency:{device}").words for device in LOCAL_DEVICES] == [
        "latency",
        "latency in onnxruntime",
    ]
    assert resolve_objective("latency", device="local:onnxruntime").name == "latency:local:onnxruntime"
    with pytest.raises(IlluminasError, match="latency:local, latency:local:onnxruntime or latency:table"):
        get_objective("latency:local:tflite")


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
