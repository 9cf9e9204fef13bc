"""What follows from the directives of a log."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from illuminas.memory.bounds import Bounds
from illuminas.memory.directives import Terms, parse_directive
from illuminas.memory.events import EventLog
from illuminas.memory.kinds import DirectiveGiven, QuestionAsked, SessionBegan
from illuminas.memory.steering import Steering
from illuminas.tools.objectives import Constraint
from illuminas.tools.spaces import get_space


@pytest.fixture
def log(tmp_path: Path) -> Iterator[EventLog]:
    opened = EventLog(tmp_path / "events.sqlite")
    yield opened
    opened.close()


def ask(log: EventLog, *directives: dict[str, Any]) -> Steering:
    """The steering that follows from these directives, one after the other."""
    for each in directives:
        directive = parse_directive(each).model_dump(mode="json")
        log.append(DirectiveGiven(directive=directive, author="ann", via="chat", words="as asked"))
    steering = Steering()
    for event in log.read():
        steering.apply(event)
    return steering


def test_a_later_limit_on_the_same_quantity_takes_the_place_of_the_earlier_one(log: EventLog) -> None:
    steering = ask(
        log,
        {"kind": "limit", "objective": "params", "most": 9e5},
        {"kind": "limit", "objective": "latency:a", "most": 4},
        {"kind": "limit", "objective": "latency:b", "most": 5},
        {"kind": "limit", "objective": "params", "most": 5e5},
    )
    assert {number: limit.most for number, limit in steering.limits.items()} == {4: 5e5, 2: 4, 3: 5}


def test_requirements_and_avoided_niches_add_up_and_a_focus_replaces_the_last(log: EventLog) -> None:
    steering = ask(
        log,
        {"kind": "require", "predicate": "pools == 0"},
        {"kind": "avoid", "niches": [0]},
        {"kind": "focus", "niches": [1, 2]},
        {"kind": "require", "predicate": "conv3 >= 1"},
        {"kind": "avoid", "niches": [5]},
        {"kind": "focus", "niches": [3]},
    )
    assert list(steering.requirements) == [1, 4]
    assert steering.avoided == {0: 2, 5: 5}
    assert steering.focus == (3,)
    assert [act.number for act in steering.guiding] == [1, 2, 4, 5, 6]


def test_an_undo_takes_back_and_undoing_the_undo_puts_in_force_again(log: EventLog) -> None:
    require = {"kind": "require", "predicate": "pools == 0"}
    assert ask(log, require, {"kind": "undo", "directive": 1}).requirements == {}
    assert list(ask(log, {"kind": "undo", "directive": 2}).requirements) == [1]
    acts = ask(log, {"kind": "undo", "directive": 3}).acts
    assert [act.undone_by for act in acts] == [2, None, 4, None]


def test_the_last_of_pause_and_resume_decides(log: EventLog) -> None:
    assert not ask(log).paused
    assert ask(log, {"kind": "pause"}).paused
    assert not ask(log, {"kind": "resume"}).paused
    assert ask(log, {"kind": "undo", "directive": 2}).paused


def test_a_stop_and_caps_count_for_the_session_they_were_given_in(log: EventLog) -> None:
    log.append(SessionBegan(caps={"evaluations": 10}))
    steering = ask(log, {"kind": "stop"}, {"kind": "budget", "evaluations": 30}, {"kind": "budget", "tokens": 5})
    assert steering.stopped
    assert steering.caps == {"evaluations": 30, "tokens": 5}
    log.append(SessionBegan(caps={"evaluations": 30}))
    steering = ask(log)
    assert not steering.stopped
    assert steering.caps == {}


def test_the_latest_weights_count_and_without_any_all_count_alike(log: EventLog) -> None:
    assert ask(log).weights == {}
    weights = {"accuracy": 3.0, "latency:local": 1.0}
    assert ask(log, {"kind": "weigh", "weights": weights}).weights == weights
    assert ask(log, {"kind": "weigh", "weights": {"latency:local": 2.0}}).weights == {"latency:local": 2.0}


def test_time_in_which_a_person_holds_the_search_up_is_told_apart(log: EventLog) -> None:
    events = [log.append(SessionBegan(caps={}))]
    for kind in ("pause", "resume"):
        ask(log, {"kind": kind})
    events = [event._replace(time=100.0 + 10 * event.id) for event in log.read()]
    steering = Steering()
    for event in events:
        steering.apply(event)
    assert steering.held_until(500.0) == 10.0
    steering = Steering()
    for event in events[:2]:
        steering.apply(event)
    assert steering.held_until(500.0) == 500.0 - events[1].time


def test_a_question_waits_until_its_own_answer_comes(log: EventLog) -> None:
    log.append(QuestionAsked(key="plan:1:0", topic="plan", text="Go on?"), key="question:plan:1:0")
    waiting = ask(log).waiting
    assert waiting is not None and waiting.key == "plan:1:0"
    assert ask(log, {"kind": "answer", "question": "plan:9:0", "approved": True}).waiting is not None
    steering = ask(log, {"kind": "answer", "question": "plan:1:0", "approved": False})
    assert steering.waiting is None
    answer = steering.questions["plan:1:0"].answer
    assert answer is not None and not answer.approved


@pytest.mark.parametrize(
    "data",
    [
        {"kind": "limit", "objective": "latency"},
        {"kind": "limit", "objective": "latency", "most": 1, "least": 2},
        {"kind": "limit", "objective": "params", "most": 1, "unit": "ms"},
        {"kind": "limit", "objective": "", "least": 90},
        {"kind": "weigh", "weights": {"accuracy": 0, "latency:local": 0}},
        {"kind": "budget"},
        {"kind": "explore", "amount": 2},
        {"kind": "avoid", "niches": []},
        {"kind": "sudo"},
        {"kind": "pause", "really": True},
    ],
)
def test_what_makes_no_sense_is_no_directive(data: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        parse_directive(data)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"kind": "limit", "objective": "latency:table:t/fpga", "most": 4}, "latency on fpga of at most 4 ms"),
        (
            {"kind": "limit", "objective": "params", "most": 3e5, "least": 1e5},
            "at least 100 k and at most 300",
        ),
        ({"kind": "require", "predicate": "pools == 0"}, "only architectures with no live average poolings"),
        ({"kind": "weigh", "weights": {"accuracy": 3, "latency:local": 1}}, "accuracy 75% and latency 25%"),
        ({"kind": "budget", "evaluations": 1500}, "up to 1 500 evaluations"),
        ({"kind": "focus", "niches": []}, "every niche"),
        ({"kind": "retire", "heuristic": "h-1", "reason": "luck"}, "retire h-1, because luck"),
        ({"kind": "answer", "approved": False, "comment": "too wide"}, "reject what was asked (too wide)"),
    ],
)
def test_a_directive_is_said_in_words(data: dict[str, Any], words: str) -> None:
    assert words in parse_directive(data).words(Terms(get_space("nb201"), None))


def test_bounds_name_the_directive_that_an_architecture_breaks() -> None:
    space = get_space("nb201")
    bounds = Bounds.of(Steering(), space)
    assert not bounds
    bounds = Bounds({3: Constraint(objective="latency:fpga", most=4), 5: Constraint(objective="macs", least=10)}, {})
    assert bounds.broken_by({"macs": 20}, {"latency:fpga": 4.0}) is None
    assert bounds.broken_by({"macs": 20}, {"latency:fpga": 4.1}) == 3
    assert bounds.broken_by({"macs": 9}, {"other": 9.0}) == 5, "an unknown latency breaks nothing"


def test_a_requirement_on_what_nothing_tells_of_is_broken(log: EventLog) -> None:
    bounds = Bounds.of(ask(log, {"kind": "require", "predicate": "pools == 0"}), get_space("nb201"))
    assert bounds.broken_by({"pools": 0}, {}) is None
    assert bounds.broken_by({"pools": 1}, {}) == 1
    assert bounds.broken_by({}, {}) == 1
