"""Data sets in an ``.npz`` file.

``x`` holds images ``(n, side, side)``, ``(n, side, side, channels)`` or ``(n, channels, side, side)`` with 1 to 4
channels, any numeric type; ``y`` labels ``(n,)``, integers, texts or rows with a single 1. With ``x_test`` and
``y_test`` these are the test split, else a fifth is drawn for it; another fifth of ``x`` is for validation.
"""

from __future__ import annotations

import math
import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np

from illuminas.tools.datasets.arrays import checked
from illuminas.tools.datasets.dataset import Dataset
from illuminas.tools.datasets.splits import divided
from illuminas.tools.errors import IlluminasError

_SUFFIX = ".npy"
_NAMES = ("x", "y", "x_test", "y_test")


def npz_file(path: Path, seed: int) -> Dataset:
    """The data set of an ``.npz`` file; the arrays are read without unpickling anything.

    Raises:
        IlluminasError: it is none, is damaged, or holds no images and labels.
    """
    arrays = _arrays(path)
    test_keys = {"x_test", "y_test"} & arrays.keys()
    missing = ({"x", "y"} | ({"x_test", "y_test"} if test_keys else set())) - arrays.keys()
    if missing:
        raise IlluminasError(
            f"{path}: expected the arrays x and y, and x_test and y_test both or neither; missing "
            f"{', '.join(sorted(missing))}, got {', '.join(sorted(arrays)) or 'none'}."
        )
    seen = checked(arrays["x"], arrays["y"], f"{path}: x, y")
    test = checked(arrays["x_test"], arrays["y_test"], f"{path}: x_test, y_test") if test_keys else None
    return divided(str(path), seen, test, seed)


def _arrays(path: Path) -> dict[str, Any]:
    """The arrays of a file by name; of those that are no part of a data set the name alone.

    Raises:
        IlluminasError: it is none, or is damaged.
    """
    if not path.is_file():
        raise IlluminasError(f"no data set at {path}: expected an .npz file with the arrays x and y.")
    what = str(path)
    try:
        with zipfile.ZipFile(path) as archive:
            found: dict[str, Any] = {}
            for member in archive.infolist():
                name = member.filename.removesuffix(_SUFFIX)
                what = f"{path}: {name}"
                found[name] = _array(archive, member) if name in _NAMES else None
            return found
    except (ValueError, OSError, EOFError, zipfile.BadZipFile, zlib.error, NotImplementedError) as error:
        raise IlluminasError(
            f"{what} is no .npz file of plain arrays, or is damaged ({error}). Write one with numpy.savez(path, "
            "x=images, y=labels)."
        ) from error


def _array(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> np.ndarray:
    """One array; what its header announces is compared with what there is before memory is taken for it.

    Raises:
        ValueError: they differ, or its elements are objects.
    """
    with archive.open(member) as file:
        version = np.lib.format.read_magic(file)
        read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        shape, by_column, kind = read(file)
        if kind.hasobject:
            raise ValueError(f"expected numbers or texts, got {kind} elements")
        announced, there = math.prod(shape) * kind.itemsize, member.file_size - file.tell()
        if announced != there:
            raise ValueError(f"its header announces {shape} of {kind}, {announced:,} bytes, and {there:,} follow")
        content = file.read()
    if len(content) != announced:
        raise ValueError(f"its header announces {announced:,} bytes, and {len(content):,} follow")
    return np.frombuffer(content, dtype=kind).reshape(shape, order="F" if by_column else "C")
