"""What a data set is: images and labels in three splits, as they are stored, and how a network is to be given them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from hashlib import sha256
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from illuminas.tools.datasets.changes import NO_CHANGES, Changes
from illuminas.tools.datasets.found import NOTHING, Found
from illuminas.tools.errors import IlluminasError

Images = NDArray[np.float32]
"""Images as networks take them: normalised."""
Pixels = NDArray[np.uint8 | np.float32]
"""Images as they are stored."""
Labels = NDArray[np.int64]

LARGEST_SIDE = 512
"""Largest side that images are stretched to, pixels."""
MIN_SIDE = 4
"""Images are halved twice; smaller ones leave nothing to look at."""
_CHUNK = 512
"""Images that are looked at together; a whole data set is never copied."""


class Split(NamedTuple):
    """Images ``(n, channels, side, side)`` as they are stored, uint8 or float32, and labels ``(n,)`` int64 from 0.

    The images may be a read-only memory map, which :func:`taken` reads a batch of.
    """

    x: Pixels
    y: Labels


@dataclass(frozen=True, kw_only=True)
class Dataset:
    """Images of a few classes. The search sees ``train`` and ``val``; ``test`` is for reports.

    Attributes:
        name: as it was asked for, and shown to people.
        labels: names of the classes; the index is the label.
        train, val, test: the splits, not normalised.
        mean, std: of each channel over the training images, in the units of the stored pixels.
        changes: changes of training images that leave their class as it is.
        found: what loading saw.
    """

    name: str
    labels: tuple[str, ...]
    train: Split
    val: Split
    test: Split
    mean: tuple[float, ...]
    std: tuple[float, ...]
    changes: Changes = NO_CHANGES
    found: Found = NOTHING

    @classmethod
    def of(
        cls,
        name: str,
        labels: Sequence[str],
        train: Split,
        val: Split,
        test: Split,
        *,
        changes: Changes = NO_CHANGES,
        found: Found | None = None,
    ) -> Self:
        """The data set of these splits, with the mean and deviation of its training images.

        Args:
            found: what loading saw; None counts the images.
        """
        mean, std = moments(train.x)
        return cls(
            name=name,
            labels=tuple(labels),
            train=train,
            val=val,
            test=test,
            mean=mean,
            std=std,
            changes=changes,
            found=counted(labels, train, val, test) if found is None else found,
        )

    @property
    def classes(self) -> int:
        """Number of classes."""
        return len(self.labels)

    @property
    def channels(self) -> int:
        """Channels of an image."""
        return int(self.train.x.shape[1])

    @property
    def side(self) -> int:
        """Side of the square images, pixels."""
        return int(self.train.x.shape[2])

    def normalised(self, x: Pixels) -> Images:
        """Some images as networks take them: each channel less its mean, over its deviation, both of the training
        images.

        Args:
            x: ``(n, channels, side, side)`` of this data set's kind, at any side.
        """
        mean, std = (np.array(each, dtype=np.float32)[:, None, None] for each in (self.mean, self.std))
        found = x.astype(np.float32)  # a copy
        found -= mean
        found /= std
        return found

    @cached_property
    def fingerprint(self) -> str:
        """16 hexadecimal digits that stand for the content; equal data, split equally, have equal ones."""
        digest = sha256("\0".join(self.labels).encode())
        for split in (self.train, self.val, self.test):
            digest.update(f"{split.x.shape}{split.x.dtype}".encode())
            for start in range(0, len(split.x), _CHUNK):
                digest.update(np.ascontiguousarray(split.x[start : start + _CHUNK]).data)
            digest.update(np.ascontiguousarray(split.y).data)
        return digest.hexdigest()[:16]

    def limited(self, count: int) -> Dataset:
        """The same with the first ``count`` training images, whose order is drawn; all else is as it was.

        Raises:
            IlluminasError: there are fewer, or they leave a class without one.
        """
        if not 1 <= count <= len(self.train.y):
            raise IlluminasError(f"{self.name}:{count}: expected 1 to {len(self.train.y)} training images.")
        train = Split(self.train.x[:count], self.train.y[:count])
        if len(missing := np.setdiff1d(np.arange(self.classes), train.y)):
            raise IlluminasError(
                f"{self.name}:{count}: the class {self.labels[missing[0]]} has no image among {count}. Take more."
            )
        found = self.found.model_copy(update=_counts(self.labels, train, self.val, self.test))
        return replace(self, name=f"{self.name}:{count}", train=train, found=found)

    def at(self, side: int) -> Dataset:
        """The same images at another side; itself where it is that side already.

        Raises:
            IlluminasError: the side is too small or too large.
        """
        if side == self.side:
            return self
        if not MIN_SIDE <= side <= LARGEST_SIDE:
            raise IlluminasError(f"{self.name}: expected a side of {MIN_SIDE} to {LARGEST_SIDE} pixels, got {side}.")
        from illuminas.tools.datasets.resize import resized

        train, val, test = (Split(resized(split.x, side), split.y) for split in (self.train, self.val, self.test))
        mean, std = moments(train.x)
        found = self.found.model_copy(update={"stored": kind_of(train.x)})
        return replace(self, train=train, val=val, test=test, mean=mean, std=std, found=found)


def taken(x: Pixels, rows: NDArray[np.int64]) -> Pixels:
    """Some of the stored images in the order of ``rows``, as an array of their own."""
    found: Pixels = x[rows]
    return found


def moments(x: Pixels) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Mean and deviation of each channel over images ``(n, channels, side, side)``; the deviation of a channel that
    never changes is 1."""
    total = np.zeros((2, x.shape[1]))
    # what is subtracted first keeps the digits of numbers that are far from zero
    middle = x[:1].astype(np.float64).mean(axis=(0, 2, 3), keepdims=True)
    for start in range(0, len(x), _CHUNK):
        part = x[start : start + _CHUNK] - middle
        total += part.sum(axis=(0, 2, 3)), np.square(part).sum(axis=(0, 2, 3))
    mean, square = total / (x.size / x.shape[1])
    std = np.sqrt(np.maximum(square - mean**2, 0.0))
    mean += middle.ravel()
    std[std <= 1e-9 * np.abs(mean)] = 1.0
    return tuple(mean.tolist()), tuple(std.tolist())


def kind_of(x: Pixels) -> str:
    """Size and channels of stored images in words."""
    channels = x.shape[1]
    kind = {1: "grey", 3: "RGB"}.get(channels, f"with {channels} channels")
    return f"{x.shape[3]}x{x.shape[2]} {kind}"


def counted(labels: Sequence[str], train: Split, val: Split, test: Split) -> Found:
    """What is in arrays."""
    return Found(stored=kind_of(train.x), **_counts(labels, train, val, test))


def _counts(labels: Sequence[str], train: Split, val: Split, test: Split) -> dict[str, dict[str, int]]:
    each = Counter(np.concatenate([train.y, val.y, test.y]).tolist())
    return {
        "counts": {label: each[index] for index, label in enumerate(labels)},
        "splits": {"train": len(train.y), "val": len(val.y), "test": len(test.y)},
    }
