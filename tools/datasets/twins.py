"""Images that are in a data set twice: with equal pixels, or nearly so, as after another compression.

Two images are near twins where 64-bit difference hashes (Krawetz 2013: is each of 8x8 pixels darker than its neighbour)
differ in at most :data:`HASH_DISTANCE` bits and their grey thumbnails correlate by :data:`CORRELATION` or more. The
hash is quick, the correlation keeps apart what merely looks alike, such as two handwritten digits.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from illuminas.tools.datasets.found import Twin, Twins
from illuminas.tools.datasets.resize import stretched

HASH_DISTANCE = 6
"""Most bits of 64 that the hashes of near twins differ in."""
CORRELATION = 0.99
"""Least correlation of their thumbnails."""
THUMBNAIL = 24
"""Side of a thumbnail, pixels."""
FLAT = 2.0
"""Deviation of a thumbnail's pixels, of 255, below which an image shows too little to be compared."""
SMALLEST_SIDE = 24
"""Smaller images, such as digits of 8 pixels, have equal twins alone: too few pixels tell two of them apart."""
_BLOCK = 1024
_PAIRS = 2**16
_LISTED = 5
_MANY = 10


class Marks(NamedTuple):
    """What images are compared by.

    Attributes:
        exact: a number that stands for the pixels, ``(n,)`` uint64.
        hashes: difference hashes, ``(n,)`` uint64.
        thumbnails: ``(n, THUMBNAIL * THUMBNAIL)`` float32 of mean 0 and length 1; zeros where an image is flat.
    """

    exact: NDArray[np.uint64]
    hashes: NDArray[np.uint64]
    thumbnails: NDArray[np.float32]


class Mark(NamedTuple):
    """What one image is compared by; see :class:`Marks`."""

    exact: int
    hash: int
    thumbnail: NDArray[np.float32]


class Collected:
    """Marks as they come."""

    def __init__(self) -> None:
        self._marks: list[Mark] = []

    def add(self, mark: Mark) -> None:
        """Take the next image's."""
        self._marks.append(mark)

    def marks(self) -> Marks:
        """Those of all images so far."""
        return Marks(
            np.array([each.exact for each in self._marks], dtype=np.uint64),
            np.array([each.hash for each in self._marks], dtype=np.uint64),
            np.array([each.thumbnail for each in self._marks], dtype=np.float32).reshape(-1, THUMBNAIL**2),
        )


def mark(image: NDArray[np.uint8]) -> Mark:
    """What an image ``(channels, side, side)`` is compared by."""
    exact = int.from_bytes(hashlib.blake2b(np.ascontiguousarray(image).data, digest_size=8).digest(), "little")
    if image.shape[1] < SMALLEST_SIDE:
        return Mark(exact, 0, np.zeros(THUMBNAIL**2, np.float32))
    return Mark(exact, *_seen(image))


def _seen(image: NDArray[np.uint8]) -> tuple[int, NDArray[np.float32]]:
    """Difference hash and normalised thumbnail of one image."""
    if len(image) == 3:
        grey = Image.fromarray(np.ascontiguousarray(image.transpose(1, 2, 0))).convert("L")
    else:
        grey = Image.fromarray(np.ascontiguousarray(image[0]))
    small = np.asarray(grey.resize((9, 8), Image.Resampling.BILINEAR)).astype(np.int16)
    bits = np.packbits(small[:, 1:] > small[:, :-1])
    thumbnail = np.asarray(stretched(grey, THUMBNAIL), dtype=np.float32).ravel()
    thumbnail -= thumbnail.mean()
    length = float(np.linalg.norm(thumbnail))
    if length < FLAT * THUMBNAIL:
        return int(bits.view(np.uint64)[0]), np.zeros_like(thumbnail)
    return int(bits.view(np.uint64)[0]), thumbnail / length


def groups(found: Marks) -> NDArray[np.int64]:
    """For each image the number of the first that it is a twin of, through others too; its own where there is none."""
    parent = np.arange(len(found.exact))

    def root(node: int) -> int:
        while parent[node] != node:
            parent[node] = parent[parent[node]]
            node = int(parent[node])
        return node

    for a, b in _pairs(found):
        low, high = sorted((root(a), root(b)))
        parent[high] = low
    return np.array([root(node) for node in range(len(parent))], dtype=np.int64)


def _pairs(found: Marks) -> Iterator[tuple[int, int]]:
    """Pairs of twins; of many equal ones each with the first."""
    _, first, which = np.unique(found.exact, return_index=True, return_inverse=True)
    for index in np.flatnonzero(first[which] != np.arange(len(which))).tolist():
        yield int(first[which[index]]), index
    seen = np.sort(first[found.thumbnails[first].any(axis=1)])
    hashes, thumbnails = found.hashes[seen], found.thumbnails[seen]
    for start in range(0, len(seen), _BLOCK):
        block = thumbnails[start : start + _BLOCK]
        near = np.bitwise_count(hashes[start : start + _BLOCK, None] ^ hashes[None, start:]) <= HASH_DISTANCE
        if np.count_nonzero(near) > _MANY * len(seen):  # pair by pair would take longer than all at once
            near &= block @ thumbnails[start:].T >= CORRELATION
        rows, columns = np.nonzero(np.triu(near, k=1))
        for piece in range(0, len(rows), _PAIRS):
            a, b = rows[piece : piece + _PAIRS] + start, columns[piece : piece + _PAIRS] + start
            alike = np.einsum("ij,ij->i", thumbnails[a], thumbnails[b]) >= CORRELATION
            yield from zip(seen[a[alike]].tolist(), seen[b[alike]].tolist(), strict=True)


def told(names: Sequence[str], split_of: NDArray[np.int64], y: NDArray[np.int64], groups: NDArray[np.int64]) -> Twins:
    """What people are told of images that are there twice."""
    size = np.bincount(groups, minlength=len(groups))
    train = np.full(len(groups), -1)
    rows = np.flatnonzero(split_of == 0)[::-1]
    train[groups[rows]] = rows
    leaked = np.flatnonzero((split_of > 0) & (train[groups] >= 0)).tolist()
    disagreeing = np.flatnonzero(y != y[groups]).tolist()

    def pair(row: int, other: int) -> Twin:
        return Twin(file=names[row], other=names[other])

    return Twins(
        images=int((size[groups] > 1).sum()),
        groups=int((size > 1).sum()),
        in_train={
            split: int((split_of[leaked] == number).sum())
            for number, split in enumerate(("train", "val", "test"))
            if number
        },
        pairs=tuple(pair(row, int(train[groups[row]])) for row in leaked[:_LISTED]),
        of_other_classes=tuple(pair(row, int(groups[row])) for row in disagreeing[:_LISTED]),
    )
