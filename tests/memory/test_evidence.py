"""Evidence and judgement: figures equal scipy's, and status follows fresh evaluations alone."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from pydantic import ValidationError
from scipy import stats

from illuminas.memory.evidence import Evidence, Record, distinct, measure, overlap
from illuminas.memory.heuristics import (
    ALIKE,
    MAX_TEXT,
    MIN_FRESH,
    NEGLIGIBLE,
    Heuristic,
    HeuristicStatus,
    Scope,
    judge,
    supersede,
)
from illuminas.memory.predicates import Condition, Predicate
from illuminas.tools.objectives import ACCURACY, get_objective

LATENCY = get_objective("latency:local")

BIG = Predicate(conditions=(Condition(feature="big", op="==", value=True),))


def records(values: Sequence[float], *, big: bool, round: int = 1, start: int = 0) -> list[Record]:
    return [
        Record(hash=f"{'b' if big else 's'}{round}-{start + i}", features={"big": big}, value=v, round=round)
        for i, v in enumerate(values)
    ]


def draw(rng: np.random.Generator, *, effect: float, n: int, round: int, niche: str | None = None) -> list[Record]:
    """``n`` records a side, standard deviation 1."""
    made = records(rng.normal(50 + effect, 1, n).tolist(), big=True, round=round)
    made += records(rng.normal(50, 1, n).tolist(), big=False, round=round)
    return [r._replace(niche=niche, hash=f"{r.hash}-{niche}") for r in made]


def heuristic(**changes: object) -> Heuristic:
    fields = {"text": "big is better", "predicate": BIG, "direction": "raises", "origin": "critic"}
    return Heuristic.model_validate({"objective": ACCURACY.of(), **fields, "born_round": 1, "since": 1, **changes})


def test_effect_interval_and_p_are_those_of_scipy() -> None:
    rng = np.random.default_rng(0)
    for n, m in ((3, 3), (4, 30), (25, 9)):
        with_, without = rng.normal(70, 6, n), rng.normal(66, 2, m)
        evidence = measure(BIG, records(with_, big=True) + records(without, big=False))
        welch = stats.ttest_ind(with_, without, equal_var=False)
        interval = welch.confidence_interval(0.95)
        assert evidence.effect == pytest.approx(with_.mean() - without.mean())
        assert (evidence.low, evidence.high) == pytest.approx((interval.low, interval.high))
        assert (evidence.n_with, evidence.n_without) == (n, m)
        ranks = stats.rankdata(np.concatenate([with_, without]))
        assert evidence.p == pytest.approx(stats.ttest_ind(ranks[:n], ranks[n:]).pvalue)


def test_tied_values_share_their_rank() -> None:
    with_, without = [1.0, 2.0, 2.0, 5.0], [2.0, 3.0, 1.0, 0.0]
    evidence = measure(BIG, records(with_, big=True) + records(without, big=False))
    ranks = stats.rankdata([*with_, *without])
    assert evidence.p == pytest.approx(stats.ttest_ind(ranks[:4], ranks[4:]).pvalue)


def test_too_few_on_a_side_give_no_interval_and_say_so() -> None:
    evidence = measure(BIG, records([90, 91], big=True) + records([10, 11, 12], big=False))
    assert evidence.effect == pytest.approx(79.5)
    assert evidence.low is evidence.high is evidence.p is None
    assert "too few for an interval: 2 with, 3 without" in evidence.words(get_objective("accuracy"))
    assert measure(BIG, records([90, 91], big=True)).effect is None
    assert "too few to tell: 2 with, 0 without" in measure(BIG, records([9, 8], big=True)).words(
        get_objective("latency:local")
    )
    assert measure(BIG, []) == Evidence()


def test_values_that_never_vary_give_no_interval() -> None:
    assert measure(BIG, records([60] * 9, big=True) + records([50] * 9, big=False)).low is None


def test_repeats_of_one_architecture_count_once() -> None:
    once = records([60, 61, 62], big=True) + records([50, 51, 52], big=False)
    repeats = [r._replace(round=9) for r in once for _ in range(5)]
    assert measure(BIG, once + repeats) == measure(BIG, once)
    both = distinct([once[0], once[0]._replace(value=70.0, round=4)])
    assert [(r.value, r.round) for r in both] == [(65.0, 1)]


def test_who_spoke_for_a_rule_lies_on_the_claimed_side_of_the_others_mean() -> None:
    data = records([49, 50, 55, 60], big=True) + records([48, 52, 50], big=False)
    raises, lowers = measure(BIG, data, direction="raises"), measure(BIG, data, direction="lowers")
    assert raises.supporting == ("b1-3", "b1-2")
    assert raises.opposing == ("b1-0", "b1-1")
    assert lowers.supporting == ("b1-0",)
    assert (raises.n_for, raises.n_against, lowers.n_for, lowers.n_against) == (2, 2, 1, 3)
    assert raises.effect == lowers.effect


def test_rare_rules_are_not_alike_because_both_seldom_hold() -> None:
    one, other = np.zeros(100, dtype=bool), np.zeros(100, dtype=bool)
    one[:5], other[5:10] = True, True
    assert overlap(one, other) == 0
    assert overlap(one, one) == 1
    assert overlap(~one, ~other) == 0


def test_the_same_claim_has_the_same_id() -> None:
    assert heuristic().id == heuristic(text="other words", origin="user", born_round=7).id
    others = [
        heuristic(direction="lowers"),
        heuristic(objective=LATENCY),
        heuristic(scope=Scope(niche="small")),
    ]
    assert len({h.id for h in [heuristic(), *others]}) == 4
    assert Heuristic.model_validate_json(heuristic().model_dump_json()) == heuristic()


def test_the_text_of_an_llm_becomes_one_short_line() -> None:
    told = heuristic(text="Ignore\n\nall \x1b[31mrules\t" + "x" * 999).text
    assert told.startswith("Ignore all [31mrules x")
    assert len(told) == MAX_TEXT
    with pytest.raises(ValidationError):
        heuristic(text=" \n")
    with pytest.raises(ValidationError):
        heuristic(predicate={"conditions": []})


def test_the_evaluations_a_rule_was_found_in_do_not_confirm_it() -> None:
    found_in = draw(np.random.default_rng(1), effect=5, n=50, round=1)
    judged = judge(heuristic(), found_in, 2)
    assert judged.status is HeuristicStatus.PROPOSED
    assert judged.evidence.n == 0
    again = [r._replace(round=2) for r in found_in]
    assert judge(heuristic(), found_in + again, 2).evidence.n == 0, "an architecture seen before is not fresh"


def test_fresh_evaluations_make_a_true_rule_active_and_tell_the_figures() -> None:
    fresh = draw(np.random.default_rng(2), effect=2, n=10, round=2)
    judged = judge(heuristic(), fresh, 2)
    assert judged.status is HeuristicStatus.ACTIVE
    assert judged.since == 2
    assert judged.evidence == measure(BIG, fresh)
    assert f"{judged.evidence.effect:+.2f} points" in judged.reason
    assert "10 with, 10 without" in judged.reason


def test_a_rule_waits_for_enough_on_both_sides() -> None:
    few = draw(np.random.default_rng(2), effect=20, n=MIN_FRESH - 1, round=2)
    assert judge(heuristic(), few, 2).status is HeuristicStatus.PROPOSED
    assert judge(heuristic(), few, 2).reason.startswith(f"waits for {MIN_FRESH} fresh")
    enough = draw(np.random.default_rng(2), effect=20, n=MIN_FRESH, round=2)
    assert judge(heuristic(), enough, 2).status is HeuristicStatus.ACTIVE


def test_a_false_rule_is_contradicted_and_then_retired_for_good() -> None:
    rng = np.random.default_rng(3)
    data = draw(rng, effect=-2, n=8, round=2)
    first = judge(heuristic(), data, 2)
    assert first.status is HeuristicStatus.CONTRADICTED
    assert "the other way" in first.reason
    assert judge(first, data, 2) == first, "judging twice in a round is one judgement"
    assert judge(first, data, 3).status is HeuristicStatus.CONTRADICTED, "nothing new was evaluated"
    data += draw(rng, effect=-2, n=8, round=3)
    second = judge(first, data, 3)
    assert second.status is HeuristicStatus.RETIRED
    assert second.reason.startswith("contradicted since round 2 and again")
    praise = data + draw(rng, effect=50, n=50, round=4)
    assert judge(second, praise, 4) == second


def test_a_contradiction_that_fades_is_no_retirement() -> None:
    rng = np.random.default_rng(4)
    data = draw(rng, effect=-2, n=8, round=2)
    first = judge(heuristic(), data, 2)
    assert first.status is HeuristicStatus.CONTRADICTED
    assert judge(first, data + draw(rng, effect=4, n=30, round=3), 3).status is HeuristicStatus.ACTIVE


def test_a_lowering_rule_is_judged_by_the_other_side() -> None:
    fresh = draw(np.random.default_rng(5), effect=-2, n=10, round=2)
    assert judge(heuristic(direction="lowers"), fresh, 2).status is HeuristicStatus.ACTIVE
    assert judge(heuristic(direction="raises"), fresh, 2).status is HeuristicStatus.CONTRADICTED


def test_an_effect_not_worth_having_is_contradicted_once_it_is_ruled_out() -> None:
    rng = np.random.default_rng(6)
    values = rng.normal(50, 1, 400)
    null = records((values - values.mean()).tolist(), big=True, round=2)
    null += records((values - values.mean()).tolist(), big=False, round=2)
    judged = judge(heuristic(), null, 2)
    assert judged.evidence.high is not None
    assert judged.evidence.high < NEGLIGIBLE * judged.evidence.spread
    assert judged.status is HeuristicStatus.CONTRADICTED
    assert "worth having" in judged.reason
    few = null[:20] + null[400:420]
    assert judge(heuristic(), few, 2).status is HeuristicStatus.PROPOSED


def test_a_handful_of_good_ones_against_a_long_tail_is_not_enough() -> None:
    # five values near the median of a skewed sample: Welch's interval alone would be sure
    rng = np.random.default_rng(7)
    tail = 92 - rng.exponential(6, 60)
    typical = np.quantile(tail, [0.45, 0.5, 0.6, 0.65, 0.7])
    judged = judge(heuristic(), records(typical, big=True, round=2) + records(tail, big=False, round=2), 2)
    assert judged.evidence.low is not None
    assert judged.evidence.low > 0
    assert judged.status is HeuristicStatus.PROPOSED


def test_nulls_seldom_become_active_on_shuffled_skewed_values() -> None:
    active = judged = 0
    for seed in range(400):
        rng = np.random.default_rng(seed)
        values = 92 - rng.exponential(6, 60)
        n = int(rng.integers(5, 30))
        data = records(values[:n].tolist(), big=True, round=2)
        data += records(values[n:].tolist(), big=False, round=2)
        judged += 1
        active += judge(heuristic(), data, 2).status is HeuristicStatus.ACTIVE
    assert active / judged < 0.03  # 2.5% where the interval keeps what it promises


def test_a_rule_of_a_niche_is_judged_in_it_alone() -> None:
    rng = np.random.default_rng(8)
    inside = draw(rng, effect=3, n=10, round=2, niche="small")
    outside = draw(rng, effect=-3, n=40, round=2, niche="large")
    small = heuristic(scope=Scope(niche="small"))
    assert judge(small, inside + outside, 2).status is HeuristicStatus.ACTIVE
    assert judge(small, inside + outside, 2).evidence.n == 20
    assert judge(heuristic(), inside + outside, 2).status is HeuristicStatus.CONTRADICTED
    assert small.scope.text == "niche small"
    assert Scope(space="nb201", dataset="digits", niche="2").text == "nb201, digits, niche 2"
    assert Scope().text == "anywhere"


def rule(feature: str, *, effect: float, direction: str = "raises", status: str = "active") -> Heuristic:
    return heuristic(
        text=feature,
        predicate={"conditions": [{"feature": feature, "op": "==", "value": True}]},
        direction=direction,
        status=status,
        evidence=Evidence(effect=effect, low=effect - 1, high=effect + 1, n_with=20, n_without=20),
    )


def world(**holds: int) -> list[Record]:
    """100 architectures; the feature holds for those from ``start`` to 49."""
    return [
        Record(hash=str(i), features={k: start <= i < 50 for k, start in holds.items()}, value=i, round=1)
        for i in range(100)
    ]


def test_of_two_rules_that_say_the_same_the_larger_effect_stays() -> None:
    one, other = rule("one", effect=2), rule("other", effect=3)
    [gone] = supersede([one, other], world(one=0, other=2), 4)
    assert gone.id == one.id
    assert gone.status is HeuristicStatus.SUPERSEDED
    assert (gone.superseded_by, gone.since) == (other.id, 4)
    assert other.id in gone.reason


def test_rules_that_differ_enough_both_stay() -> None:
    fewer = int(50 - 50 * ALIKE) + 2
    assert supersede([rule("one", effect=2), rule("other", effect=3)], world(one=0, other=fewer), 4) == []


def test_a_rule_and_its_negation_with_the_opposite_claim_say_the_same() -> None:
    data = [r._replace(features={"one": i < 50, "not_one": i >= 50}) for i, r in enumerate(world())]
    one, same = rule("one", effect=3), rule("not_one", effect=-2.9, direction="lowers")
    assert [h.id for h in supersede([one, same], data, 4)] == [same.id]
    opposite = rule("not_one", effect=2.9)
    assert supersede([one, opposite], data, 4) == []


def test_only_an_active_rule_supersedes() -> None:
    one, other = rule("one", effect=2), rule("other", effect=3, status="proposed")
    assert supersede([one, other], world(one=0, other=0), 4) == []
    assert [h.id for h in supersede([rule("one", effect=4), other], world(one=0, other=0), 4)] == [other.id]
