"""What image files say of themselves, read once: a file that has not changed is not read again to know its content.

An index a source, in the data folder, holds size and time of each file with the digest of its bytes and its image's
header.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
import warnings
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple, TypeVar

from illuminas.tools.datasets import progress
from illuminas.tools.datasets.decoding import Unreadable, digest, header
from illuminas.tools.datasets.listing import Entry, Listing
from illuminas.tools.datasets.stored import images_folder, writable
from illuminas.tools.paths import write_whole

THREADS = 8
"""Most files that are looked at together; Pillow decodes outside of Python's lock."""
_BATCH = 256
_UNSURE_NANOSECONDS = 2 * 10**9
"""A file that changed so shortly before it was read may have changed again within one tick of its clock."""
T = TypeVar("T")


class Seen(NamedTuple):
    """A file as it was when it was read.

    Attributes:
        bytes, modified: its size, and when it was changed last, nanoseconds.
        digest: of its bytes; empty where they can't be read.
        width, height: of its image, turned upright; 0 where it is none.
        grey: whether its image has no colour.
        problem: why it is no image; else empty.
    """

    bytes: int
    modified: int
    digest: str
    width: int
    height: int
    grey: bool
    problem: str


def seen_files(listing: Listing) -> dict[str, Seen]:
    """What the files of a listing say of themselves, by the names of its entries."""
    place = _index(listing)
    known = _read(place)
    began = time.time_ns()
    found: dict[str, Seen] = {}
    unknown: list[Entry] = []
    for entry in listing.entries:
        try:
            stamp = listing.stamp(entry)
        except OSError as error:
            found[entry.name] = Seen(0, 0, "", 0, 0, False, _why(error))
            continue
        row = known.get(entry.name)
        if row is not None and row[:2] == stamp:
            found[entry.name] = row
        else:
            unknown.append(entry)
    if unknown:
        rows = in_threads(lambda entry: _look(listing, entry), unknown, "reading")
        found |= {entry.name: row for entry, row in zip(unknown, rows, strict=True)}
        sure = {name: row for name, row in found.items() if row.digest and row.modified < began - _UNSURE_NANOSECONDS}
        with writable(images_folder()):
            write_whole(place, json.dumps(sure).encode())
    return found


def in_threads(work: Callable[[Entry], T], entries: Sequence[Entry], what: str) -> Iterator[T]:
    """Results in order, of some hundred entries at a time, so that few are held at once."""
    with ThreadPoolExecutor(min(THREADS, os.cpu_count() or 1)) as pool, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what Pillow says of odd files that it reads all the same
        for start in range(0, len(entries), _BATCH):
            progress.tell(what, start, len(entries))
            yield from pool.map(work, entries[start : start + _BATCH])
    progress.tell(what, len(entries), len(entries))


def _look(listing: Listing, entry: Entry) -> Seen:
    try:
        size, modified = listing.stamp(entry)
        content = listing.read(entry)
    except (OSError, zipfile.BadZipFile, RuntimeError, NotImplementedError) as error:
        return Seen(0, 0, "", 0, 0, False, _why(error))
    stands_for = digest(content)
    try:
        (width, height), grey = header(content)
    except Unreadable as error:
        return Seen(size, modified, stands_for, 0, 0, False, str(error))
    return Seen(size, modified, stands_for, width, height, grey, "")


def _why(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) and error.strerror else str(error)) or type(error).__name__


def _index(listing: Listing) -> Path:
    where = hashlib.blake2b(f"{listing.path.resolve()}\0{listing.root}".encode(), digest_size=12).hexdigest()
    return images_folder() / ".index" / f"{where}.json"


def _read(place: Path) -> Mapping[str, Seen]:
    try:
        rows = json.loads(place.read_text(encoding="utf-8"))
        return {name: Seen(*row) for name, row in rows.items()}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}
