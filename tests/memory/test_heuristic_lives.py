"""Lifelines say what each heuristic was when, and add up to how many were what."""

from __future__ import annotations

from illuminas.memory.heuristics import Change, Heuristic, HeuristicStatus
from illuminas.memory.knowledge_history import HeuristicChange, Moment, Stretch, counts, stretches
from illuminas.memory.predicates import Condition, Predicate
from illuminas.tools.objectives import ACCURACY

PROPOSED, ACTIVE, RETIRED = HeuristicStatus.PROPOSED, HeuristicStatus.ACTIVE, HeuristicStatus.RETIRED


def moment(feature: str, round: int, change: Change, status: HeuristicStatus) -> Moment:
    predicate = Predicate(conditions=(Condition(feature=feature, op=">=", value=1),))
    heuristic = Heuristic(
        text=feature, predicate=predicate, direction="raises", origin="mined", status=status, objective=ACCURACY.of()
    )
    return Moment(HeuristicChange(event=1, time=0.0, round=round, change=change, heuristic=heuristic))


LIVES = [
    moment("a", 1, Change.BORN, PROPOSED),
    moment("b", 2, Change.BORN, PROPOSED),
    moment("a", 2, Change.MEASURED, PROPOSED),
    moment("a", 3, Change.ACTIVATED, ACTIVE),
    moment("b", 4, Change.RETIRED, RETIRED),
]
A, B = (LIVES[place].change.heuristic.id for place in (0, 1))


def test_a_life_has_a_stretch_a_status_and_ends_where_the_rule_is_retired() -> None:
    assert stretches(LIVES, 6) == [
        Stretch(A, PROPOSED, 1, 3),
        Stretch(A, ACTIVE, 3, 6),
        Stretch(B, PROPOSED, 2, 4),
        Stretch(B, RETIRED, 4, 4),
    ]


def test_every_round_counts_each_heuristic_once() -> None:
    assert counts(LIVES, 5) == {
        PROPOSED: [0, 1, 2, 1, 0, 0],
        ACTIVE: [0, 0, 0, 1, 1, 1],
        RETIRED: [0, 0, 0, 0, 1, 1],
    }
    assert counts([], 3) == {}
