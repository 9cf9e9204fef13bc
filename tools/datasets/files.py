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

from illuminas.tools.datasets.dataset import Dataset, Images, Labels, Split, normalised, stratified
from illuminas.tools.errors import IlluminasError, MissingExtraError

IMAGE_SUFFIXES = {".png", ".jpg", ".jpeg", ".bmp", ".gif", ".tif", ".tiff", ".webp", ".pgm", ".ppm"}
MAX_CHANNELS = 4
MIN_SIDE = 4
"""Images are halved twice; smaller ones leave nothing to look at."""
_GREY = {"1", "L", "I;16", "I", "F"}
"""Modes of pillow whose pixels are one number."""
_HELD_OUT = 0.2


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
    x, y = _checked(arrays["x"], arrays["y"], f"{path}: x, y")
    test = _checked(arrays["x_test"], arrays["y_test"], f"{path}: x_test, y_test") if test_keys else None
    if test is not None:
        if test[0].shape[1:] != x.shape[1:]:
            raise IlluminasError(
                f"{path}: images of x are {x.shape[1:]} (channels, side, side), those of x_test {test[0].shape[1:]}. "
                "Expected one size."
            )
        strange = np.setdiff1d(test[1], y)
        if len(strange):
            raise IlluminasError(f"{path}: y_test has labels that y has not: {strange[:5].tolist()}.")
    return _split(str(path), x, y, test, seed)


def image_folder(path: Path, seed: int) -> Dataset:
    """The data set of a folder with a subfolder a class."""
    try:
        from PIL import Image, UnidentifiedImageError
    except ImportError as error:
        raise MissingExtraError(feature=f"the image folder {path}", extra="images") from error
    files = [
        (label, file)
        for label, folder in enumerate(sorted(p for p in path.iterdir() if p.is_dir()))
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
    x, y = _checked(np.stack(images), np.array([label for label, _ in files]), str(path))
    return _split(str(path), x, y, None, seed)


def _size(pixels: np.ndarray) -> str:
    return f"{pixels.shape[1]}x{pixels.shape[0]} {'grey' if pixels.ndim == 2 else 'colour'}"


def _checked(x: np.ndarray, y: np.ndarray, source: str) -> tuple[Images, Labels]:
    """Images as float32 ``(n, channels, side, side)`` and labels as int64, or an error that says what is wrong."""
    if x.dtype.kind not in "fiub" or x.ndim not in (3, 4):
        raise IlluminasError(
            f"{source}: expected numeric images (n, side, side), (n, side, side, channels) or (n, channels, side, "
            f"side), got {x.dtype} of shape {x.shape}."
        )
    if y.ndim != 1 or y.dtype.kind not in "iu":
        raise IlluminasError(f"{source}: expected integer labels (n,), got {y.dtype} of shape {y.shape}.")
    if len(x) != len(y):
        raise IlluminasError(f"{source}: {len(x)} images and {len(y)} labels. Expected one label an image.")
    if len(x) == 0:
        raise IlluminasError(f"{source}: no images. Expected at least a few of every class.")
    if x.ndim == 3:
        x = x[:, None]
    elif x.shape[3] <= MAX_CHANNELS < x.shape[1]:
        x = x.transpose(0, 3, 1, 2)
    _, channels, height, width = x.shape
    if not 1 <= channels <= MAX_CHANNELS or height != width or height < MIN_SIDE:
        raise IlluminasError(
            f"{source}: expected square images of at least {MIN_SIDE}x{MIN_SIDE} pixels with 1 to {MAX_CHANNELS} "
            f"channels, got {height}x{width} with {channels}. Crop or pad them first."
        )
    x = x.astype(np.float32)
    if not np.isfinite(x).all():
        broken = int((~np.isfinite(x)).any(axis=(1, 2, 3)).sum())
        raise IlluminasError(f"{source}: {broken} of {len(x)} images hold NaN or infinity. Remove or repair them.")
    return np.ascontiguousarray(x), y.astype(np.int64)


def _split(name: str, x: Images, y: Labels, test: tuple[Images, Labels] | None, seed: int) -> Dataset:
    """Training, validation and test images by seed, every class in each."""
    labels, y = np.unique(y, return_inverse=True)
    if len(labels) < 2:
        raise IlluminasError(f"{name}: expected at least two classes, got {len(labels)}.")
    rng = np.random.default_rng(seed)
    if test is not None:
        train, val = stratified(y, (_HELD_OUT,), rng, source=name)
        test_split = Split(test[0], np.searchsorted(labels, test[1]))
    else:
        train, val, rest = stratified(y, (_HELD_OUT, _HELD_OUT), rng, source=name)
        test_split = Split(x[rest], y[rest])
    return normalised(name, len(labels), Split(x[train], y[train]), Split(x[val], y[val]), test_split)
