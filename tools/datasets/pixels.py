"""Images as they are stored, which may be a memory map larger than memory, and how they are looked at in parts."""

from __future__ import annotations

import mmap
from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

Images = NDArray[np.float32]
"""Images as networks take them: normalised."""
Pixels = NDArray[np.uint8 | np.float32]
"""Images as they are stored."""
_CHUNK_PIXELS = 2**22
"""Pixels that are looked at together; a whole data set is never copied."""
_MAPPED_BYTES = 2**28
"""Memory maps over this size are unmapped after each read."""


def taken(x: Pixels, rows: NDArray[np.int64]) -> Pixels:
    """Some of the stored images in the order of ``rows``, as an array of their own."""
    found: Pixels = np.asarray(x[rows])
    _let_go(x)
    return found


def chunks(x: Pixels) -> Iterator[Pixels]:
    """All stored images in order, some of them at a time."""
    size = max(1, _CHUNK_PIXELS // max(1, int(np.prod(x.shape[1:]))))
    for start in range(0, len(x), size):
        yield np.asarray(x[start : start + size])
        _let_go(x)


def _let_go(x: Pixels) -> None:
    """Unmap the pages of a large memory map, which else count as memory of this process; they stay in the system's
    cache, where the next read finds them."""
    mapped = getattr(x, "_mmap", None)
    if mapped is not None and x.nbytes > _MAPPED_BYTES and hasattr(mapped, "madvise"):
        mapped.madvise(mmap.MADV_DONTNEED)


def moments(parts: Iterable[Pixels]) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Mean and deviation of each channel over images ``(n, channels, side, side)``, which come in parts; the deviation
    of a channel that never changes is 1."""
    total, count = np.zeros((2, 1)), 0
    middle: NDArray[np.float64] | None = None
    for pixels in parts:
        if middle is None:  # what is subtracted keeps the digits of numbers that are far from zero
            middle = pixels[:1].astype(np.float64).mean(axis=(0, 2, 3), keepdims=True)
        part = pixels - middle
        total = total + np.stack([part.sum(axis=(0, 2, 3)), np.square(part).sum(axis=(0, 2, 3))])
        count += part.size // part.shape[1]
    assert middle is not None
    mean, square = total / count
    std = np.sqrt(np.maximum(square - mean**2, 0.0))
    mean += middle.ravel()
    std[std <= 1e-9 * np.abs(mean)] = 1.0
    return tuple(mean.tolist()), tuple(std.tolist())


def kind_of(shape: tuple[int, ...]) -> str:
    """Size and channels of stored images, whose shape begins with channels and side, in words."""
    channels, side = shape[:2]
    return f"{side}x{side} {({1: 'grey', 3: 'RGB'}).get(channels, f'with {channels} channels')}"
