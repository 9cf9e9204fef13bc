"""The files of MNIST's kind and of CIFAR, written here in small."""

from __future__ import annotations

import gzip
import io
import pickle
import shutil
import struct
import tarfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from illuminas.tools.datasets import Changes, Dataset, idx, load_dataset
from illuminas.tools.errors import IlluminasError

RNG = np.random.default_rng(0)
IDX_NAMES = ("train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte")
IMAGES = RNG.integers(0, 256, size=(30, 6, 6), dtype=np.uint8)
LABELS = (np.arange(30) % 3).astype(np.uint8)
CIFAR_DATA = RNG.integers(0, 256, size=(60, 3072), dtype=np.uint8)


def in_all(dataset: Dataset) -> np.ndarray:
    """A data set's images of all splits, in any order."""
    x = np.concatenate([split.x for split in (dataset.train, dataset.val, dataset.test)])
    assert x.dtype == np.uint8
    return np.unique(x.reshape(len(x), -1), axis=0)


# IDX


def idx_bytes(array: np.ndarray) -> bytes:
    return struct.pack(f">BBBB{array.ndim}I", 0, 0, 8, array.ndim, *array.shape) + array.tobytes()


def idx_folder(folder: Path, *, packed: bool = True, names: tuple[str, ...] = IDX_NAMES) -> Path:
    folder.mkdir(exist_ok=True)
    for name, array in zip(names, (IMAGES[:24], LABELS[:24], IMAGES[24:], LABELS[24:]), strict=True):
        content = idx_bytes(array)
        (folder / f"{name}{'.gz' if packed else ''}").write_bytes(gzip.compress(content) if packed else content)
    return folder


@pytest.mark.parametrize("packed", [True, False])
def test_a_folder_of_idx_files_is_a_data_set_of_its_images(tmp_path: Path, packed: bool) -> None:
    dataset = load_dataset(idx_folder(tmp_path / "clothes", packed=packed))
    assert (dataset.name, dataset.classes, dataset.channels, dataset.side) == (str(tmp_path / "clothes"), 3, 1, 6)
    assert [len(split.y) for split in (dataset.train, dataset.val, dataset.test)] == [18, 6, 6]
    assert dataset.test.y.tolist() == LABELS[24:].tolist()
    assert np.array_equal(in_all(dataset), np.unique(IMAGES.reshape(30, -1), axis=0))


def test_file_names_with_a_dot_are_read_too(tmp_path: Path) -> None:
    dotted = tuple(name.replace("-idx", ".idx") for name in IDX_NAMES)
    left = load_dataset(idx_folder(tmp_path / "dotted", packed=False, names=dotted))
    assert left.fingerprint == load_dataset(idx_folder(tmp_path / "plain")).fingerprint


def test_validation_is_drawn_from_training_images_evenly_and_by_seed(tmp_path: Path) -> None:
    folder = idx_folder(tmp_path)
    dataset, other = load_dataset(folder), load_dataset(folder, seed=1)
    assert np.bincount(dataset.val.y).tolist() == [2, 2, 2]
    assert load_dataset(folder).fingerprint == dataset.fingerprint != other.fingerprint
    assert np.array_equal(dataset.test.y, other.test.y)


def test_fashion_mnist_is_found_where_debian_installs_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(idx, "FASHION_MNIST", idx_folder(tmp_path))
    found = load_dataset("fashion-mnist")
    assert (found.name, found.changes.flip) == ("fashion-mnist", True)
    assert found.changes.shift * 28 == pytest.approx(2, abs=0.01)
    plain = load_dataset(idx.FASHION_MNIST)
    assert plain.changes == Changes(), "a folder may hold digits, which a mirror changes"
    monkeypatch.setattr(idx, "FASHION_MNIST", tmp_path / "nowhere")
    with pytest.raises(IlluminasError, match="package dataset-fashion-mnist"):
        load_dataset("fashion-mnist")


def test_a_near_miss_of_a_name_is_told() -> None:
    with pytest.raises(IlluminasError, match="Did you mean 'fashion-mnist'"):
        load_dataset("fashion_mnist")


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        (IDX_NAMES[1], None, "expected train-labels-idx1-ubyte, plain or with .gz, got no such file"),
        (IDX_NAMES[2], None, "expected t10k-images-idx3-ubyte"),
        (IDX_NAMES[0], b"", "got nothing. Is it another file"),
        (IDX_NAMES[0], b"\0\0\x08\x03\0\0", "got 00 00 08 03"),
        (IDX_NAMES[0], idx_bytes(LABELS), "begins with 00 00 08 03 .* got 00 00 08 01"),
        (IDX_NAMES[0], idx_bytes(IMAGES[:24])[:-1], r"announces 24x6x6 numbers, 880 bytes in all, got 879"),
        (IDX_NAMES[0], idx_bytes(IMAGES[:24]) + b"0", r"880 bytes in all, got 881"),
        (IDX_NAMES[0], idx_bytes(IMAGES[:23]), "23 images and 24 labels"),
        (IDX_NAMES[3], idx_bytes(LABELS[24:] + 7), "test images have labels that training images have not"),
        (IDX_NAMES[2], idx_bytes(IMAGES[24:, :5, :5].copy()), "Expected one size"),
    ],
)
def test_idx_files_that_are_missing_wrong_or_cut_off_are_refused(
    tmp_path: Path, name: str, content: bytes | None, reason: str
) -> None:
    folder = idx_folder(tmp_path, packed=False)
    (folder / name).unlink()
    if content is not None:
        (folder / name).write_bytes(content)
    with pytest.raises(IlluminasError, match=reason):
        load_dataset(folder)


def test_a_gzipped_file_that_is_cut_off_is_refused(tmp_path: Path) -> None:
    path = idx_folder(tmp_path) / f"{IDX_NAMES[0]}.gz"
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(IlluminasError, match=r"train-images-idx3-ubyte\.gz can't be unpacked"):
        load_dataset(tmp_path)


# CIFAR


class Python2Pickler(pickle._Pickler):  # type: ignore[name-defined, misc]
    """Writes texts and bytes as Python 2 did, which wrote the published files."""

    def save_string(self, value: str | bytes) -> None:
        content = value.encode("latin1") if isinstance(value, str) else value
        self.write(pickle.BINSTRING + struct.pack("<i", len(content)) + content)
        self.memoize(value)

    dispatch = {**pickle._Pickler.dispatch, str: save_string, bytes: save_string}  # type: ignore[attr-defined]  # noqa: RUF012


def pickled(value: object) -> bytes:
    file = io.BytesIO()
    Python2Pickler(file, protocol=2).dump(value)
    return file.getvalue()


def batch(start: int, stop: int, labels: str = "labels", **more: Any) -> bytes:
    names = [f"{index}.png" for index in range(start, stop)]
    classes = [index % 2 for index in range(start, stop)]
    return pickled({"data": CIFAR_DATA[start:stop], labels: classes, "filenames": names, **more})


def cifar_files(*, hundred: bool = False) -> dict[str, bytes]:
    if hundred:
        return {
            "train": batch(0, 50, "fine_labels", coarse_labels=[0] * 50),
            "test": batch(50, 60, "fine_labels"),
            "meta": b"",
        }
    files = {f"data_batch_{number}": batch(10 * number - 10, 10 * number) for number in range(1, 6)}
    return {**files, "test_batch": batch(50, 60), "batches.meta": b""}


def folder_of(root: Path, files: dict[str, bytes]) -> Path:
    root.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (root / name).write_bytes(content)
    return root


def archive_of(root: Path, files: dict[str, bytes]) -> Path:
    path = root / "cifar-python.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        archive.add(folder_of(root / "cifar-batches-py", files), arcname="cifar-batches-py")
    shutil.rmtree(root / "cifar-batches-py")
    return path


@pytest.mark.parametrize("hundred", [False, True])
@pytest.mark.parametrize("write", [folder_of, archive_of])
def test_both_cifar_are_read_from_a_folder_or_an_archive(tmp_path: Path, hundred: bool, write: Any) -> None:
    dataset = load_dataset(write(tmp_path, cifar_files(hundred=hundred)))
    assert (dataset.classes, dataset.channels, dataset.side) == (2, 3, 32)
    assert [len(split.y) for split in (dataset.train, dataset.val, dataset.test)] == [40, 10, 10]
    assert np.array_equal(in_all(dataset), np.unique(CIFAR_DATA, axis=0))
    assert dataset.test.y.tolist() == [0, 1] * 5


def test_classes_have_the_names_of_the_file_that_lists_them(tmp_path: Path) -> None:
    names = pickled({"label_names": ["airplane", "automobile"], "num_vis": 3072})
    dataset = load_dataset(folder_of(tmp_path / "ten", {**cifar_files(), "batches.meta": names}))
    assert dataset.labels == ("airplane", "automobile")
    fine = pickled({"fine_label_names": ["apple", "aquarium_fish"], "coarse_label_names": ["food"]})
    dataset = load_dataset(archive_of(tmp_path, {**cifar_files(hundred=True), "meta": fine}))
    assert dataset.labels == ("apple", "aquarium_fish")
    assert load_dataset(folder_of(tmp_path / "nameless", cifar_files())).labels == ("0", "1")


def test_an_archive_and_its_folder_are_the_same_data(tmp_path: Path) -> None:
    archive, folder = archive_of(tmp_path, cifar_files()), folder_of(tmp_path / "folder", cifar_files())
    assert load_dataset(archive).fingerprint == load_dataset(folder).fingerprint


def test_reading_an_archive_writes_no_file(tmp_path: Path) -> None:
    archive = archive_of(tmp_path, cifar_files())
    load_dataset(archive)
    assert list(tmp_path.rglob("*")) == [archive]


class Mark:
    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (self.path,)


def test_a_pickle_that_would_run_something_is_refused_and_runs_nothing(tmp_path: Path) -> None:
    mark = tmp_path / "ran"
    files = {**cifar_files(), "data_batch_2": pickle.dumps({"data": Mark(mark), "labels": []})}
    with pytest.raises(IlluminasError, match=r"data_batch_2 wants to call .* refused"):
        load_dataset(folder_of(tmp_path / "cifar", files))
    assert not mark.exists()


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("data_batch_3", None, "got no data_batch_3"),
        ("data_batch_3", batch(20, 30)[:-100], "data_batch_3 cannot be read as a pickle"),
        ("data_batch_3", pickled([1, 2]), "expected a dict with data and labels, got a list of 2"),
        ("data_batch_3", pickled({"data": CIFAR_DATA[:2]}), "expected a dict with data and labels, got a dict with 1"),
        (
            "test_batch",
            pickled({"data": CIFAR_DATA[:2, :9], "labels": [0, 1]}),
            r"expected data \(n, 3072\) of bytes, got uint8 of shape \(2, 9\)",
        ),
        ("test_batch", pickled({"data": [1], "labels": [0]}), "of bytes, got a list of 1"),
        ("test_batch", pickled({"data": CIFAR_DATA[:2], "labels": [0, 0.5]}), "a list of integers"),
        ("test_batch", pickled({"data": CIFAR_DATA[:2], "labels": [0]}), "2 images and 1 labels"),
    ],
)
def test_cifar_files_that_are_missing_wrong_or_cut_off_are_refused(
    tmp_path: Path, name: str, content: bytes | None, reason: str
) -> None:
    files = cifar_files()
    del files[name]
    if content is not None:
        files[name] = content
    with pytest.raises(IlluminasError, match=reason):
        load_dataset(archive_of(tmp_path, files))


def test_an_archive_that_is_cut_off_or_of_something_else_is_refused(tmp_path: Path) -> None:
    archive = archive_of(tmp_path, cifar_files())
    archive.write_bytes(archive.read_bytes()[:50_000])
    with pytest.raises(IlluminasError, match="can't be read as an archive"):
        load_dataset(archive)
    with pytest.raises(IlluminasError, match="got none of their files"):
        load_dataset(archive_of(tmp_path, {"readme": b"hello"}))
    with pytest.raises(IlluminasError, match="no data set at"):
        load_dataset(tmp_path / "missing.tar.gz")
