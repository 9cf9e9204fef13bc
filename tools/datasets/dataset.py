"""What a data set is: images and labels in three splits, as they are stored, and how a network is to be given them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from hashlib import sha256
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from illuminas.tools.datasets.changes import NO_CHANGES, Changes
from illuminas.tools.datasets.found import NOTHING, Found
from illuminas.tools.datasets.pixels import Images as Images
from illuminas.tools.datasets.pixels import Pixels as Pixels
from illuminas.tools.datasets.pixels import chunks, kind_of, moments
from illuminas.tools.errors import IlluminasError

if TYPE_CHECKING:
    from illuminas.tools.datasets.stored import Writer

Labels = NDArray[np.int64]

LARGEST_SIDE = 512
"""Largest side that images are stretched to, pixels."""
IN_MEMORY_BYTES = 2**26
"""Images at another side that take more are kept in the data folder, for all processes together."""
MIN_SIDE = 4
"""Images are halved twice; smaller ones leave nothing to look at."""


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
        key: stands for pixels, labels and splits where that is known already; else they are read for the fingerprint.
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
    key: str = ""

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
        mean, std = moments(chunks(train.x))
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
        digest = sha256("\0".join((self.key, *self.labels)).encode(errors="surrogateescape"))
        for split in (self.train, self.val, self.test):
            digest.update(f"{split.x.shape}{split.x.dtype}".encode())
            if self.key:
                continue
            for part in chunks(split.x):
                digest.update(np.ascontiguousarray(part).data)
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
        """The same images at another side; itself where it is that side already. Each side is made once.

        Raises:
            IlluminasError: the side is too small or too large.
        """
        if side == self.side:
            return self
        if side not in self._sides:
            self._sides[side] = self._made_at(side)
        return self._sides[side]

    @cached_property
    def _sides(self) -> dict[int, Dataset]:
        """The data set at the other sides that it was wanted at."""
        return {}

    def _made_at(self, side: int) -> Dataset:
        if not MIN_SIDE <= side <= LARGEST_SIDE:
            raise IlluminasError(f"{self.name}: expected a side of {MIN_SIDE} to {LARGEST_SIDE} pixels, got {side}.")
        from illuminas.tools.datasets.stored import stored

        key = f"{self.fingerprint}@{side}"
        splits = (self.train, self.val, self.test)
        size = sum(split.x.nbytes for split in splits) * side**2 // self.side**2
        if size <= IN_MEMORY_BYTES:
            x = np.concatenate([part for split in splits for part in _at(split.x, side)])
            mean, std = moments(chunks(x[: len(self.train.y)]))
        else:
            x, details = stored(sha256(key.encode()).hexdigest()[:32], lambda writer: _write(splits, side, writer))
            mean, std = (tuple(details[name]) for name in ("mean", "std"))
        bounds = np.cumsum([0, *(len(split.y) for split in splits)])
        train, val, test = (
            Split(x[start:stop], split.y) for split, (start, stop) in zip(splits, pairwise(bounds), strict=True)
        )
        found = self.found.model_copy(update={"stored": kind_of(x.shape[1:])})
        return replace(self, train=train, val=val, test=test, mean=mean, std=std, found=found, key=key)


def _at(x: Pixels, side: int) -> Iterator[Pixels]:
    from illuminas.tools.datasets.resize import resized

    return (resized(part, side) for part in chunks(x))


def _write(splits: Sequence[Split], side: int, writer: Writer) -> dict[str, tuple[float, ...]]:
    """Write the images of all splits at a side; returns mean and deviation of the first."""
    first, *rest = (_at(split.x, side) for split in splits)
    mean, std = moments(writer.passed(first))
    for parts in rest:
        for part in parts:
            writer.write(part)
    return {"mean": mean, "std": std}


def counted(labels: Sequence[str], train: Split, val: Split, test: Split) -> Found:
    """What is in arrays."""
    return Found(stored=kind_of(train.x.shape[1:]), **_counts(labels, train, val, test))


def _counts(labels: Sequence[str], train: Split, val: Split, test: Split) -> dict[str, dict[str, int]]:
    each = Counter(np.concatenate([train.y, val.y, test.y]).tolist())
    return {
        "counts": {label: each[index] for index, label in enumerate(labels)},
        "splits": {"train": len(train.y), "val": len(val.y), "test": len(test.y)},
    }
