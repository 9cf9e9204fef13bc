"""What parts of a mode are worth, by figures made up."""

from __future__ import annotations

import numpy as np
import pytest

from illuminas.agents.bench.ablation import Verdict, ablations, difference, rows
from illuminas.agents.bench.measures import Truth
from illuminas.agents.bench.outcome import Outcome, outcomes
from illuminas.agents.bench.points import points
from illuminas.agents.bench.problem import Task
from illuminas.agents.bench.trace import Job, Trace
from illuminas.tools.objectives import get_objective

POINTS = points("nb201")
OBJECTIVES = [get_objective("accuracy"), get_objective("latency:local")]

TASK = Task("table:x/y")


@pytest.fixture
def truth() -> Truth:
    """A cell of every accuracy from 0 to 99 per cent: its code is its accuracy."""
    values = np.full(len(POINTS), np.nan)
    values[:100] = np.arange(100.0)
    return Truth(OBJECTIVES[:1], np.array([values]), np.array([values]))


def found(truth: Truth, runs: dict[tuple[str, str], dict[int, int]], *, task: Task = TASK) -> list[Outcome]:
    """Searches of one evaluation: ``(method, LLM) -> seed -> accuracy``."""
    done = [
        (Job(method, llm, task, seed, 1), Trace(budget=1, codes=(accuracy,), clock=(1.0,), llm=llm))
        for (method, llm), seeds in runs.items()
        for seed, accuracy in seeds.items()
    ]
    return outcomes(done, {task: truth})


@pytest.mark.parametrize(
    ("variant", "verdict"),
    [
        ((70, 52, 88, 61), Verdict.LOWER),
        ((72, 54, 90, 63), Verdict.HIGHER),
        ((70, 54, 88, 63), Verdict.SAME),
        ((71, 53, 89, 62), Verdict.SAME),
        ((10, 53, 89, 62), Verdict.SAME),
    ],
)
def test_the_verdict_follows_from_differences_seed_by_seed(variant: tuple[int, ...], verdict: Verdict) -> None:
    full = np.array([71.0, 53.0, 89.0, 62.0])
    assert difference(np.array(variant), full).verdict is verdict


def test_the_interval_is_students_over_the_paired_differences() -> None:
    told = difference(np.array([11.0, 24.0, 36.0]), np.array([10.0, 20.0, 30.0]))
    # differences 1, 4, 6: mean 11/3, standard deviation sqrt(19/3); t of two degrees of freedom is 4.3027 at 97.5 %
    half = 4.302653 * np.sqrt(19 / 3) / np.sqrt(3)
    assert (told.mean, told.low, told.high) == pytest.approx((11 / 3, 11 / 3 - half, 11 / 3 + half))
    assert told.verdict is Verdict.SAME


def test_one_seed_tells_nothing() -> None:
    told = difference(np.array([10.0]), np.array([90.0]))
    assert (told.mean, told.low, told.high, told.verdict) == (-80.0, None, None, Verdict.SAME)


def test_variants_stand_beside_the_full_mode_with_their_llm_and_that_beside_itself_without_one(truth: Truth) -> None:
    full, worse = {0: 50, 1: 60, 2: 70}, {0: 40, 1: 51, 2: 60}
    outcomes_ = found(
        truth,
        {
            ("llm-nas/full", "none"): full,
            ("llm-nas/full", "tiny"): worse,
            ("llm-nas/no-partition", "none"): worse,
            ("llm-nas/no-partition", "tiny"): full,
            ("illuminas", "none"): full,
            ("random", ""): full,
        },
    )
    without, tiny = ablations(outcomes_, 1)
    assert (without.full.llm, list(without.lacking)) == ("none", ["no-partition"])
    assert (tiny.full.llm, sorted(tiny.lacking)) == ("tiny", ["no-llm", "no-partition"])
    assert {told.differences["test"].verdict for _, told in without.lacking.values()} == {Verdict.LOWER}
    assert {told.differences["test"].verdict for _, told in tiny.lacking.values()} == {Verdict.HIGHER}


def test_only_seeds_that_both_ran_are_compared(truth: Truth) -> None:
    runs = {
        ("llm-nas/full", "none"): {0: 50, 1: 60, 3: 70},
        ("llm-nas/no-partition", "none"): {1: 58, 2: 99, 3: 67},
        ("llm-nas/no-predictor", "none"): {2: 99},
    }
    (only,) = ablations(found(truth, runs), 1)
    assert list(only.lacking) == ["no-partition"]
    told = only.lacking["no-partition"][1]
    assert (told.seeds, told.differences["validation"].mean) == (2, -2.5)


def test_tasks_are_kept_apart(truth: Truth) -> None:
    other = Task("table:x/z")
    here = found(truth, {("llm-nas/full", "none"): {0: 50}})
    there = found(truth, {("llm-nas/no-partition", "none"): {0: 50}}, task=other)
    assert ablations([*here, *there], 1) == []


def test_rows_stay_one_a_method_and_budget_and_carry_the_comparison(truth: Truth) -> None:
    runs = {("llm-nas/full", "none"): {0: 50, 1: 60}, ("llm-nas/no-partition", "none"): {0: 40, 1: 51}}
    made = rows(found(truth, runs), [1, 2])
    assert [(row.method, row.budget) for row in made] == [
        (f"llm-nas/{part} --llm none", budget) for part in ("full", "no-partition") for budget in (1, 2)
    ]
    assert [len(row.ablation) for row in made] == [0, 0, 1, 1]
    assert made[2].ablation[0].full == "llm-nas/full --llm none"
    assert made[2].ablation[0].differences["validation"].mean == -9.5
