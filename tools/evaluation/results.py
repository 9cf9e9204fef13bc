"""What is kept between runs, keyed by content: results, so that nothing is paid for twice, and trained weights.

Test accuracy is written here beside each evaluation and read by reports alone.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import sqlite3
import threading
import zipfile
from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from illuminas.tools.errors import IlluminasError
from illuminas.tools.paths import write_whole


def content_key(*parts: object) -> str:
    """A key that is equal exactly when all parts are, as JSON."""
    return sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()


class ResultStore:
    """Key -> JSON data in one SQLite file; safe between threads and processes, the first write of a key stays.

    Args:
        path: the file, created with its folder; None keeps results in memory.
    """

    def __init__(self, path: Path | None) -> None:
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = threading.Lock()
        self._connection = sqlite3.connect(
            path or ":memory:", check_same_thread=False, isolation_level=None, timeout=30
        )
        self._connection.execute("PRAGMA journal_mode=WAL")
        self._connection.execute("PRAGMA synchronous=NORMAL")
        self._connection.execute("CREATE TABLE IF NOT EXISTS results (key TEXT PRIMARY KEY, data TEXT NOT NULL)")

    def get(self, key: str) -> dict[str, Any] | None:
        with self._lock:
            row = self._connection.execute("SELECT data FROM results WHERE key = ?", (key,)).fetchone()
        return json.loads(row[0]) if row else None

    def get_many(self, keys: Sequence[str]) -> dict[str, dict[str, Any]]:
        """The data of those keys that are there, in one look-up."""
        question = "SELECT key, data FROM results WHERE key IN (SELECT value FROM json_each(?))"
        with self._lock:
            rows = self._connection.execute(question, (json.dumps(list(keys)),)).fetchall()
        return {key: json.loads(data) for key, data in rows}

    def put(self, key: str, data: dict[str, Any]) -> None:
        text = json.dumps(data, allow_nan=False)
        with self._lock:
            self._connection.execute("INSERT OR IGNORE INTO results VALUES (?, ?)", (key, text))

    def put_many(self, data: Mapping[str, dict[str, Any]]) -> None:
        """Keep all or nothing, in one transaction."""
        rows = [(key, json.dumps(each, allow_nan=False)) for key, each in data.items()]
        with self._lock:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                self._connection.executemany("INSERT OR IGNORE INTO results VALUES (?, ?)", rows)
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    def close(self) -> None:
        with self._lock:
            self._connection.close()


LIMIT_GIB = 2.0
_WORST = float(np.finfo(np.float16).max)


class Kept(NamedTuple):
    """What a child may start from.

    Attributes:
        text: the architecture that was trained.
        weights: by name; floats as float32, of which half the digits were kept.
    """

    text: str
    weights: dict[str, NDArray[Any]]


class WeightStore:
    """Key -> trained weights in a folder; safe between threads and processes.

    Floats are kept as float16, which is what a start needs. A file appears whole or not at all.

    Args:
        folder: made when something is kept.
        limit_gib: size of the folder, beyond which the files that were not used for longest are removed.
    """

    def __init__(self, folder: Path, *, limit_gib: float = LIMIT_GIB) -> None:
        self._folder = folder
        self._limit = limit_gib * 2**30

    def _path(self, key: str) -> Path:
        if not (key.isascii() and key.isalnum()):
            raise IlluminasError(f"expected the weights of an evaluation as the key of a start, got {key!r:.100}.")
        return self._folder / f"{key}.npz"

    def has(self, key: str) -> bool:
        """Whether something is kept under the key."""
        return self._path(key).is_file()

    def put(self, key: str, text: str, weights: Mapping[str, NDArray[Any]]) -> None:
        """Keep the weights of a training.

        Args:
            key: the training's, as :func:`illuminas.tools.evaluation.results.content_key` makes them.
            text: the architecture.
            weights: by name, which whoever trained may have chosen: it names nothing on disk.
        """
        header = np.frombuffer(json.dumps({"text": text, "names": list(weights)}).encode(), dtype=np.uint8)
        file = io.BytesIO()
        np.savez(file, header, *map(_small, weights.values()))
        write_whole(self._path(key), file.getvalue())
        self._make_room()

    def get(self, key: str) -> Kept | None:
        """What was kept under the key; None where nothing is, any more or whole."""
        path = self._path(key)
        try:
            with path.open("rb") as opened, np.load(opened, allow_pickle=False) as file:
                header = json.loads(file["arr_0"].tobytes())
                weights = {name: _large(file[f"arr_{place}"]) for place, name in enumerate(header["names"], start=1)}
            os.utime(path)
        # removed meanwhile by another process, or cut off by a machine that went down
        except (OSError, EOFError, KeyError, ValueError, zipfile.BadZipFile):
            return None
        return Kept(header["text"], weights)

    def _make_room(self) -> None:
        """Remove what is over the limit, what killed processes left half-written included."""
        found = []
        for path in self._folder.iterdir():
            with contextlib.suppress(FileNotFoundError):
                found.append((path.stat(), path))
        used = 0
        for status, path in sorted(found, key=lambda each: each[0].st_mtime_ns, reverse=True):
            used += status.st_size
            if used > self._limit:
                path.unlink(missing_ok=True)


def _small(array: NDArray[Any]) -> NDArray[Any]:
    if not np.issubdtype(array.dtype, np.floating):
        return array
    # a variance may be larger than any float16
    return array.clip(-_WORST, _WORST).astype(np.float16)


def _large(array: NDArray[Any]) -> NDArray[Any]:
    return array.astype(np.float32) if array.dtype == np.float16 else array
