"""Arrays of one's own, checked: images in one order of axes, labels of any kind."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from illuminas.tools.datasets.dataset import MIN_SIDE, Pixels
from illuminas.tools.datasets.splits import Pictures
from illuminas.tools.errors import IlluminasError

MAX_CHANNELS = 4


def checked(x: np.ndarray, y: np.ndarray, source: str) -> Pictures:
    """The arrays in the order of :class:`Pictures`; numbers that fit a byte become bytes, a quarter of the memory.

    Raises:
        IlluminasError: the arrays are no images and labels; the message says what is wrong with ``source``.
    """
    if x.dtype.kind not in "fiub" or x.ndim not in (3, 4):
        raise IlluminasError(
            f"{source}: expected numeric images (n, side, side), (n, side, side, channels) or (n, channels, side, "
            f"side), got {x.dtype} of shape {x.shape}."
        )
    labels = _labels(y, source)
    if len(x) != len(labels):
        raise IlluminasError(f"{source}: {len(x)} images and {len(labels)} labels. Expected one label an image.")
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
            f"channels, got {height}x{width} with {channels}. Crop or pad them first, or give a folder of images, "
            "which are resized."
        )
    return Pictures(_pixels(x, source), labels)


def _pixels(x: np.ndarray, source: str) -> Pixels:
    """Images as they are stored.

    Raises:
        IlluminasError: some hold no numbers.
    """
    if x.dtype.kind in "iu" and x.min() >= 0 and x.max() <= 255:
        return np.ascontiguousarray(x, dtype=np.uint8)
    found = np.ascontiguousarray(x, dtype=np.float32)
    broken = int((~np.isfinite(found)).any(axis=(1, 2, 3)).sum())
    if broken:
        raise IlluminasError(f"{source}: {broken} of {len(x)} images hold NaN or infinity. Remove or repair them.")
    return found


def _labels(y: np.ndarray, source: str) -> NDArray[np.int64] | NDArray[np.str_]:
    """Labels ``(n,)``, integers or texts.

    Raises:
        IlluminasError: they are something else.
    """
    if y.ndim == 2 and y.shape[1] == 1:
        y = y[:, 0]
    if y.ndim == 2 and y.dtype.kind in "fiub" and _one_hot(y):
        y = y.argmax(axis=1)
    if y.ndim == 1 and y.dtype.kind == "f" and np.isfinite(y).all() and (y == np.floor(y)).all():
        y = y.astype(np.int64)
    if y.ndim == 1 and y.dtype.kind == "S":
        y = np.char.decode(y, "utf-8", errors="replace")
    if y.ndim != 1 or y.dtype.kind not in "iubU":
        shown = "" if y.size == 0 else f" (the first is {y.reshape(-1)[0]!r:.40})"
        raise IlluminasError(
            f"{source}: expected integer labels or texts (n,), or rows with a single 1 (n, classes), got {y.dtype} of "
            f"shape {y.shape}{shown}."
        )
    if y.dtype.kind == "U":
        empty = np.flatnonzero(np.char.strip(y) == "")
        if len(empty):
            raise IlluminasError(f"{source}: the label of image {empty[0]} is empty. Expected the name of a class.")
        return y
    numbers: NDArray[np.int64] = y.astype(np.int64)
    return numbers


def _one_hot(y: np.ndarray) -> bool:
    """Whether each row has a single 1 among zeros."""
    return bool(y.shape[1] > 1 and ((y == 0) | (y == 1)).all() and (y.sum(axis=1) == 1).all())
