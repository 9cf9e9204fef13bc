"""Images kept as one memory-mapped file each set, in the data folder, shared by all processes of this machine.

An entry is a folder that appears whole or not at all: ``images`` (raw pixels, one image after the other) and
``details.json`` (their shape, type and checksum, and whatever the maker says of them). One that was damaged is made
anew. Entries that nobody used for longest are removed beyond :data:`LIMIT_GIB`.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import shutil
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import numpy as np
from filelock import FileLock

from illuminas.tools.datasets.pixels import Pixels
from illuminas.tools.errors import IlluminasError
from illuminas.tools.paths import home

LIMIT_GIB = 50.0
"""Size of all entries together, beyond which those that were not used for longest are removed."""
LAYOUT = 1
"""Raised when entries are written another way, so that older ones are not read."""
_DETAILS = "details.json"
_IMAGES = "images"
_READ_BYTES = 2**24


class Stored(NamedTuple):
    """An entry.

    Attributes:
        x: its images, a read-only memory map.
        details: what the maker said of them.
    """

    x: Pixels
    details: Mapping[str, Any]


class Writer:
    """Takes images in order.

    Args:
        file: where they go.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._count = 0
        self._kind: tuple[tuple[int, ...], str] | None = None
        self._checksum = 0

    def write(self, x: Pixels) -> None:
        """Append images ``(n, channels, side, side)``, all of one kind.

        Raises:
            OSError: there is no room for them.
        """
        kind = (x.shape[1:], str(x.dtype))
        assert self._kind in (None, kind)
        self._kind = kind
        self._count += len(x)
        data = np.ascontiguousarray(x).data.cast("B")
        self._checksum = zlib.crc32(data, self._checksum)
        self._file.write(data)

    def passed(self, parts: Iterable[Pixels]) -> Iterator[Pixels]:
        """The parts as they come, each written."""
        for part in parts:
            self.write(part)
            yield part

    @property
    def described(self) -> dict[str, Any]:
        """The shape, type and checksum of what was written."""
        assert self._kind is not None
        return {"shape": [self._count, *self._kind[0]], "dtype": self._kind[1], "crc32": self._checksum}


def images_folder() -> Path:
    """Where entries are."""
    return home() / "cache" / "images"


def stored(key: str, make: Callable[[Writer], Mapping[str, Any]]) -> Stored:
    """The entry of a key, made where there is none, or a damaged one.

    Args:
        key: letters and digits that stand for the content.
        make: writes the images, and returns details that JSON holds.

    Raises:
        IlluminasError: there is no room for it, or the folder can't be written to.
    """
    place = images_folder() / key
    if (found := _opened(place)) is not None:
        return found
    with writable(place.parent), FileLock(place.with_name(f".{key}.lock")):
        if (found := _opened(place)) is None:
            _make(place, make)
            found = _opened(place)
    assert found is not None, f"{place} is gone as soon as it was made"
    _make_room(place)
    return found


@contextlib.contextmanager
def writable(folder: Path) -> Iterator[None]:
    """Make a folder of the cache to write in.

    Raises:
        IlluminasError: it can't be written to, now or within the block.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            free = shutil.disk_usage(folder).free / 2**20
            raise IlluminasError(
                f"no room for decoded images in {folder} ({error.strerror}, {free:,.0f} MiB free); nothing "
                "half-written was kept. Make room, or set ILLUMINAS_HOME to a folder on another disk."
            ) from error
        if error.filename is None or not Path(str(error.filename)).is_relative_to(folder):
            raise
        raise IlluminasError(
            f"decoded images can't be kept in {folder} ({error.strerror}). Make it writable, or set ILLUMINAS_HOME to "
            "another folder."
        ) from error


def _make(place: Path, make: Callable[[Writer], Mapping[str, Any]]) -> None:
    """Write an entry beside its place, and move it there when it is whole."""
    part = place.with_name(f".{place.name}.{os.getpid()}")
    part.mkdir()
    try:
        with (part / _IMAGES).open("wb") as file:
            writer = Writer(file)
            details = make(writer)
            file.flush()
            os.fsync(file.fileno())
        modified = (part / _IMAGES).stat().st_mtime_ns
        described = {"layout": LAYOUT, **writer.described, "modified": modified, "details": details}
        (part / _DETAILS).write_text(json.dumps(described), encoding="utf-8")
        shutil.rmtree(place, ignore_errors=True)  # a damaged one
        part.rename(place)
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _opened(place: Path) -> Stored | None:
    """The entry at a place; None where there is none, or it is not as it was written."""
    try:
        described = json.loads((place / _DETAILS).read_text(encoding="utf-8"))
        if described["layout"] != LAYOUT:
            return None
        images = place / _IMAGES
        shape, kind = tuple(described["shape"]), np.dtype(described["dtype"])
        status = images.stat()
        if status.st_size != int(np.prod(shape)) * kind.itemsize:
            return None
        # a copy of the folder has other times, and the same content
        if status.st_mtime_ns != described["modified"] and _checksum(images) != described["crc32"]:
            return None
        x: Pixels = np.memmap(images, dtype=kind, mode="r", shape=shape)
        details = described["details"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    with contextlib.suppress(OSError):  # a data folder that is only read
        os.utime(place / _DETAILS)
    return Stored(x, details)


def _checksum(path: Path) -> int:
    found = 0
    with path.open("rb") as file:
        while part := file.read(_READ_BYTES):
            found = zlib.crc32(part, found)
    return found


def _make_room(kept: Path) -> None:
    """Remove the entries over the limit, but for the one that is wanted now.

    Who has mapped one goes on with it: its pages live until it is closed.
    """
    found = []
    for place in kept.parent.iterdir():
        with contextlib.suppress(OSError):
            if place != kept and not place.name.startswith("."):
                found.append(((place / _DETAILS).stat().st_mtime_ns, (place / _IMAGES).stat().st_size, place))
    used = (kept / _IMAGES).stat().st_size
    for _, size, place in sorted(found, reverse=True):
        used += size
        if used > LIMIT_GIB * 2**30:
            shutil.rmtree(place, ignore_errors=True)
