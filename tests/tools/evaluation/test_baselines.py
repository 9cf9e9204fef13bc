"""Baselines: what a search is held against."""

from __future__ import annotations

import asyncio
from pathlib import Path

import numpy as np
import pytest
import torch

from illuminas.tools.datasets import Dataset, Split
from illuminas.tools.evaluation.baselines import Baselines, read_baselines, write_baselines
from illuminas.tools.evaluation.executors.dispatcher import Dispatcher
from illuminas.tools.evaluation.training import baselines
from illuminas.tools.evaluation.training.baselines import measure_baseline, small_resnet
from illuminas.tools.spaces import get_space
from illuminas.tools.spaces.mobile import weights
from illuminas.tools.spaces.mobile.space import MobileSpace


def shades(classes: int = 3, count: int = 60, side: int = 16) -> Dataset:
    """Images told apart by their brightness."""
    rng = np.random.default_rng(0)

    def split(n: int) -> Split:
        y = np.arange(n) % classes
        x = rng.integers(0, 60, (n, 3, side, side)) + (180 // classes) * y[:, None, None, None]
        return Split(x.astype(np.uint8), y)

    return Dataset.of("shades", "abcdefg"[:classes], split(count), split(count), split(count))


@pytest.fixture
def any_weights(monkeypatch: pytest.MonkeyPatch) -> None:
    """Random weights in the place of the published ones, whose file may not be here."""
    space = MobileSpace()

    def initial(self: MobileSpace, architecture: object, shape: object) -> dict[str, np.ndarray]:
        torch.manual_seed(0)
        network = space.build(architecture, shape)  # type: ignore[arg-type]
        return {name: tensor.numpy() for name, tensor in network.state_dict().items() if "classifier" not in name}

    monkeypatch.setattr(MobileSpace, "initial_weights", initial)


def test_a_small_resnet_has_the_size_that_it_is_known_by() -> None:
    assert sum(each.numel() for each in small_resnet(3, 10).parameters()) == pytest.approx(78_000, rel=0.01)


def test_a_network_from_scratch_is_trained_for_whole_epochs_that_fit_into_the_time() -> None:
    found = measure_baseline("resnet", get_space("mobile"), shades(), seconds=0.0)
    assert found is not None and found.epochs == 1
    longer = measure_baseline("resnet", get_space("mobile"), shades(), seconds=1e9)
    assert longer is not None and longer.epochs == baselines.MOST_EPOCHS["resnet"]
    assert longer.val.accuracy > 90
    assert longer.macs > 100_000 and longer.side == 16


@pytest.mark.parametrize("classes", [2, 3])
def test_a_linear_classifier_learns_from_features_that_stay_as_they_were(classes: int, any_weights: None) -> None:
    found = measure_baseline("linear", get_space("mobile"), shades(classes), seconds=1.0)
    assert found is not None
    assert found.val.accuracy > 80 and found.epochs == 0


def test_without_pretrained_weights_only_the_network_from_scratch_is_a_baseline(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(weights, "lite0", lambda: None)
    monkeypatch.setattr(MobileSpace, "initial_weights", lambda *_: None)
    for kind in ("pretrained", "linear"):
        assert measure_baseline(kind, get_space("mobile"), shades(), seconds=1.0) is None
    assert measure_baseline("pretrained", get_space("nb201"), shades(), seconds=1.0) is None


def test_baselines_are_trained_by_workers_timed_alone_and_kept_beside_a_run(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    file = tmp_path / "tiny.npz"
    np.savez(file, x=rng.integers(0, 255, (60, 8, 8), dtype=np.uint8), y=np.arange(60) % 3)
    executor = Dispatcher(workers=1)
    try:
        found = asyncio.run(
            Baselines(executor).measure("resnet", "mobile", str(file), seconds=0.0, runtime="onnxruntime")
        )
    finally:
        executor.close()
    assert found is not None and found.latency is not None and found.latency.median_ms > 0
    assert read_baselines(tmp_path) == []
    write_baselines(tmp_path, [found])
    assert read_baselines(tmp_path) == [found]
