"""Data sets in .npz files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from illuminas.tools.datasets import load_dataset
from illuminas.tools.errors import IlluminasError

RNG = np.random.default_rng(0)
X = RNG.integers(0, 255, size=(60, 8, 8), dtype=np.uint8)
Y = np.arange(60) % 3


def saved(folder: Path, **arrays: object) -> Path:
    path = folder / "data.npz"
    np.savez(path, **arrays)  # type: ignore[arg-type]
    return path


@pytest.mark.parametrize(
    ("shape", "channels"), [((60, 8, 8), 1), ((60, 8, 8, 3), 3), ((60, 3, 8, 8), 3), ((60, 1, 8, 8), 1)]
)
def test_npz_images_come_in_three_layouts(tmp_path: Path, shape: tuple[int, ...], channels: int) -> None:
    dataset = load_dataset(saved(tmp_path, x=RNG.normal(size=shape), y=Y))
    assert dataset.train.x.shape == (36, channels, 8, 8)
    assert len(dataset.val.y) == len(dataset.test.y) == 12


def test_npz_splits_are_disjoint_stratified_and_by_seed(tmp_path: Path) -> None:
    path = saved(tmp_path, x=X, y=Y)
    dataset = load_dataset(path)
    rows = np.concatenate([split.x.reshape(len(split.y), -1) for split in (dataset.train, dataset.val, dataset.test)])
    assert len(np.unique(rows, axis=0)) == 60
    assert np.bincount(dataset.val.y).tolist() == [4, 4, 4]
    assert load_dataset(path).fingerprint == dataset.fingerprint != load_dataset(path, seed=1).fingerprint


def test_labels_are_numbered_from_zero(tmp_path: Path) -> None:
    dataset = load_dataset(saved(tmp_path, x=X, y=Y * 10 - 7, x_test=X[:3], y_test=np.array([13, -7, 3])))
    assert dataset.classes == 3
    assert dataset.test.y.tolist() == [2, 0, 1]
    assert len(dataset.train.y) + len(dataset.val.y) == 60


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"x": X}, "missing y"),
        ({"x": X, "y": Y, "x_test": X}, "missing y_test"),
        ({"x": X, "y": Y[:-1]}, "60 images and 59 labels"),
        ({"x": X, "y": Y * 0}, "at least two classes, got 1"),
        ({"x": X, "y": Y + 0.5}, "integer labels"),
        ({"x": X.reshape(60, 64), "y": Y}, r"numeric images .* got uint8 of shape \(60, 64\)"),
        ({"x": X[:, :6], "y": Y}, "square images .* got 6x8"),
        ({"x": X[:, :3, :3], "y": Y}, "at least 4x4"),
        ({"x": np.where(X > 250, np.nan, X), "y": Y}, "NaN or infinity"),
        ({"x": X[:0], "y": Y[:0]}, "no images"),
        ({"x": X[:4], "y": Y[:4]}, "class 0 has 2 images, expected at least 3"),
        ({"x": X, "y": Y, "x_test": X[:, :6, :6], "y_test": Y}, "Expected one size"),
        ({"x": X, "y": Y, "x_test": X, "y_test": Y + 1}, "labels that training images have not: .3."),
        ({"x": np.array([None] * 60), "y": Y}, "no .npz file of plain arrays"),
    ],
)
def test_arrays_that_cannot_be_trained_on_are_refused(
    tmp_path: Path, arrays: dict[str, np.ndarray], message: str
) -> None:
    with pytest.raises(IlluminasError, match=message):
        load_dataset(saved(tmp_path, **arrays))


def test_a_file_that_is_missing_or_no_npz_is_refused(tmp_path: Path) -> None:
    with pytest.raises(IlluminasError, match="no data set at"):
        load_dataset(tmp_path / "missing.npz")
    (tmp_path / "text.npz").write_text("hello")
    with pytest.raises(IlluminasError, match=r"no \.npz file"):
        load_dataset(tmp_path / "text.npz")
    np.save(tmp_path / "one.npy", X)
    with pytest.raises(IlluminasError, match=r"no \.npz file"):
        load_dataset(tmp_path / "one.npy")
