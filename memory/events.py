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
from typing import Any, Generic, NamedTuple

from pydantic import ValidationError
from typing_extensions import TypeVar

from illuminas import __version__
from illuminas.memory.kinds import RUN_EVENTS, EventData
from illuminas.tools.errors import IlluminasError

D = TypeVar("D", bound=EventData, default=EventData)
C = TypeVar("C", bound=EventData, default=EventData, covariant=True)

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
FORMAT = 2
"""Of what events hold; a log keeps it as SQLite's ``user_version``. 1 (kept as 0) is that of illuminas 0.1."""
_RESTORE = "Put a copy of the run's folder in its place, if there is one."


class OtherVersionError(IlluminasError):
    """A log that another version of illuminas wrote."""


class Event(NamedTuple, Generic[C]):
    """One thing that happened; a plain tuple, for a long log has tens of thousands.

    Attributes:
        id: its place in the log, a cursor for readers.
        time: seconds since the epoch; the one field that differs between two equal runs.
        round: round of the search, 0 before the first.
        key: set for what must happen once.
        data: what happened, one of the models of :mod:`illuminas.memory.kinds`.
    """

    id: int
    time: float
    round: int
    key: str | None
    data: C

    @property
    def kind(self) -> str:
        return self.data.kind


class EventLog:
    """Appends events and reads them back; safe to share between threads, and to read from other processes.

    Args:
        path: the SQLite file; created with its folder unless ``read_only``.
        read_only: refuse to append, and fail where there is no file.
        models: of the events that it holds; those of a run.

    Raises:
        IlluminasError: the file is missing (``read_only``), is no event log, or one of another version of illuminas;
            also while reading, where it is damaged.
    """

    def __init__(
        self, path: Path, *, read_only: bool = False, models: tuple[type[EventData], ...] = RUN_EVENTS
    ) -> None:
        self.path = path
        self._models = {model.model_fields["kind"].default: model for model in models}
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
            self._check_format(read_only)
        except sqlite3.DatabaseError as error:
            self._connection.close()
            raise IlluminasError(f"{path} is no event log of illuminas ({error}).") from error

    def _check_format(self, read_only: bool) -> None:
        """Refuse a run's log of another format; mark one in which no run has begun."""
        if self._connection.execute("PRAGMA user_version").fetchone()[0] == FORMAT:
            return
        row = self._connection.execute("SELECT data FROM events WHERE key = 'started'").fetchone()
        if row is not None:
            self._connection.close()
            version = json.loads(row[0])["version"]
            raise OtherVersionError(
                f"{self.path} was written by illuminas {version}, whose logs illuminas {__version__} cannot read: "
                f"open the run with that version (pip install illuminas=={version}), or search again with this one."
            )
        if not read_only:
            self._connection.execute(f"PRAGMA user_version = {FORMAT}")

    def append(self, data: D, *, round: int = 0, key: str | None = None) -> Event[D]:
        """Write one event and return it; with a key that was written before, return that event unchanged.

        Raises:
            ValueError: it holds a number that JSON has no word for.
        """
        told = data.model_dump(mode="json", exclude={"kind"})
        text = json.dumps(told, separators=(",", ":"), allow_nan=False)
        with self._lock:
            cursor = self._connection.execute(
                "INSERT INTO events (time, round, kind, key, data) VALUES (?, ?, ?, ?, ?) "
                "ON CONFLICT (key) DO NOTHING RETURNING *",
                (time.time(), round, data.kind, key, text),
            )
            row = cursor.fetchone()
            if row is not None:
                return Event(row[0], row[1], round, key, data)
            row = self._connection.execute("SELECT * FROM events WHERE key = ?", (key,)).fetchone()
        event: Event[D] = self._event(row)
        return event

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

    def get(self, key: str, model: type[D]) -> Event[D] | None:
        """The event written under ``key``, which is one of ``model``."""
        with self._reading():
            row = self._connection.execute("SELECT * FROM events WHERE key = ?", (key,)).fetchone()
        event: Event[D] | None = self._event(row) if row else None
        assert event is None or isinstance(event.data, model), f"{key} is the key of {event.kind}"
        return event

    def has(self, key: str) -> bool:
        """Whether an event was written under ``key``."""
        with self._reading():
            return self._connection.execute("SELECT 1 FROM events WHERE key = ?", (key,)).fetchone() is not None

    def read(self, *models: type[D], after: int = 0) -> Iterator[Event[D]]:
        """Events in order, those of ``models`` only where given, past the cursor ``after``."""
        with self._reading():
            rows = self._connection.execute(
                f"SELECT * FROM events WHERE id > ?{_among(models)} ORDER BY id", (after, *_kinds(models))
            ).fetchall()
        return map(self._event, rows)

    def last(self, *models: type[D], before: int | None = None) -> Event[D] | None:
        """The newest event of ``models``, or of all, older than ``before``; None where there is none."""
        older = "" if before is None else f" AND id < {before:d}"
        with self._reading():
            row = self._connection.execute(
                f"SELECT * FROM events WHERE TRUE{_among(models)}{older} ORDER BY id DESC LIMIT 1", _kinds(models)
            ).fetchone()
        return self._event(row) if row else None

    def count(self, model: type[EventData]) -> int:
        """How many events of a model there are."""
        with self._reading():
            asked = "SELECT COUNT(*) FROM events WHERE kind = ?"
            return int(self._connection.execute(asked, _kinds((model,))).fetchone()[0])

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

    def _event(self, row: tuple[Any, ...]) -> Event[Any]:
        id_, when, round_, kind, key, data = row
        try:
            return Event(id_, when, round_, key, self._models[kind].__pydantic_validator__.validate_json(data))
        except (KeyError, ValidationError) as error:
            told = " ".join(str(error).split())[:200]
            raise IlluminasError(f"event {id_} of the log, {kind}, is damaged ({told}). {_RESTORE}") from error


def _kinds(models: tuple[type[EventData], ...]) -> tuple[str, ...]:
    return tuple(model.model_fields["kind"].default for model in models)


def _among(models: tuple[type[EventData], ...]) -> str:
    return f" AND kind IN ({','.join('?' * len(models))})" if models else ""
