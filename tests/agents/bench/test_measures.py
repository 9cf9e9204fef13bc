"""The recipe, on fronts that a person can compute, and on the published tables."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from illuminas.agents.bench.measures import Truth, load_truth
from illuminas.agents.bench.outcome import outcomes
from illuminas.agents.bench.points import points
from illuminas.agents.bench.problem import Task
from illuminas.agents.bench.runner import run_job
from illuminas.agents.bench.trace import Foreseen, Job, Proposals, Step, Trace, operator_figures
from illuminas.tools.objectives import get_objective
from illuminas.tools.tables import import_table

POINTS = points("nb201")
OBJECTIVES = [get_objective("accuracy"), get_objective("latency:local")]


def column(*values: float) -> np.ndarray:
    """Values of the first cells; the table lacks the others."""
    made = np.full(len(POINTS), np.nan)
    made[: len(values)] = values
    return made


def judged(validation: np.ndarray, test: np.ndarray, latency: np.ndarray | None = None) -> Truth:
    """A truth of accuracy, and of latency where there is one."""
    rest = [] if latency is None else [latency]
    return Truth(OBJECTIVES[: 1 + len(rest)], np.array([validation, *rest]), np.array([test, *rest]))


@pytest.fixture
def truth() -> Truth:
    """Five cells. By test: 0 (20 %, 1 ms), 1 (60, 2), 2 (100, 5) are the front; 3 (40, 4), 4 (60, 5) are not.

    By validation, 3 is taken for the better one of 1 and 3.
    """
    return judged(column(30, 50, 90, 55, 20), column(20, 60, 100, 40, 60), column(1, 2, 5, 4, 5))


def test_the_incumbent_is_the_first_of_the_best_by_validation_and_test_is_only_told() -> None:
    course = judged(column(50, 60, 60, 40), column(9, 8, 7, 99)).course([0, 3, 2, 1])
    assert course.validation.tolist() == [50, 50, 60, 60]
    assert course.test.tolist() == [9, 9, 7, 7]
    assert course.best_found.tolist() == [False, False, True, True]
    assert course.hv_ratio is None


def test_hypervolumes_and_distances_are_those_computed_by_hand(truth: Truth) -> None:
    assert truth.test_front == [0, 1, 2]
    # normalised over the rows, cell 1 is (accuracy 0.5, latency 0.25): above the worst corner it spans
    # 0.5 * 0.75 = 0.375; cells 0 and 2 lie on the box's edges and span nothing
    everything = truth.quality([0, 1, 2])
    assert everything == pytest.approx((1.0, 0.0, 0.0))
    # cell 3 is (0.25, 0.75): 0.25 * 0.25 = 0.0625 of 0.375; from cells 0 (0, 0), 1 (0.5, 0.25) and 2 (1, 1) it is
    # sqrt(0.25**2 + 0.75**2), sqrt(0.25**2 + 0.5**2) and sqrt(0.75**2 + 0.25**2) away
    alone = truth.quality([3])
    assert alone.hv_ratio == pytest.approx(1 / 6)
    assert alone.igd == pytest.approx((0.790569 + 0.559017 + 0.790569) / 3, abs=1e-6)


def test_the_zoomed_box_starts_at_the_median_test_accuracy() -> None:
    # median test 60; the box is latency 1 to 5 above 60: cell 2 gives 40 * 2 = 80, cell 1 another 20 * 1 (3 to 2 ms)
    truth = judged(column(10, 80, 99, 20, 30), column(20, 80, 100, 60, 30), column(1, 2, 3, 5, 5))
    assert truth.test_front == [0, 1, 2]
    assert truth.quality([2]).hv_zoomed == pytest.approx(80 / 100)
    assert truth.quality([1]).hv_zoomed == pytest.approx(60 / 100)


def test_a_front_is_chosen_by_validation_and_judged_by_test(truth: Truth) -> None:
    assert truth.front([1, 3, 4]) == [1, 3]
    course = truth.course([3, 4, 1, 0, 2])
    assert course.hv_ratio == pytest.approx([1 / 6, 1 / 6, 1.0, 1.0, 1.0])
    assert course.igd is not None
    assert course.igd[-1] == pytest.approx(truth.quality(truth.front([0, 1, 2, 3, 4])).igd)


def test_measures_along_a_search_equal_those_of_each_beginning(truth: Truth) -> None:
    order = [4, 3, 0, 2, 1]
    course = truth.course(order)
    assert course.hv_ratio is not None
    for count in range(1, 6):
        assert course.hv_ratio[count - 1] == pytest.approx(truth.quality(truth.front(order[:count])).hv_ratio)


def test_the_ceiling_is_the_choice_by_validation_from_the_whole_table(truth: Truth) -> None:
    ceiling = truth.ceiling()
    assert (ceiling.validation[0], ceiling.test[0]) == (90, 100)
    assert ceiling.hv_ratio is not None
    assert ceiling.hv_ratio[0] == pytest.approx(truth.quality([0, 1, 3, 2]).hv_ratio)


TASK = Task("table:x/y")


def job(seed: int, method: str = "random") -> Job:
    return Job(method, "none" if method == "illuminas" else "", TASK, seed, 4)


def test_rows_are_means_over_seeds_and_a_search_that_ran_dry_stays_at_its_last() -> None:
    truth = judged(column(10, 20, 30, 40), column(1, 2, 3, 4))
    done = [
        (job(0), Trace(budget=4, codes=(0, 1, 2, 3), clock=(1.0, 2.0, 3.0, 4.0))),
        (job(1), Trace(budget=4, codes=(1, 0), clock=(1.0, 2.0))),
    ]
    (outcome,) = outcomes(done, {TASK: truth})
    row = outcome.row(3)
    assert (row.method, row.llm, row.seeds, row.budget) == ("random", None, 2, 3)
    assert (row.val_mean, row.test_mean) == (25.0, 2.5)
    assert row.val_std == pytest.approx(np.std([30, 20], ddof=1))
    assert row.seconds == 2.5
    assert row.evaluations_per_second == pytest.approx(5 / 5)
    assert (outcome.row(2).best_found, outcome.row(4).best_found) == (0.0, 0.5)
    curve = outcome.curve("validation", 4)
    assert curve.mean.tolist() == [15, 20, 25, 30]
    assert curve.high[3] == pytest.approx(30 + 1.96 * np.std([40, 20], ddof=1) / np.sqrt(2))


def foreseeing(seed: int, *expected: float, budget: int = 2) -> tuple[Job, Trace]:
    """A search that evaluated cells 4 and 5 and foresees others, from cell 0 on."""
    foreseen = Foreseen(labels=2 + seed, codes=tuple(range(len(expected))), expected=expected)
    trace = Trace(budget=budget, codes=(4, 5), clock=(1.0, 2.0), llm="none", foreseen=foreseen)
    return job(seed, "illuminas")._replace(budget=budget), trace


def test_what_was_foreseen_is_judged_by_its_order_among_validation_accuracies() -> None:
    truth = judged(column(10, 20, 30, 99, 5, 6), column(9, 8, 7, 6, 5, 4))
    (right,) = outcomes([foreseeing(0, 1, 2, 3, 4)], {TASK: truth})
    assert right.row(2).predictor_spearman == pytest.approx(1.0), "of ranks, and not of test accuracies"
    # ranks 1 2 3 4 against 2 1 3 4: 1 - 6 * 2 / (4 * 15) = 0.8; the mean of that and of -1 is -0.1
    (both,) = outcomes([foreseeing(0, 2, 1, 3, 4), foreseeing(1, 9, 8, 7)], {TASK: truth})
    row = both.row(2)
    assert row.predictor_spearman == pytest.approx(-0.1)
    assert (row.predictor_labels, row.predictor_cells) == (2.5, 3.5)


def test_what_was_foreseen_is_known_only_where_a_predictor_had_spent_the_whole_budget() -> None:
    truth = judged(column(10, 20, 30, 99, 5, 6), column(9, 8, 7, 6, 5, 4))
    (engine,) = outcomes([foreseeing(0, 1, 2, 3, 4)], {TASK: truth})
    assert engine.row(1).predictor_spearman is None
    assert engine.row(1).predictor_labels is None
    (rival,) = outcomes([(job(0), Trace(budget=2, codes=(4, 5), clock=(1.0, 2.0)))], {TASK: truth})
    assert (rival.row(2).predictor_spearman, rival.row(2).predictor_cells) == (None, None)
    (flat,) = outcomes([foreseeing(0, 7, 7, 7, 7)], {TASK: truth})
    assert (flat.row(2).predictor_spearman, flat.row(2).predictor_cells) == (None, 4)


def test_operators_are_counted_over_the_beginning_that_a_budget_pays_for() -> None:
    trace = Trace(
        budget=4,
        codes=(0, 1, 2, 3),
        clock=(1, 2, 3, 4),
        llm="none",
        steps=(
            Step(operator="random", gain=None, elite=True),
            Step(operator="random", gain=-2.0, elite=False),
            Step(operator="mutate", gain=3.0, elite=True),
            Step(operator="mutate", gain=1.0, elite=True),
        ),
        proposals=(
            Proposals(before=0, operator="random", count=6),
            Proposals(before=2, operator="mutate", count=4),
            Proposals(before=2, operator="random", count=2),
        ),
    )
    half, whole = operator_figures([trace], 2), operator_figures([trace, trace], 4)
    assert set(half) == {"random"}
    assert (half["random"].proposed, half["random"].evaluated, half["random"].mean_gain) == (6, 2, -2.0)
    assert (whole["mutate"].proposed, whole["mutate"].share_evaluated, whole["mutate"].mean_gain) == (8, 0.5, 2.0)
    assert (whole["mutate"].elites, whole["random"].elites) == (4, 2)


def test_random_search_on_the_published_tables_measures_as_was_measured_elsewhere(
    tables_folder: Path, home: Path
) -> None:
    """Means of many seeds at 50 and 200 evaluations, computed before this code by others; their noise allowed for."""
    for name in ("nb201_accuracy", "nb201_latency"):
        import_table(tables_folder / f"{name}.parquet")
    task = Task.on("table:nb201_accuracy/c10", "table:nb201_latency/pixel3")
    done = [(each, run_job(each)) for each in (Job("random", "", task, seed, 200) for seed in range(40))]
    (outcome,) = outcomes(done, {task: load_truth(task)})
    early, late = outcome.row(50), outcome.row(200)
    assert (early.test_mean, late.test_mean) == pytest.approx((93.62, 93.90), abs=0.15)
    assert (early.hv_ratio, late.hv_ratio) == pytest.approx((0.967, 0.984), abs=0.012)
    assert (early.hv_zoomed, late.hv_zoomed) == pytest.approx((0.702, 0.825), abs=0.03)
    assert (early.igd, late.igd) == pytest.approx((0.044, 0.024), abs=0.008)
