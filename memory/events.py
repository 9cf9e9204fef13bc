"""The event log: one append-only SQLite file a run, and the only truth about it.

Archive, knowledge base, chat, web and resume are all views of it. An event with a key is written once: a node that
runs again after a crash finds what it had already done under the same key.
"""

from __future__ import annotations

import json
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from pydantic_core import from_json

from illuminas.tools.errors import IlluminasError

_SCHEMA = """
CREATE TABLE IF NOT EXISTS events (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    time REAL NOT NULL,
    round INTEGER NOT NULL,
    kind TEXT NOT NULL,
    key TEXT UNIQUE,
    data TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS events_by_kind ON events (kind, id);
CREATE TRIGGER IF NOT EXISTS events_are_not_changed BEFORE UPDATE ON events
    BEGIN SELECT RAISE(ABORT, 'the event log is append-only'); END;
CREATE TRIGGER IF NOT EXISTS events_are_not_deleted BEFORE DELETE ON events
    BEGIN SELECT RAISE(ABORT, 'the event log is append-only'); END;
"""
_RESTORE = "Put a copy of the run's folder in its place, if there is one."


class Event(NamedTuple):
    """One thing that happened; a plain tuple, for a long log has tens of thousands.

    Attributes:
        id: its place in the log, a cursor for readers.
        time: seconds since the epoch; the one field that differs between two equal runs.
        round: round of the search, 0 before the first.
        kind: what happened, see :mod:`illuminas.memory.kinds`.
        key: set for what must happen once.
        data: JSON data.
    """

    id: int
    time: float
    round: int
    kind: str
    key: str | None
    data: dict[str, Any]


class EventLog:
    """Appends events and reads them back; safe to share between threads, and to read from other processes.

    Args:
        path: the SQLite file; created with its folder unless ``read_only``.
        read_only: refuse to append, and fail where there is no file.

    Raises:
        IlluminasError: the file is missing (``read_only``) or is no event log; also while reading, where it is damaged.
    """

    def __init__(self, path: Path, *, read_only: bool = False) -> None:
        self.path = path
        self._lock = threading.RLock()
        if read_only and not path.is_file():
            raise IlluminasError(f"no event log at {path}. See `illuminas runs` for the runs there are.")
        if not read_only:
            path.parent.mkdir(parents=True, exist_ok=True)
        target = f"{path.resolve().as_uri()}?mode={'ro' if read_only else 'rwc'}"
        self._connection = sqlite3.connect(target, uri=True, check_same_thread=False, isolation_level=None, timeout=30)
        try:
            if not read_only:
                self._connection.execute("PRAGMA journal_mode=WAL")
                self._connection.execute("PRAGMA synchronous=NORMAL")
                self._connection.executescript(_SCHEMA)
            self._connection.execute("SELECT id FROM events LIMIT 1")
        except sqlite3.DatabaseError as error:
            self._connection.close()
            raise IlluminasError(f"{path} is no event log of illuminas ({error}).") from error

    def append(self, kind: str, data: dict[str, Any], *, round: int = 0, key: str | None = None) -> Event:
        """Write one event and return it; with a key that was written before, return that event unchanged."""
        text = json.dumps(data, separators=(",", ":"), allow_nan=False)
        with self._lock:
            cursor = self._connection.execute(
                "INSERT INTO events (time, round, kind, key, data) VALUES (?, ?, ?, ?, ?) "
                "ON CONFLICT (key) DO NOTHING RETURNING *",
                (time.time(), round, kind, key, text),
            )
            row = cursor.fetchone()
            if row is None:
                row = self._connection.execute("SELECT * FROM events WHERE key = ?", (key,)).fetchone()
        return _event(row)

    @contextmanager
    def together(self) -> Iterator[None]:
        """Write the events of the block in one transaction: all of them or none, with nobody else's between."""
        with self._lock:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    def get(self, key: str) -> Event | None:
        """The event written under ``key``."""
        with self._reading():
            row = self._connection.execute("SELECT * FROM events WHERE key = ?", (key,)).fetchone()
        return _event(row) if row else None

    def read(self, *kinds: str, after: int = 0) -> Iterator[Event]:
        """Events in order, those of ``kinds`` only where given, past the cursor ``after``."""
        where = f" AND kind IN ({','.join('?' * len(kinds))})" if kinds else ""
        with self._reading():
            rows = self._connection.execute(
                f"SELECT * FROM events WHERE id > ?{where} ORDER BY id", (after, *kinds)
            ).fetchall()
        return map(_event, rows)

    def last(self, *kinds: str, before: int | None = None) -> Event | None:
        """The newest event of ``kinds``, or of all, older than ``before``; None where there is none."""
        asked = [f"kind IN ({','.join('?' * len(kinds))})"] if kinds else []
        asked += [] if before is None else [f"id < {before:d}"]
        where = f" WHERE {' AND '.join(asked)}" if asked else ""
        with self._reading():
            row = self._connection.execute(f"SELECT * FROM events{where} ORDER BY id DESC LIMIT 1", kinds).fetchone()
        return _event(row) if row else None

    def count(self, kind: str) -> int:
        """How many events of a kind there are."""
        with self._reading():
            return int(self._connection.execute("SELECT COUNT(*) FROM events WHERE kind = ?", (kind,)).fetchone()[0])

    def close(self) -> None:
        """Close the file; harmless twice."""
        with self._lock:
            self._connection.close()

    @contextmanager
    def _reading(self) -> Iterator[None]:
        """Hold the lock, and say in words that the file is damaged."""
        try:
            with self._lock:
                yield
        except sqlite3.ProgrammingError:  # a mistake of ours, such as a log that was closed
            raise
        except sqlite3.DatabaseError as error:
            raise IlluminasError(f"the event log {self.path} cannot be read ({error}). {_RESTORE}") from error


def _event(row: tuple[Any, ...]) -> Event:
    id_, when, round_, kind, key, data = row
    try:
        return Event(id_, when, round_, kind, key, from_json(data))
    except ValueError as error:
        raise IlluminasError(f"event {id_} of the log is damaged: its data are no JSON. {_RESTORE}") from error
