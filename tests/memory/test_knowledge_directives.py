"""What the search and people make of the heuristics of a log."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from illuminas.memory.directives import parse_directive
from illuminas.memory.events import EventLog
from illuminas.memory.evidence import Record
from illuminas.memory.heuristics import Change, Heuristic, HeuristicStatus
from illuminas.memory.kinds import DirectiveGiven
from illuminas.memory.knowledge import KnowledgeBase, as_of, changes, diff
from illuminas.memory.predicates import Condition, Predicate
from illuminas.tools.objectives import ACCURACY


@pytest.fixture
def log(tmp_path: Path) -> Iterator[EventLog]:
    opened = EventLog(tmp_path / "events.sqlite")
    yield opened
    opened.close()


@pytest.fixture
def knowledge(log: EventLog, tmp_path: Path) -> KnowledgeBase:
    return KnowledgeBase(log)


def rule(feature: str = "conv3") -> Heuristic:
    predicate = Predicate(conditions=(Condition(feature=feature, op=">=", value=2),))
    return Heuristic(
        text=f"many {feature}", predicate=predicate, direction="raises", origin="mined", objective=ACCURACY.of()
    )


def act(log: EventLog, *, round: int = 1, made: str = "", **directive: Any) -> None:
    asked = parse_directive(directive).model_dump(mode="json")
    data = {"directive": asked, "author": "ann", "via": "chat", "words": "as asked", "made": made}
    log.append(DirectiveGiven(**data), round=round)


def records(count: int, *, high_with: bool) -> list[Record]:
    """Half with two convolutions, half without; ``high_with`` says which half is the better one."""
    return [
        Record(
            hash=f"{number:04}",
            features={"conv3": 2 * (number % 2)},
            value=70.0 + 9 * ((number % 2) == high_with) + number % 7 / 10,
            round=2,
        )
        for number in range(count)
    ]


def test_a_person_retires_a_rule_with_name_and_reason_and_an_undo_brings_it_back(
    log: EventLog, knowledge: KnowledgeBase
) -> None:
    (born,) = knowledge.propose([rule()], 1)
    act(log, kind="retire", heuristic=born.id, reason="bad luck")
    retired = knowledge.get(born.id)
    assert retired.status is HeuristicStatus.RETIRED
    assert retired.reason == "retired by ann: bad luck"
    act(log, kind="undo", directive=1)
    assert knowledge.get(born.id).status is HeuristicStatus.PROPOSED
    told = list(changes(log))
    assert [change.change for change in told] == [Change.BORN, Change.RETIRED, Change.REOPENED]
    assert [change.author for change in told] == ["", "ann", "ann"]


def test_what_the_search_writes_does_not_overwrite_what_a_person_did(log: EventLog, knowledge: KnowledgeBase) -> None:
    (born,) = knowledge.propose([rule()], 1)
    act(log, kind="pin", heuristic=born.id)
    act(log, kind="reword", heuristic=born.id, text="use two 3x3 and more")
    knowledge.judge(records(40, high_with=True), 2, objective=ACCURACY.of())
    judged = knowledge.get(born.id)
    assert judged.status is HeuristicStatus.ACTIVE
    assert judged.pinned
    assert judged.text == "use two 3x3 and more"
    act(log, kind="undo", directive=1)
    act(log, kind="undo", directive=2)
    bare = knowledge.get(born.id)
    assert not bare.pinned
    assert bare.text == "many conv3"
    assert bare.status is HeuristicStatus.ACTIVE, "undoing a person's part leaves the data's"


def test_a_pinned_rule_is_contradicted_but_not_retired_by_the_data(log: EventLog, knowledge: KnowledgeBase) -> None:
    pinned, loose = knowledge.propose([rule(), rule().model_copy(update={"id": "h-0000ff"})], 1)
    act(log, kind="pin", heuristic=pinned.id)
    for round, count in ((2, 40), (3, 80), (4, 160)):
        knowledge.judge(records(count, high_with=False), round, objective=ACCURACY.of())
    assert knowledge.get(loose.id).status is HeuristicStatus.RETIRED
    assert knowledge.get(pinned.id).status is HeuristicStatus.CONTRADICTED


def test_a_rule_that_a_person_retired_is_judged_no_more(log: EventLog, knowledge: KnowledgeBase) -> None:
    (born,) = knowledge.propose([rule()], 1)
    act(log, kind="retire", heuristic=born.id)
    assert knowledge.judge(records(40, high_with=True), 2, objective=ACCURACY.of()) == []


def test_a_rule_that_a_person_added_goes_when_the_person_takes_it_back(log: EventLog, knowledge: KnowledgeBase) -> None:
    own = rule("pools").model_copy(update={"origin": "user", "author": "ann"})
    (born,) = knowledge.propose([own], 1)
    act(log, made=born.id, kind="add_heuristic", predicate="pools >= 2")
    act(log, kind="undo", directive=1)
    gone = knowledge.get(born.id)
    assert gone.status is HeuristicStatus.RETIRED
    assert gone.reason == "taken back by ann"


def test_a_diff_tells_what_people_changed(log: EventLog, knowledge: KnowledgeBase) -> None:
    one, other = knowledge.propose([rule(), rule("pools")], 1)
    before = as_of(log)
    act(log, kind="pin", heuristic=one.id, round=2)
    act(log, kind="reword", heuristic=other.id, text="in other words", round=2)
    changed = diff(before, as_of(log))
    assert [each.id for each in changed.pinned] == [one.id]
    assert [each.id for each in changed.reworded] == [other.id]
    assert diff(as_of(log), before).unpinned[0].id == one.id
    assert as_of(log, 1) == before


def test_the_index_follows_what_people_did(log: EventLog, knowledge: KnowledgeBase) -> None:
    (born,) = knowledge.propose([rule()], 1)
    assert [each.id for each in knowledge.search("convolutions")] == [born.id]
    act(log, kind="retire", heuristic=born.id)
    assert knowledge.search("convolutions") == []
    knowledge.close()
