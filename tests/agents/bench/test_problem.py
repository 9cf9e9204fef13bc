"""Cells as numbers, what a look-up costs, and columns read from tables."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from illuminas.agents.bench import cells
from illuminas.agents.bench.problem import BudgetSpent, Oracle, Problem, Task, load_problem
from illuminas.tools.errors import IlluminasError
from illuminas.tools.spaces import get_space
from illuminas.tools.tables import import_columns

MakeProblem = Callable[..., Problem]


def test_codes_texts_and_classes_agree_with_the_search_space() -> None:
    space = get_space("nb201")
    rng = np.random.default_rng(0)
    for code in rng.choice(cells.CELLS, size=50, replace=False):
        text = cells.texts()[code]
        assert cells.code_of(text) == code
        others = np.flatnonzero(cells.classes() == cells.classes()[code])
        assert {space.parse(cells.texts()[other]).hash for other in others} == {space.parse(text).hash}
    assert len(np.unique(cells.classes())) == len(cells.encodings()) == len(space.reduced()) + 1


def test_neighbours_differ_on_one_edge() -> None:
    genes = np.array(cells.cells())
    for code in (0, 777, 15_624):
        around = cells.neighbours()[code]
        assert len(set(around.tolist())) == 24
        assert ((genes[around] != genes[code]).sum(axis=1) == 1).all()


def test_equal_cells_are_paid_for_once_and_answer_alike(make_problem: MakeProblem) -> None:
    oracle = Oracle(make_problem(), 2)
    twin, other = np.flatnonzero(cells.classes() == np.bincount(cells.classes()[1:]).argmax())[:2]
    answer = oracle.evaluate(int(twin))
    assert oracle.seen(int(other))
    assert oracle.evaluate(int(other)) == answer
    assert oracle.codes == [twin]
    assert int(cells.classes()[twin]) not in cells.classes()[oracle.open()]


def test_one_look_up_too_many_is_refused_and_tells_nothing(make_problem: MakeProblem) -> None:
    oracle = Oracle(make_problem(), 1)
    oracle.evaluate(15_624)
    with pytest.raises(BudgetSpent):
        oracle.evaluate(9_999)
    assert not oracle.seen(9_999)
    oracle.evaluate(15_624)  # known before, so free


def test_a_cell_that_the_table_lacks_is_free_and_as_bad_as_can_be(planted_values: np.ndarray) -> None:
    values = planted_values.copy()
    values[cells.classes() == cells.classes()[15_624]] = np.nan
    latency = np.where(np.isnan(values), np.nan, 2.0)
    oracle = Oracle(Problem(validation=values, latency=latency, scorer=lambda texts: [0.0]), 1)
    assert oracle.evaluate(15_624) == (0.0, 2.0)
    assert oracle.codes == []
    assert 15_624 not in oracle.open()


def test_a_class_answers_with_another_row_where_the_table_lacks_the_very_cell(planted_values: np.ndarray) -> None:
    number = np.bincount(cells.classes()[1:]).argmax()
    first, second = (int(code) for code in np.flatnonzero(cells.classes() == number)[:2])
    values = planted_values.copy()
    values[first] = np.nan
    oracle = Oracle(Problem(validation=values, latency=None, scorer=lambda texts: [0.0]), 1)
    assert oracle.evaluate(first).accuracy == values[second]
    assert oracle.codes == [second]


def test_synflow_is_asked_for_once_and_equal_within_a_class(planted_values: np.ndarray) -> None:
    asked: list[int] = []

    def scorer(texts: object) -> list[float]:
        asked.append(len(texts))  # type: ignore[arg-type]
        return [float(index) for index in range(len(texts))]  # type: ignore[arg-type]

    problem = Problem(validation=planted_values, latency=None, scorer=scorer)
    scores = problem.synflow()
    assert problem.synflow() is scores
    assert asked == [4930]
    for number in (1, 17, 300):
        assert len(set(scores[cells.classes() == number])) == 1


def test_columns_come_from_the_tables_by_code(planted: Path, planted_accuracy: Callable[[str], float]) -> None:
    problem = load_problem(Task("table:planted/toy", "table:planted/chip_ms"))
    assert problem.latency is not None
    for code in (0, 4_321, 15_624):
        assert problem.validation[code] == pytest.approx(planted_accuracy(cells.texts()[code]), abs=1e-3)
        assert problem.latency[code] == pytest.approx(
            1.0 + np.dot([0.0, 0.0, 0.5, 2.0, 0.1], np.bincount(cells.cells()[code], minlength=5)), abs=5e-3
        )
    assert problem.unlisted() == []


def test_a_table_without_some_cells_says_which_the_engine_would_miss(home: Path, tmp_path: Path) -> None:
    lines = ["arch_str,a"] + [f"{text},{50 + code / 1000}" for code, text in enumerate(cells.texts()) if code != 15_624]
    source = tmp_path / "most.csv"
    source.write_text("\n".join(lines))
    import_columns(source, name="most", validation="a", test="a")
    problem = load_problem(Task("table:most/task", "none"))
    assert problem.unlisted() == [cells.texts()[15_624]]
    assert problem.stand_in[15_624] != 15_624


def test_latencies_must_cover_the_data_set(planted: Path, tmp_path: Path) -> None:
    source = tmp_path / "few.csv"
    rows = [f"{text},5{code % 7},1.5" for code, text in enumerate(cells.texts()[:9])]
    source.write_text("\n".join(["arch_str,a,t", *rows]))
    import_columns(source, name="few", validation="a", test="a", latency="t")
    with pytest.raises(IlluminasError, match="no latency for 15616 cells"):
        load_problem(Task("table:planted/toy", "table:few/latency_ms"))
