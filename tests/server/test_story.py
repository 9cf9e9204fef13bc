"""The story of a run: the same lines wherever and whenever it is told."""

from __future__ import annotations

from illuminas.memory.events import Event, EventLog
from illuminas.memory.kinds import EvaluationMade
from illuminas.memory.runs import RunFolder
from illuminas.server.services.activity import AGENTS, NEXT, Story


def events_of(run: RunFolder) -> list[Event]:
    log = EventLog(run.log, read_only=True)
    events = list(log.read())
    log.close()
    return events


def test_a_story_over_a_later_view_tells_the_same_lines(recorded_run: RunFolder) -> None:
    events = events_of(recorded_run)
    live = Story()
    lines = [live.take(event) for event in events]
    late = Story(live.state)
    assert [late.take(event) for event in events] == lines
    assert lines[-1] is not None and any(line is not None and line.what.startswith("101/101") for line in lines)


def test_it_says_whose_turn_it_is_until_the_end(recorded_run: RunFolder) -> None:
    story, turns = Story(), []
    for event in events_of(recorded_run):
        story.note(event)
        if type(event.data) in NEXT and story.turn not in turns:
            turns.append(story.turn)
    assert [agent for agent in AGENTS if agent in turns] == [a for a in AGENTS if a != "archivist"]
    assert story.turn == ""
    assert story.in_short.endswith("ended: all 101 evaluations are made")


def test_every_failed_evaluation_is_told_with_its_reason(recorded_run: RunFolder) -> None:
    story = Story()
    for event in events_of(recorded_run):
        line = story.take(event)
        if isinstance(event.data, EvaluationMade) and event.data.evaluation.status != "ok":
            assert line is not None and event.data.evaluation.reason in line.what
