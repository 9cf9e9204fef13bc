"""Trained weights on disk: as they were to half precision, whole or not at all, and no more than there is room for."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from illuminas.tools.errors import IlluminasError
from illuminas.tools.evaluation.results import WeightStore

WEIGHTS: dict[str, NDArray[Any]] = {
    "layer1.0.weight": np.random.default_rng(0).normal(size=(4, 1, 3, 3)).astype(np.float32),
    "layer1.1.num_batches_tracked": np.array(70_000, dtype=np.int64),
    "layer1.1.running_var": np.array([1e30, 1e-3], dtype=np.float32),
    "../../\ud800 what a network calls it": np.zeros((0, 3), dtype=np.float32),
}


@pytest.fixture
def store(tmp_path: Path) -> WeightStore:
    return WeightStore(tmp_path / "weights")


def test_weights_come_back_as_they_were_to_half_precision_with_their_architecture(store: WeightStore) -> None:
    store.put("a1", "conv3 8", WEIGHTS)
    assert store.has("a1")
    kept = store.get("a1")
    assert kept is not None
    assert kept.text == "conv3 8"
    assert list(kept.weights) == list(WEIGHTS)
    for name, array in kept.weights.items():
        assert array.dtype == WEIGHTS[name].dtype
        assert array.shape == WEIGHTS[name].shape
    expected = WEIGHTS["layer1.0.weight"].astype(np.float16).astype(np.float32)
    assert (kept.weights["layer1.0.weight"] == expected).all()
    assert int(kept.weights["layer1.1.num_batches_tracked"]) == 70_000
    assert np.isfinite(kept.weights["layer1.1.running_var"]).all()


def test_what_is_missing_or_cut_off_is_nothing(store: WeightStore, tmp_path: Path) -> None:
    assert not store.has("a1")
    assert store.get("a1") is None
    store.put("a1", "conv3 8", WEIGHTS)
    path = tmp_path / "weights" / "a1.npz"
    whole = path.read_bytes()
    for length in (0, 10, len(whole) // 2, len(whole) - 1):
        path.write_bytes(whole[:length])
        assert store.get("a1") is None


def test_a_writing_that_fails_leaves_nothing_behind(
    store: WeightStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cut_off(descriptor: int) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", cut_off)
        with pytest.raises(KeyboardInterrupt):
            store.put("a1", "conv3 8", WEIGHTS)
    assert not list((tmp_path / "weights").iterdir())


def test_what_was_not_used_for_longest_makes_room(tmp_path: Path) -> None:
    folder = tmp_path / "weights"
    one = {"weight": np.zeros(50_000, dtype=np.float32)}  # 100,000 bytes as they are kept
    store = WeightStore(folder, limit_gib=350_000 / 2**30)
    for age, key in enumerate(("c", "b", "a")):
        store.put(key, "conv3 8", one)
        os.utime(folder / f"{key}.npz", (age, age))
    left = folder / "left.tmp"
    left.write_bytes(bytes(100))
    os.utime(left, (-1, -1))
    assert store.get("c") is not None
    store.put("d", "conv3 8", one)
    assert {path.name for path in folder.iterdir()} == {"a.npz", "c.npz", "d.npz"}
    store.put("e", "conv3 8", {"weight": np.zeros(500_000, dtype=np.float32)})
    assert not list(folder.iterdir())


@pytest.mark.parametrize("key", ["../a1", "a1/b", "", "/etc/passwd", "a.b"])
def test_a_key_leads_nowhere_else(store: WeightStore, key: str) -> None:
    with pytest.raises(IlluminasError, match="expected the weights of an evaluation"):
        store.get(key)
