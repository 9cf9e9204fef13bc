"""Images and labels as arrays of one's own: checked, and divided into three splits."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from illuminas.tools.datasets.dataset import Dataset, Labels, Split, normalised, stratified
from illuminas.tools.errors import IlluminasError

MAX_CHANNELS = 4
MIN_SIDE = 4
"""Images are halved twice; smaller ones leave nothing to look at."""
HELD_OUT = 0.2
"""Share of the images for validation, and for testing where there are no others."""


class Pictures(NamedTuple):
    """Images ``(n, channels, side, side)``, bytes or float32, and labels ``(n,)``, any integers."""

    x: NDArray[np.uint8 | np.float32]
    y: Labels


def checked(x: np.ndarray, y: np.ndarray, source: str) -> Pictures:
    """The arrays in the order of :class:`Pictures`; bytes stay bytes, a quarter of the memory.

    Raises:
        IlluminasError: the arrays are no images and labels; the message says what is wrong with ``source``.
    """
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
    if x.dtype != np.uint8:
        x = x.astype(np.float32)
        broken = int((~np.isfinite(x)).any(axis=(1, 2, 3)).sum())
        if broken:
            raise IlluminasError(f"{source}: {broken} of {len(x)} images hold NaN or infinity. Remove or repair them.")
    return Pictures(np.ascontiguousarray(x), y.astype(np.int64))


def divided(name: str, seen: Pictures, test: Pictures | None, seed: int) -> Dataset:
    """The data set with a fifth of what is seen for validation, each class in every split.

    Args:
        name: of the data set, and in errors.
        seen: images to train and validate on.
        test: images to test on; None takes another fifth of those seen.
        seed: of the splits.

    Raises:
        IlluminasError: a single class, too few images of one, or test images of another kind.
    """
    labels, y = np.unique(seen.y, return_inverse=True)
    if len(labels) < 2:
        raise IlluminasError(f"{name}: expected at least two classes, got {len(labels)}.")
    rng = np.random.default_rng(seed)

    def part(rows: NDArray[np.intp]) -> Split:
        return Split(seen.x[rows].astype(np.float32), y[rows])

    if test is None:
        train, val, rest = stratified(y, (HELD_OUT, HELD_OUT), rng, source=name)
        return normalised(name, len(labels), part(train), part(val), part(rest))
    if test.x.shape[1:] != seen.x.shape[1:]:
        raise IlluminasError(
            f"{name}: images to train on are {seen.x.shape[1:]} (channels, side, side), those to test on "
            f"{test.x.shape[1:]}. Expected one size."
        )
    strange = np.setdiff1d(test.y, labels)
    if len(strange):
        raise IlluminasError(f"{name}: test images have labels that training images have not: {strange[:5].tolist()}.")
    train, val = stratified(y, (HELD_OUT,), rng, source=name)
    tested = Split(test.x.astype(np.float32), np.searchsorted(labels, test.y))
    return normalised(name, len(labels), part(train), part(val), tested)
