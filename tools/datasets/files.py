"""Data sets of one's own.

**``.npz`` file**: ``x`` images ``(n, side, side)``, ``(n, side, side, channels)`` or ``(n, channels, side, side)``
with 1 to 4 channels, any numeric type; ``y`` labels ``(n,)``, integers, numbered anew from 0 in ascending order. With
``x_test`` and ``y_test`` these are the test split, else a fifth is drawn for it; another fifth of ``x`` is for
validation.

**Image folder**: a subfolder a class, named after it, with images of one size that pillow can read.
"""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np

from illuminas.tools.datasets.arrays import checked
from illuminas.tools.datasets.changes import PHOTOS
from illuminas.tools.datasets.dataset import Dataset
from illuminas.tools.datasets.splits import divided
from illuminas.tools.errors import IlluminasError

IMAGE_SUFFIXES = {".png", ".jpg", ".jpeg", ".bmp", ".gif", ".tif", ".tiff", ".webp", ".pgm", ".ppm"}
_GREY = {"1", "L", "I;16", "I", "F"}
"""Modes of pillow whose pixels are one number."""


def npz_file(path: Path, seed: int) -> Dataset:
    """The data set of an ``.npz`` file; the arrays are read without unpickling anything."""
    if not path.is_file():
        raise IlluminasError(f"no data set at {path}: expected an .npz file with the arrays x and y.")
    try:
        archive = np.load(path, allow_pickle=False)
        if not isinstance(archive, np.lib.npyio.NpzFile):
            raise ValueError("one array alone")
        with archive:
            arrays = {key: archive[key] for key in archive.files}
    except (ValueError, OSError, EOFError, zipfile.BadZipFile) as error:
        raise IlluminasError(
            f"{path} is no .npz file of plain arrays ({error}). Write one with numpy.savez(path, x=images, y=labels)."
        ) from error
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


def image_folder(path: Path, seed: int) -> Dataset:
    """The data set of a folder with a subfolder a class."""
    from PIL import Image, UnidentifiedImageError

    files = [
        (folder.name, file)
        for folder in sorted(p for p in path.iterdir() if p.is_dir())
        for file in sorted(folder.iterdir())
        if file.suffix.lower() in IMAGE_SUFFIXES
    ]
    if not files:
        raise IlluminasError(
            f"no images in subfolders of {path}: expected a subfolder a class, such as {path.name}/cat/1.png."
        )
    images: list[np.ndarray] = []
    for _, file in files:
        try:
            with Image.open(file) as image:
                pixels = np.asarray(image if image.mode in _GREY else image.convert("RGB"))
        except (UnidentifiedImageError, OSError) as error:
            raise IlluminasError(f"{file} is no image that can be read ({error}). Repair or remove it.") from error
        if images and pixels.shape != images[0].shape:
            raise IlluminasError(
                f"{file} is {_size(pixels)}, {files[0][1]} is {_size(images[0])}: expected images of one size, all "
                "grey or all in colour. Resize or convert them first."
            )
        images.append(pixels)
    seen = checked(np.stack(images), np.array([label for label, _ in files]), str(path))
    return divided(str(path), seen, None, seed, changes=PHOTOS)


def _size(pixels: np.ndarray) -> str:
    return f"{pixels.shape[1]}x{pixels.shape[0]} {'grey' if pixels.ndim == 2 else 'colour'}"
