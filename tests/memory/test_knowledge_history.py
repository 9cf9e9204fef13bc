"""A history tells the same as the log, in small steps too, and says who asked for what."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from illuminas.memory.directives import parse_directive
from illuminas.memory.events import EventLog
from illuminas.memory.evidence import Record
from illuminas.memory.heuristics import Change, Heuristic, HeuristicStatus
from illuminas.memory.kinds import DirectiveGiven, PlanMade
from illuminas.memory.knowledge import KnowledgeBase, as_of, changes
from illuminas.memory.knowledge_history import KnowledgeHistory
from illuminas.memory.predicates import Condition, Predicate
from illuminas.memory.runs import RunFolder
from illuminas.tools.objectives import ACCURACY


@pytest.fixture
def log(tmp_path: Path) -> Iterator[EventLog]:
    opened = EventLog(tmp_path / "events.sqlite")
    yield opened
    opened.close()


def rule(feature: str = "conv3", origin: str = "mined") -> Heuristic:
    predicate = Predicate(conditions=(Condition(feature=feature, op=">=", value=2),))
    return Heuristic.model_validate(
        {
            "text": f"many {feature}",
            "predicate": predicate,
            "direction": "raises",
            "objective": ACCURACY.of(),
            "origin": origin,
        }
    )


def act(log: EventLog, *, round: int = 1, made: str = "", **directive: Any) -> None:
    asked = parse_directive(directive).model_dump(mode="json")
    data = {"directive": asked, "author": "ann", "via": "web", "words": "as asked", "made": made}
    log.append(DirectiveGiven(**data), round=round)


def records(round: int, count: int = 40) -> list[Record]:
    return [
        Record(
            hash=f"{round}-{n:03}",
            features={"conv3": 2 * (n % 2), "pools": n % 3},
            value=70 + 9 * (n % 2) + n % 7 / 10,
            round=round,
        )
        for n in range(count)
    ]


def test_taken_in_event_by_event_it_knows_what_the_log_tells(recorded_run: RunFolder) -> None:
    log = EventLog(recorded_run.log, read_only=True)
    history = KnowledgeHistory()
    for event in log.read():
        history.extend([event])
    assert history.extend(log.read()) == 0
    assert [moment.change for moment in history.moments] == list(changes(log))
    for round in (None, 0, 6, 9, 14):
        assert history.as_of(round) == as_of(log, round)
    log.close()


def test_a_rule_of_a_person_is_born_by_a_directive_and_every_later_act_is_known_too(log: EventLog) -> None:
    knowledge = KnowledgeBase(log)
    (mine,) = knowledge.propose([rule("pools", "user")], 1)
    act(log, kind="add_heuristic", predicate="pools >= 2", made=mine.id)
    (found,) = knowledge.propose([rule()], 1)
    act(log, kind="pin", heuristic=found.id)
    act(log, kind="retire", heuristic=mine.id, reason="no")
    act(log, kind="undo", directive=3, round=2)
    history = KnowledgeHistory()
    history.extend(log.read())
    assert [(m.change.change, m.change.heuristic.id, m.act) for m in history.moments] == [
        (Change.BORN, mine.id, 1),
        (Change.BORN, found.id, None),
        (Change.PINNED, found.id, 2),
        (Change.RETIRED, mine.id, 3),
        (Change.REOPENED, mine.id, 4),
    ]
    assert [m.act for m in history.of(mine.id)] == [1, 3, 4]
    assert [m.act for m in history.of(mine.id, 1)] == [1, 3]
    assert history.acts[2].undone_by == 4
    assert history.as_of(1)[mine.id].status is HeuristicStatus.RETIRED


def test_evidence_is_as_old_as_the_judgement_that_measured_it_whatever_people_did_since(log: EventLog) -> None:
    knowledge = KnowledgeBase(log)
    (found,) = knowledge.propose([rule()], 1)
    knowledge.judge(records(2), 2, objective=ACCURACY.of())
    act(log, kind="pin", heuristic=found.id, round=5)
    knowledge.judge(records(2) + records(6, 200), 6, objective=ACCURACY.of())
    history = KnowledgeHistory()
    history.extend(log.read())
    assert [history.judged_in(found.id, round) for round in (1, 2, 5, None)] == [None, 2, 2, 6]


def test_plans_that_applied_a_rule_are_counted_once_a_round(log: EventLog) -> None:
    plan = {"focus": [], "items": [], "batch": 4, "reason": "", "author": "statistics"}
    for round, applied in ((1, {}), (2, {"0": ["h-1"], "4": ["h-1", "h-2"]}), (3, {"1": ["h-2"]})):
        log.append(PlanMade(plan={**plan, "round": round, "heuristics": applied}), round=round)
    history = KnowledgeHistory()
    history.extend(log.read())
    assert history.guided == {"h-1": [2], "h-2": [2, 3]}
