"""What a final training leaves on disk."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from illuminas.tools.errors import IlluminasError
from illuminas.tools.evaluation.metrics import Metrics
from illuminas.tools.evaluation.training.final import (
    Finalist,
    FinalTraining,
    SeedResult,
    read_network,
    read_weights,
    write_network,
)
from illuminas.tools.evaluation.training.recipe import Recipe


def measured(right: int) -> Metrics:
    """Of ten images, so many right."""
    y = np.zeros(10, dtype=np.int64)
    return Metrics.of(np.array([[1.0, 0.0]] * right + [[0.0, 1.0]] * (10 - right)), y, ["cat", "dog"])


def trained(searched: float | None = 90.0) -> FinalTraining:
    seeds = tuple(SeedResult(seed=seed, val=measured(7 + seed), seconds=1.0) for seed in range(2))
    chosen = Finalist(hash="abc", words="conv3", searched=searched, seeds=seeds)
    return FinalTraining(
        space="nb201",
        hash="abc",
        text="|conv|",
        words="conv3",
        dataset="pets",
        dataset_fingerprint="0" * 16,
        labels=("cat", "dog"),
        channels=3,
        side=32,
        mean=(0.5,) * 3,
        std=(0.2,) * 3,
        recipe=Recipe(),
        metric="accuracy",
        seed=1,
        seeds=seeds,
        finalists=(chosen,),
        val=measured(8),
        test=measured(7),
        device="cpu",
        seconds=2.0,
    )


def test_a_trained_network_is_read_as_it_was_written(tmp_path: Path) -> None:
    weights = {"stem.weight": np.arange(8, dtype=np.float32).reshape(2, 4).T, "steps": np.array(3)}
    write_network(tmp_path / "abc", trained(), weights)
    assert read_network(tmp_path / "abc") == trained()
    found = read_weights(tmp_path / "abc")
    assert set(found) == set(weights)
    assert all(np.array_equal(found[name], array) for name, array in weights.items())


def test_the_winners_curse_is_what_the_search_measured_beyond_the_mean_of_the_seeds() -> None:
    assert trained(90.0).winners_curse == pytest.approx(90 - 75)
    assert trained(None).winners_curse is None


def test_what_is_missing_or_damaged_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(IlluminasError, match="illuminas train RUN abc"):
        read_network(tmp_path / "abc")
    write_network(tmp_path / "abc", trained(), {"w": np.zeros(1, dtype=np.float32)})
    (tmp_path / "abc" / "network.json").write_text("{")
    (tmp_path / "abc" / "weights.safetensors").write_bytes(b"nothing")
    for read in (read_network, read_weights):
        with pytest.raises(IlluminasError, match="Train the network again"):
            read(tmp_path / "abc")
