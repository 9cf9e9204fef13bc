"""Results that are kept between runs, keyed by content: nothing is paid for twice.

Test accuracy is written here beside each evaluation and read by reports alone.
"""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any


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
