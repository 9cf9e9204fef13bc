"""The event log is append-only, typed, keyed, and readable by others."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any, get_args, get_origin

import pytest
from pydantic import BaseModel, TypeAdapter, ValidationError

from illuminas.memory.events import EventLog
from illuminas.memory.kinds import (
    RUN_EVENTS,
    AnyEvent,
    EvaluationSkipped,
    EventData,
    PlanMade,
    RoundReviewed,
    RunEnded,
    RunStarted,
)
from illuminas.memory.runs import RunFolder
from illuminas.tools.errors import IlluminasError

NEVER_HERE = {"llm_state", "rules", "latency", "skipped", "directive", "question"}
"""Kinds that the recorded run has none of."""


@pytest.fixture
def log(tmp_path: Path) -> EventLog:
    return EventLog(tmp_path / "run" / "events.sqlite")


def story(text: str) -> RoundReviewed:
    return RoundReviewed(text=text, author="statistics")


EXAMPLES: dict[str, dict[str, Any]] = {
    "llm_state": {"llm": "local:x", "state": "down", "reason": "no answer", "next_try": 4, "call": "llm:3:coder:0"},
    "rules": {"niches": {"3": ["h-000001"]}, "refused": ["not a predicate"]},
    "latency": {
        "reading": {"hash": "a", "objective": "latency:local", "source": "measured", "value": 1.5, "spread": 0.1}
    },
    "skipped": {"hash": "a", "reason": "breaks directive 1"},
    "directive": {"directive": {"kind": "limit", "objective": "params", "most": 9.0}, "author": "ann", "via": "web"}
    | {"words": "only small ones"},
    "question": {"key": "plan:1:0", "topic": "plan", "text": "go on?", "options": {"1": "small"}},
}


def test_every_kind_of_event_comes_back_as_it_was_written(log: EventLog, recorded_run: RunFolder) -> None:
    source = EventLog(recorded_run.log, read_only=True)
    some: dict[str, EventData] = {event.kind: event.data for event in source.read()}
    source.close()
    assert {model.model_fields["kind"].default for model in RUN_EVENTS} - set(some) == NEVER_HERE
    parse = TypeAdapter(AnyEvent).validate_python
    some |= {kind: parse({"kind": kind, **data}) for kind, data in EXAMPLES.items()}
    for data in some.values():
        log.append(data)
    assert [event.data for event in log.read()] == list(some.values())
    assert {type(event.data) for event in log.read()} == set(RUN_EVENTS)


def test_no_event_can_be_changed_or_hold_what_it_does_not_know() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        story("ä").text = "other"  # type: ignore[misc]
    for model in RUN_EVENTS:
        assert model.model_config["extra"] == "forbid" and model.model_config["frozen"]
        for field in model.model_fields.values():
            assert not _loose(field.annotation), f"{model.__name__} holds a model that takes anything"


def _loose(annotation: Any) -> bool:
    if get_origin(annotation) is not None:
        return any(_loose(each) for each in get_args(annotation))
    known = isinstance(annotation, type) and issubclass(annotation, BaseModel)
    return known and annotation.model_config.get("extra") != "forbid"


def test_events_come_back_in_order_with_their_data(log: EventLog) -> None:
    log.append(EvaluationSkipped(hash="a", reason="ü"), round=1)
    log.append(story("ä"), round=2)
    assert [(e.id, e.kind, e.round, e.data) for e in log.read()] == [
        (1, "skipped", 1, EvaluationSkipped(hash="a", reason="ü")),
        (2, "story", 2, story("ä")),
    ]


def test_a_key_is_written_once_and_its_first_data_stays(log: EventLog) -> None:
    first = log.append(story("first"), key="story:1")
    again = log.append(story("second"), key="story:1")
    assert again == first
    assert len(list(log.read())) == 1
    assert log.get("story:1", RoundReviewed) == first and log.has("story:1")
    assert log.get("story:2", RoundReviewed) is None and not log.has("story:2")


def test_a_cursor_and_models_narrow_what_is_read(log: EventLog) -> None:
    for number in range(5):
        log.append(story(str(number)) if number % 2 == 0 else RunEnded(reason="odd"))
    assert [e.data.text for e in log.read(RoundReviewed, after=1)] == ["2", "4"]
    assert log.count(RunEnded) == 2
    newest, older = log.last(RoundReviewed), log.last(RoundReviewed, before=5)
    assert newest is not None and older is not None
    assert (newest.data.text, older.data.text) == ("4", "2")


def test_nothing_can_be_changed_or_deleted(log: EventLog) -> None:
    log.append(story("x"))
    with sqlite3.connect(log.path) as connection:
        for statement in ("UPDATE events SET kind = 'x'", "DELETE FROM events"):
            with pytest.raises(sqlite3.DatabaseError, match="append-only"):
                connection.execute(statement)
    connection.close()


def test_numbers_that_are_no_json_are_refused(log: EventLog) -> None:
    with pytest.raises(ValueError, match="JSON"):
        log.append(RoundReviewed(text="x", author="y", surprises={"a": float("nan")}))
    assert list(log.read()) == []


def test_another_reader_sees_what_was_appended_without_closing(log: EventLog) -> None:
    log.append(story("x"))
    reader = EventLog(log.path, read_only=True)
    log.append(RunEnded(reason="y"))
    assert [e.kind for e in reader.read()] == ["story", "ended"]
    reader.close()


def test_a_missing_log_and_a_file_that_is_none_are_clear_errors(tmp_path: Path) -> None:
    with pytest.raises(IlluminasError, match="no event log"):
        EventLog(tmp_path / "nowhere.sqlite", read_only=True)
    (tmp_path / "text").write_text("not a database, but long enough to be mistaken for one" * 20)
    with pytest.raises(IlluminasError, match="is no event log"):
        EventLog(tmp_path / "text")


def test_a_damaged_log_is_a_clear_error_wherever_it_is_read(log: EventLog) -> None:
    log.append(RunEnded(reason="x"))
    log.append(story("x" * 100))
    with sqlite3.connect(log.path) as connection:
        connection.execute("DROP TRIGGER events_are_not_changed")
        connection.execute("UPDATE events SET data = '{\"cut' WHERE kind = 'ended'")
        connection.execute("UPDATE events SET data = CAST(x'ff22' AS TEXT) WHERE kind = 'story'")
    connection.close()
    with pytest.raises(IlluminasError, match="event 1 of the log, ended, is damaged"):
        list(log.read(RunEnded))
    for look in (log.read, log.last):
        with pytest.raises(IlluminasError, match="cannot be read"):
            look(RoundReviewed)


@pytest.mark.parametrize("read_only", [True, False])
def test_a_log_of_another_version_is_refused_in_a_sentence_that_names_it(
    recorded_run: RunFolder, tmp_path: Path, read_only: bool
) -> None:
    path = tmp_path / "events.sqlite"
    path.write_bytes(recorded_run.log.read_bytes())
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA user_version = 0")  # as illuminas 0.1 left it
    with pytest.raises(IlluminasError, match=r"written by illuminas 0\.1\.0, .*pip install illuminas==0\.1\.0"):
        EventLog(path, read_only=read_only)


def test_a_log_in_which_no_run_has_begun_takes_the_format_of_who_writes_to_it(log: EventLog) -> None:
    with closing(sqlite3.connect(log.path)) as connection:
        connection.execute("PRAGMA user_version = 0")
    EventLog(log.path, read_only=True).close()
    again = EventLog(log.path)
    again.append(story("x"))
    assert again.last(PlanMade, RunStarted) is None
    again.close()
