"""Data sets in the files of MNIST and Fashion-MNIST (arXiv 1708.07747): a folder of four IDX files, plain or gzipped.

An IDX file is a header (two zero bytes, the type of a number, how many dimensions there are, then the length of each
as a big-endian 32-bit integer) and the numbers, here bytes.
"""

from __future__ import annotations

import gzip
import math
import struct
import zlib
from dataclasses import replace
from pathlib import Path

import numpy as np

from illuminas.tools.datasets.arrays import checked
from illuminas.tools.datasets.changes import CLOTHES
from illuminas.tools.datasets.dataset import Dataset
from illuminas.tools.datasets.splits import divided
from illuminas.tools.errors import IlluminasError

FASHION_MNIST = Path("/usr/share/datasets/fashion-mnist")
"""Where Debian's package ``dataset-fashion-mnist`` puts the files."""
_BYTES = 0x08
_ENDINGS = ("-idx{}-ubyte", "-idx{}-ubyte.gz", ".idx{}-ubyte", ".idx{}-ubyte.gz")
"""How file names end, by number of dimensions."""


def is_idx_folder(path: Path) -> bool:
    """Whether a folder has the training images of such a data set."""
    return _found(path, "train-images", 3) is not None


def fashion_mnist(seed: int) -> Dataset:
    """Fashion-MNIST as Debian installs it.

    Raises:
        IlluminasError: the package is not installed.
    """
    if not is_idx_folder(FASHION_MNIST):
        raise IlluminasError(
            f"fashion-mnist: expected its files in {FASHION_MNIST}, got none. Install Debian's package "
            "dataset-fashion-mnist, or name a folder that holds train-images-idx3-ubyte.gz and its three companions."
        )
    return replace(idx_folder(FASHION_MNIST, seed, name="fashion-mnist"), changes=CLOTHES)


def idx_folder(path: Path, seed: int, *, name: str | None = None) -> Dataset:
    """The data set of a folder; a fifth of its training images is for validation.

    Args:
        path: holds the images and labels of ``train`` and ``t10k``.
        seed: of the splits.
        name: of the data set; None is the path.

    Raises:
        IlluminasError: a file is missing, of another kind or cut off.
    """
    seen, test = (
        checked(_read(path, f"{part}-images", 3), _read(path, f"{part}-labels", 1), f"{path}: {part}")
        for part in ("train", "t10k")
    )
    return divided(name or str(path), seen, test, seed)


def _found(folder: Path, stem: str, dimensions: int) -> Path | None:
    candidates = (folder / f"{stem}{ending.format(dimensions)}" for ending in _ENDINGS)
    return next((file for file in candidates if file.is_file()), None)


def _read(folder: Path, stem: str, dimensions: int) -> np.ndarray:
    """The bytes of an IDX file as an array of that many dimensions."""
    path = _found(folder, stem, dimensions)
    if path is None:
        raise IlluminasError(
            f"{folder}: expected {stem}{_ENDINGS[0].format(dimensions)}, plain or with .gz, got no such file. All four "
            "files of the data set must be in one folder: train and t10k, images and labels."
        )
    try:
        content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    except (OSError, EOFError, zlib.error) as error:
        raise IlluminasError(f"{path} can't be unpacked: {error}. Fetch it again.") from error
    header = 4 + 4 * dimensions
    if content[:4] != bytes([0, 0, _BYTES, dimensions]) or len(content) < header:
        raise IlluminasError(
            f"{path}: expected an IDX file of bytes in {dimensions} dimensions, which begins with "
            f"{bytes([0, 0, _BYTES, dimensions]).hex(' ')} and their lengths, got {content[:4].hex(' ') or 'nothing'}. "
            "Is it another file by that name?"
        )
    lengths = struct.unpack(f">{dimensions}I", content[4:header])
    expected = header + math.prod(lengths)
    if len(content) != expected:
        raise IlluminasError(
            f"{path}: its header announces {'x'.join(map(str, lengths))} numbers, {expected} bytes in all, got "
            f"{len(content)}. Fetch it again."
        )
    return np.frombuffer(content, dtype=np.uint8, offset=header).reshape(lengths)
