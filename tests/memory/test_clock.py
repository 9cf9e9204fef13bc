"""A run's clock counts the time of its search: no gaps between sessions, nothing that people held up or asked."""

from __future__ import annotations

import pytest

from illuminas.memory.clock import Clock
from illuminas.memory.events import Event, EventLog
from illuminas.memory.kinds import DirectiveGiven, EventData, LLMCalled, RunEnded, SessionBegan
from illuminas.memory.runs import RunFolder, open_state
from illuminas.memory.steering import Steering

ENDED = RunEnded(reason="all evaluations are made")


def times(*events: tuple[float, EventData]) -> list[float]:
    """Seconds into the run at each of the events, which come so many seconds after 1000."""
    steering = Steering()
    clock = Clock(steering)
    told = []
    for number, (at, data) in enumerate(events, start=1):
        event = Event(id=number, time=1_000 + at, round=1, key=None, data=data)
        steering.apply(event)
        told.append(clock.apply(event))
    return told


def directive(kind: str) -> DirectiveGiven:
    return DirectiveGiven(directive={"kind": kind}, author="ann", via="web", words=kind)  # type: ignore[arg-type]


def test_the_time_between_two_sessions_is_not_counted() -> None:
    session = SessionBegan(caps={})
    assert times((0, session), (10, ENDED), (500, session), (503, ENDED)) == [0, 10, 10, 13]


def test_what_a_chat_asks_an_llm_takes_no_time_of_the_search() -> None:
    asked = LLMCalled(agent="chat", role="chat", llm="made-up", prompt="why?", seconds=30.0)
    assert times((0, SessionBegan(caps={})), (10, ENDED), (500, asked)) == [0, 10, 10]


def test_what_a_person_holds_up_is_not_counted() -> None:
    assert times((0, SessionBegan(caps={})), (10, directive("pause")), (50, directive("resume")), (60, ENDED))[-1] == 20


def test_it_agrees_with_the_state_of_a_real_run(recorded_run: RunFolder) -> None:
    log, steering = EventLog(recorded_run.log, read_only=True), Steering()
    clock = Clock(steering)
    for event in log.read():
        steering.apply(event)
        clock.apply(event)
    log.close()
    assert clock.seconds == pytest.approx(open_state(recorded_run).seconds)
