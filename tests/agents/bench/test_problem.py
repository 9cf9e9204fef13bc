"""Cells as numbers, what a look-up costs, and columns read from tables."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from illuminas.agents.bench.points import points
from illuminas.agents.bench.problem import BudgetSpent, Oracle, Problem, Task, load_problem
from illuminas.tools.errors import IlluminasError
from illuminas.tools.objectives import get_objective
from illuminas.tools.spaces import get_space
from illuminas.tools.tables import import_columns

POINTS = points("nb201")
OBJECTIVES = [get_objective("accuracy"), get_objective("latency:local")]

MakeProblem = Callable[..., Problem]


def test_codes_texts_and_classes_agree_with_the_search_space() -> None:
    space = get_space("nb201")
    rng = np.random.default_rng(0)
    for code in rng.choice(len(POINTS), size=50, replace=False):
        text = POINTS.texts[code]
        assert POINTS.code_of(text) == code
        others = np.flatnonzero(POINTS.classes == POINTS.classes[code])
        assert {space.parse(POINTS.texts[other]).hash for other in others} == {space.parse(text).hash}
    assert len(np.unique(POINTS.classes)) == POINTS.count == len(POINTS.encodings) == len(space.reduced()) + 1


def test_neighbours_differ_on_one_edge() -> None:
    genes = np.array(POINTS.genes)
    for code in (0, 777, 15_624):
        around = POINTS.neighbours(code)
        assert len(set(around.tolist())) == 24
        assert ((genes[around] != genes[code]).sum(axis=1) == 1).all()


def test_equal_cells_are_paid_for_once_and_answer_alike(make_problem: MakeProblem) -> None:
    oracle = Oracle(make_problem(), 2)
    twin, other = np.flatnonzero(POINTS.classes == np.bincount(POINTS.classes[1:]).argmax())[:2]
    answer = oracle.evaluate(int(twin))
    assert oracle.seen(int(other))
    assert oracle.evaluate(int(other)) == answer
    assert oracle.codes == [twin]
    assert int(POINTS.classes[twin]) not in POINTS.classes[oracle.open()]


def test_one_look_up_too_many_is_refused_and_tells_nothing(make_problem: MakeProblem) -> None:
    oracle = Oracle(make_problem(), 1)
    oracle.evaluate(15_624)
    with pytest.raises(BudgetSpent):
        oracle.evaluate(9_999)
    assert not oracle.seen(9_999)
    oracle.evaluate(15_624)  # known before, so free


def test_a_cell_that_the_table_lacks_is_free_and_as_bad_as_can_be(planted_values: np.ndarray) -> None:
    values = planted_values.copy()
    values[POINTS.classes == POINTS.classes[15_624]] = np.nan
    latency = np.where(np.isnan(values), np.nan, 2.0)
    oracle = Oracle(Problem(POINTS, OBJECTIVES, np.array([values, latency]), lambda texts: [0.0]), 1)
    assert oracle.evaluate(15_624) == (np.nanmin(values), 2.0)
    assert oracle.codes == []
    assert 15_624 not in oracle.open()


def test_a_class_answers_with_another_row_where_the_table_lacks_the_very_cell(planted_values: np.ndarray) -> None:
    number = np.bincount(POINTS.classes[1:]).argmax()
    first, second = (int(code) for code in np.flatnonzero(POINTS.classes == number)[:2])
    values = planted_values.copy()
    values[first] = np.nan
    oracle = Oracle(Problem(POINTS, OBJECTIVES[:1], np.array([values]), lambda texts: [0.0]), 1)
    assert oracle.evaluate(first) == (values[second],)
    assert oracle.codes == [second]


def test_synflow_is_asked_for_once_and_equal_within_a_class(planted_values: np.ndarray) -> None:
    asked: list[int] = []

    def scorer(texts: object) -> list[float]:
        asked.append(len(texts))  # type: ignore[arg-type]
        return [float(index) for index in range(len(texts))]  # type: ignore[arg-type]

    problem = Problem(POINTS, OBJECTIVES[:1], np.array([planted_values]), scorer)
    scores = problem.synflow()
    assert problem.synflow() is scores
    assert asked == [4930]
    for number in (1, 17, 300):
        assert len(set(scores[POINTS.classes == number])) == 1


def test_columns_come_from_the_tables_by_code(planted: Path, planted_accuracy: Callable[[str], float]) -> None:
    problem = load_problem(Task.on("table:planted/toy", "table:planted/chip_ms"))
    for code in (0, 4_321, 15_624):
        assert problem.values[0, code] == pytest.approx(planted_accuracy(POINTS.texts[code]), abs=1e-3)
        assert problem.values[1, code] == pytest.approx(
            1.0 + np.dot([0.0, 0.0, 0.5, 2.0, 0.1], np.bincount(POINTS.genes[code], minlength=5)), abs=5e-3
        )
    assert problem.unlisted() == []


def test_a_table_without_some_cells_says_which_the_engine_would_miss(home: Path, tmp_path: Path) -> None:
    lines = ["arch_str,a"] + [f"{text},{50 + code / 1000}" for code, text in enumerate(POINTS.texts) if code != 15_624]
    source = tmp_path / "most.csv"
    source.write_text("\n".join(lines))
    import_columns(source, name="most", validation="a", test="a")
    problem = load_problem(Task("table:most/task"))
    assert problem.unlisted() == [POINTS.texts[15_624]]
    assert problem.stand_in[15_624] != 15_624


def test_latencies_must_cover_the_data_set(planted: Path, tmp_path: Path) -> None:
    source = tmp_path / "few.csv"
    rows = [f"{text},5{code % 7},1.5" for code, text in enumerate(POINTS.texts[:9])]
    source.write_text("\n".join(["arch_str,a,t", *rows]))
    import_columns(source, name="few", validation="a", test="a", latency="t")
    with pytest.raises(IlluminasError, match="no latency for 15616 architectures"):
        load_problem(Task.on("table:planted/toy", "table:few/latency_ms"))
