"""CIFAR-10 and CIFAR-100 (Krizhevsky 2009) in their python version, as the archive or as the folder in it.

Each file is a pickle of a dict: ``data`` ``(n, 3072)`` bytes, an image's three planes of 32x32 one after the other, and
a list of labels. Pickles are read by the restricted reader of :mod:`illuminas.tools.tables`, which calls nothing.
"""

from __future__ import annotations

import io
import tarfile
import zlib
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import NamedTuple

import numpy as np

from illuminas.tools.datasets.arrays import checked
from illuminas.tools.datasets.changes import OBJECTS
from illuminas.tools.datasets.dataset import Dataset
from illuminas.tools.datasets.splits import Pictures, divided
from illuminas.tools.errors import IlluminasError

ARCHIVE_SUFFIXES = (".tar.gz", ".tgz", ".tar")
_PLANES = (3, 32, 32)


class _Kind(NamedTuple):
    """Which files one of the two has, where its labels are, and the file and the key of the names of its classes."""

    train: tuple[str, ...]
    test: str
    labels: str
    names: tuple[str, str]


_KINDS = (
    _Kind(
        tuple(f"data_batch_{number}" for number in range(1, 6)), "test_batch", "labels", ("batches.meta", "label_names")
    ),
    _Kind(("train",), "test", "fine_labels", ("meta", "fine_label_names")),
)


def is_cifar(path: Path) -> bool:
    """Whether a path is an archive, or a folder with the training files of one of the two."""
    if path.is_dir():
        return any((path / kind.train[0]).is_file() and (path / kind.test).is_file() for kind in _KINDS)
    return path.name.endswith(ARCHIVE_SUFFIXES)


def cifar(path: Path, seed: int) -> Dataset:
    """The data set of an archive or a folder; a fifth of its training images is for validation.

    CIFAR-100 is read with its 100 fine labels.

    Raises:
        IlluminasError: files are missing, damaged, or hold something else.
    """
    files = _folder(path) if path.is_dir() else _archive(path)
    kind = next((kind for kind in _KINDS if kind.train[0] in files), None)
    missing = [] if kind is None else [name for name in (*kind.train, kind.test) if name not in files]
    if kind is None or missing:
        raise IlluminasError(
            f"{path}: expected the python version of CIFAR-10 (data_batch_1 to 5 and test_batch) or CIFAR-100 (train "
            f"and test), got {'none of their files' if kind is None else 'no ' + ', '.join(missing)}. Fetch "
            "cifar-10-python.tar.gz or cifar-100-python.tar.gz again."
        )
    parts = [_pictures(files[name], f"{path}: {name}", kind.labels) for name in kind.train]
    seen = Pictures(np.concatenate([part.x for part in parts]), np.concatenate([part.y for part in parts]))
    test = _pictures(files[kind.test], f"{path}: {kind.test}", kind.labels)
    names = _class_names(files.get(kind.names[0]), kind.names[1], int(max(seen.y.max(), test.y.max())))
    return divided(str(path), seen, test, seed, labels=names, changes=OBJECTS)


def _wanted(name: str) -> bool:
    return any(name in (*kind.train, kind.test, kind.names[0]) for kind in _KINDS)


def _folder(path: Path) -> Mapping[str, bytes]:
    return {file.name: file.read_bytes() for file in sorted(path.iterdir()) if file.is_file() and _wanted(file.name)}


def _archive(path: Path) -> Mapping[str, bytes]:
    """The wanted files of an archive, read in place: nothing is unpacked to a disk."""
    if not path.is_file():
        raise IlluminasError(f"no data set at {path}: expected cifar-10-python.tar.gz or cifar-100-python.tar.gz.")
    found = {}
    try:
        with tarfile.open(path) as archive:
            for member in archive:
                name = PurePosixPath(member.name).name
                content = archive.extractfile(member) if member.isfile() and _wanted(name) else None
                if content is not None:
                    found[name] = content.read()
    except (tarfile.TarError, OSError, EOFError, zlib.error) as error:
        raise IlluminasError(f"{path} can't be read as an archive: {error}. Fetch it again.") from error
    return found


def _class_names(content: bytes | None, key: str, highest: int) -> list[str] | None:
    """Names of the classes; None where the file that has them is missing or damaged, which images do not need."""
    from illuminas.tools.tables.sources.pickles import read_pickle

    try:
        value = read_pickle(io.BytesIO(content or b""), key, encoding="latin1")
    except IlluminasError:
        return None
    names = value.get(key) if isinstance(value, dict) else None
    if not isinstance(names, list) or len(names) <= highest or not all(type(each) is str for each in names):
        return None
    return names


def _pictures(content: bytes, label: str, labels: str) -> Pictures:
    """Images and labels of one file."""
    from illuminas.tools.tables.sources.pickles import contents, read_pickle

    # Python 2 wrote them: its texts hold bytes, and those of arrays come back unchanged from this encoding alone
    value = read_pickle(io.BytesIO(content), label, encoding="latin1")
    if not isinstance(value, dict) or not {"data", labels} <= value.keys():
        raise IlluminasError(
            f"{label}: expected a dict with data and {labels}, got {contents(value)}. Is it another file by that name?"
        )
    data, classes = value["data"], value[labels]
    if not isinstance(data, np.ndarray) or data.dtype != np.uint8 or data.shape[1:] != (np.prod(_PLANES),):
        got = f"{data.dtype} of shape {data.shape}" if isinstance(data, np.ndarray) else contents(data)
        raise IlluminasError(f"{label}: expected data (n, 3072) of bytes, got {got}. Fetch it again.")
    if not isinstance(classes, list) or not all(type(each) is int for each in classes):
        raise IlluminasError(f"{label}: expected {labels} to be a list of integers, got {contents(classes)}.")
    return checked(data.reshape(-1, *_PLANES), np.array(classes, dtype=np.int64), label)
