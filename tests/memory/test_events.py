"""The event log is append-only, keyed, and readable by others."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from illuminas.memory.events import EventLog
from illuminas.tools.errors import IlluminasError


@pytest.fixture
def log(tmp_path: Path) -> EventLog:
    return EventLog(tmp_path / "run" / "events.sqlite")


def test_events_come_back_in_order_with_their_data(log: EventLog) -> None:
    log.append("plan", {"niche": 3}, round=1)
    log.append("story", {"text": "ä"}, round=1)
    assert [(e.id, e.kind, e.round, e.data) for e in log.read()] == [
        (1, "plan", 1, {"niche": 3}),
        (2, "story", 1, {"text": "ä"}),
    ]


def test_a_key_is_written_once_and_its_first_data_stays(log: EventLog) -> None:
    first = log.append("plan", {"niche": 3}, key="plan:1")
    again = log.append("plan", {"niche": 4}, key="plan:1")
    assert again == first
    assert len(list(log.read())) == 1
    assert log.get("plan:1") == first
    assert log.get("plan:2") is None


def test_a_cursor_and_kinds_narrow_what_is_read(log: EventLog) -> None:
    for number in range(5):
        log.append("even" if number % 2 == 0 else "odd", {"n": number})
    assert [e.data["n"] for e in log.read("even", after=1)] == [2, 4]


def test_nothing_can_be_changed_or_deleted(log: EventLog) -> None:
    log.append("plan", {})
    with sqlite3.connect(log.path) as connection:
        for statement in ("UPDATE events SET kind = 'x'", "DELETE FROM events"):
            with pytest.raises(sqlite3.DatabaseError, match="append-only"):
                connection.execute(statement)
    connection.close()


def test_numbers_that_are_no_json_are_refused(log: EventLog) -> None:
    with pytest.raises(ValueError, match="JSON"):
        log.append("plan", {"value": float("nan")})
    assert list(log.read()) == []


def test_another_reader_sees_what_was_appended_without_closing(log: EventLog) -> None:
    log.append("plan", {})
    reader = EventLog(log.path, read_only=True)
    log.append("story", {})
    assert [e.kind for e in reader.read()] == ["plan", "story"]
    reader.close()


def test_a_missing_log_and_a_file_that_is_none_are_clear_errors(tmp_path: Path) -> None:
    with pytest.raises(IlluminasError, match="no event log"):
        EventLog(tmp_path / "nowhere.sqlite", read_only=True)
    (tmp_path / "text").write_text("not a database, but long enough to be mistaken for one" * 20)
    with pytest.raises(IlluminasError, match="is no event log"):
        EventLog(tmp_path / "text")


def test_a_damaged_log_is_a_clear_error_wherever_it_is_read(log: EventLog) -> None:
    log.append("plan", {"round": 1})
    log.append("story", {"text": "x" * 100})
    with sqlite3.connect(log.path) as connection:
        connection.execute("DROP TRIGGER events_are_not_changed")
        connection.execute("UPDATE events SET data = '{\"cut' WHERE kind = 'plan'")
        connection.execute("UPDATE events SET data = CAST(x'ff22' AS TEXT) WHERE kind = 'story'")
    connection.close()
    with pytest.raises(IlluminasError, match="event 1 of the log is damaged"):
        list(log.read("plan"))
    for look in (log.read, log.last):
        with pytest.raises(IlluminasError, match="cannot be read"):
            look("story")
