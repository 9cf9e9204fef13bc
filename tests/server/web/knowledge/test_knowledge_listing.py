"""Lists, differences and meanings of heuristics."""

from __future__ import annotations

import pytest

from illuminas.memory.evidence import Evidence
from illuminas.memory.heuristics import Change, Heuristic, HeuristicStatus, Scope
from illuminas.memory.predicates import Condition, Predicate
from illuminas.server.services.knowledge.differences import between_rounds
from illuminas.server.services.knowledge.listing import Meanings, Wanted, figures, listed, reaches, rows
from illuminas.tools.objectives import ACCURACY, get_objective

LATENCY = get_objective("latency:local")


def rule(feature: str, effect: float | None = None, spread: float = 4.0, **changes: object) -> Heuristic:
    evidence = Evidence(n_with=9, n_without=8, effect=effect, spread=spread)
    if effect is not None:
        evidence = evidence.model_copy(update={"low": effect - 1, "high": effect + 1})
    given = {
        "text": f"much {feature}",
        "predicate": Predicate(conditions=(Condition(feature=feature, op=">=", value=2),)),
        "direction": "raises",
        "origin": "mined",
        "evidence": evidence,
    }
    return Heuristic.model_validate({"objective": ACCURACY.of(), **given, **changes})


ACTIVE, PROPOSED = HeuristicStatus.ACTIVE, HeuristicStatus.PROPOSED


def test_what_a_person_looks_for_is_found_by_words_status_metric_scope_and_pin() -> None:
    first = rule("conv3", status=ACTIVE, author="ann", scope=Scope(dataset="toy"))
    second = rule("pools", objective=LATENCY, pinned=True)
    both = [first, second]
    assert [h for h in both if Wanted().fits(h)] == both
    for wanted in (
        Wanted(text="MUCH conv3"),
        Wanted(text="ann"),
        Wanted(text=first.id),
        Wanted(text="conv3 >= 2"),
        Wanted(statuses=frozenset({ACTIVE})),
        Wanted(objective="accuracy"),
        Wanted(scope="toy"),
    ):
        assert [h for h in both if wanted.fits(h)] == [first], wanted
    assert [h for h in both if Wanted(pinned=True).fits(h)] == [second]


def test_pinned_then_confirmed_then_strong_rules_come_first_and_a_query_overrules_that() -> None:
    weak, strong, open_ = rule("a", 1.0, status=ACTIVE), rule("b", 3.0, status=ACTIVE), rule("c", 9.0)
    latency = rule("d", 2.0, spread=0.5, objective=LATENCY, status=ACTIVE)  # four deviations, more than any
    pinned = rule("e", pinned=True)
    everything = [open_, weak, pinned, strong, latency]
    assert listed(everything, Wanted()) == [pinned, latency, strong, weak, open_]
    near = {weak.id: 0.2, open_.id: 0.9}
    assert listed(everything, Wanted(), near)[:2] == [open_, weak]


def test_a_bar_has_no_effect_in_its_middle_and_the_largest_of_its_metric_at_its_end() -> None:
    large, small, unknown = rule("a", 9.0), rule("b", -0.1), rule("c")
    reach = reaches([large, small, unknown])
    assert reach == {"accuracy": 10.0}
    first, second, third = rows([large, small, unknown], reach)
    assert first["high"] == pytest.approx(99)
    assert first["low"] == pytest.approx(50 + 49 * 0.8**0.5, abs=0.01)
    assert second["low"] < second["effect"] < 50 < second["high"]
    assert third["low"] is third["effect"] is third["high"] is None
    assert (first["figures"], third["figures"]) == ("+9.00 points", "–")
    assert figures(rule("x", 1.5, objective=LATENCY)) == "+1.50 ms"


def test_between_rounds_a_new_rule_is_told_once_and_an_old_one_by_what_changed() -> None:
    then = rule("a")
    confirmed = then.model_copy(update={"status": ACTIVE, "pinned": True})
    new = rule("b", status=ACTIVE)
    found = between_rounds({then.id: then}, {then.id: confirmed, new.id: new})
    assert [(each.change, each.now.id, each.then) for each in found] == [
        (Change.BORN, new.id, None),
        (Change.ACTIVATED, then.id, then),
        (Change.PINNED, then.id, then),
    ]


def test_a_query_finds_what_it_means_and_an_empty_one_nothing() -> None:
    latency = rule("a", text="slower on the chip: higher latency")
    pooling = rule("b", text="fewer average poolings")
    meanings = Meanings()
    near = meanings.nearest("how long does it take to run", [pooling, latency])
    assert list(near) == [latency.id, pooling.id]
    assert meanings.nearest(" ", [latency]) == meanings.nearest("anything", []) == {}


def test_on_the_map_equal_texts_lie_together_and_it_is_the_same_every_time() -> None:
    heuristics = [rule(name, text=text) for name, text in (("a", "pooling"), ("b", "pooling"), ("c", "wide layers"))]
    first, second, third = Meanings().places(heuristics)
    assert (first.x, first.y) == pytest.approx((second.x, second.y))
    assert abs(first.x - third.x) > 0.1
    assert Meanings().places(heuristics) == [first, second, third]
    assert [(place.x, place.y) for place in Meanings().places(heuristics[:1])] == [(0.0, 0.0)]
    assert Meanings().places([]) == []
