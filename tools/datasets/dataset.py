"""What a data set is: images and labels in three splits, ready for a network, and how arrays of one's own become it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from hashlib import sha256
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from illuminas.tools.errors import IlluminasError

Images = NDArray[np.float32]
Labels = NDArray[np.int64]


class Split(NamedTuple):
    """Images ``(n, channels, side, side)`` float32, and labels ``(n,)`` int64 from 0."""

    x: Images
    y: Labels


@dataclass(frozen=True, kw_only=True)
class Dataset:
    """Images of a few classes. The search sees ``train`` and ``val``; ``test`` is for reports.

    Attributes:
        name: as it was asked for, and shown to people.
        classes: number of classes.
        train, val, test: the splits, each channel normalised by the training images' mean and deviation.
        shift, flip: changes of training images that leave their class as it is: moves by so many pixels, and mirroring
            left to right. None where nobody knows.
    """

    name: str
    classes: int
    train: Split
    val: Split
    test: Split
    shift: int = 0
    flip: bool = False

    @property
    def channels(self) -> int:
        """Channels of an image."""
        return int(self.train.x.shape[1])

    @property
    def side(self) -> int:
        """Side of the square images, pixels."""
        return int(self.train.x.shape[2])

    @cached_property
    def fingerprint(self) -> str:
        """16 hexadecimal digits that stand for the content; equal data, split equally, have equal ones."""
        digest = sha256(str(self.classes).encode())
        for split in (self.train, self.val, self.test):
            digest.update(f"{split.x.shape}".encode())
            digest.update(np.ascontiguousarray(split.x).data)
            digest.update(np.ascontiguousarray(split.y).data)
        return digest.hexdigest()[:16]

    def limited(self, count: int) -> Dataset:
        """The same with the first ``count`` training images, whose order is drawn; the other splits are whole.

        Raises:
            IlluminasError: there are fewer, or they leave a class without one.
        """
        if not 1 <= count <= len(self.train.y):
            raise IlluminasError(f"{self.name}:{count}: expected 1 to {len(self.train.y)} training images.")
        train = Split(self.train.x[:count], self.train.y[:count])
        if len(np.unique(train.y)) < self.classes:
            raise IlluminasError(f"{self.name}:{count}: a class has no image among {count}. Take more.")
        return replace(self, name=f"{self.name}:{count}", train=train)


def stratified(
    y: Labels, fractions: tuple[float, ...], rng: np.random.Generator, *, source: str
) -> list[NDArray[np.intp]]:
    """Shuffled indices of disjoint parts, each with the same share of every class.

    Args:
        y: labels ``(n,)``.
        fractions: share of each part but the first, which takes the rest.
        rng: the only source of chance.
        source: named in errors.

    Raises:
        IlluminasError: a class has too few images to be in every part.
    """
    parts: list[list[NDArray[np.intp]]] = [[] for _ in range(len(fractions) + 1)]
    for label in np.unique(y):
        members = rng.permutation(np.flatnonzero(y == label))
        if len(members) <= len(fractions):
            raise IlluminasError(
                f"{source}: class {label} has {len(members)} images, expected at least {len(fractions) + 1} so that "
                "every split has one. Add images or leave the class out."
            )
        sizes = [max(1, round(len(members) * fraction)) for fraction in fractions]
        bounds = np.cumsum([0, *sizes])
        for part, (start, stop) in enumerate(pairwise(bounds)):
            parts[part + 1].append(members[start:stop])
        parts[0].append(members[bounds[-1] :])
    return [rng.permutation(np.concatenate(part)) for part in parts]


def normalised(name: str, classes: int, train: Split, val: Split, test: Split) -> Dataset:
    """The data set of raw splits: every channel scaled to mean 0 and deviation 1 over the training images."""
    mean = train.x.mean(axis=(0, 2, 3), keepdims=True)
    deviation = train.x.std(axis=(0, 2, 3), keepdims=True)
    deviation[deviation == 0] = 1.0

    def scale(split: Split) -> Split:
        # in place: a large data set is there only twice
        x = split.x - mean
        x /= deviation
        return Split(x, split.y.astype(np.int64))

    return Dataset(name=name, classes=classes, train=scale(train), val=scale(val), test=scale(test))


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
