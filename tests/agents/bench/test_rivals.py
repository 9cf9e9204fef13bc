"""One contract for every method of the bench, and what tells each from the others."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from illuminas.agents.bench.points import points
from illuminas.agents.bench.problem import BudgetSpent, Oracle, Problem
from illuminas.agents.bench.rivals import RIVALS
from illuminas.agents.bench.rivals.base import Rival
from illuminas.agents.bench.rivals.gaussian_process import GaussianProcess, added_volume
from illuminas.agents.bench.runner import run_rival
from illuminas.agents.bench.trace import Trace
from illuminas.tools.objectives import get_objective

POINTS = points("nb201")
OBJECTIVES = [get_objective("accuracy"), get_objective("latency:local")]

BUDGET = 45
ONE = [name for name, rival in RIVALS.items() if rival.single]

MakeProblem = Callable[..., Problem]


def best(problem: Problem, trace: Trace) -> float:
    return float(problem.values[0, list(trace.codes)].max())


@pytest.fixture(params=list(RIVALS))
def method(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def problem(method: str, make_problem: MakeProblem) -> Problem:
    return make_problem(device=not RIVALS[method].single)


def test_a_method_looks_up_exactly_its_budget_of_distinct_classes(method: str, problem: Problem) -> None:
    trace = run_rival(method, problem, BUDGET, seed=1)
    assert len(trace.codes) == len(trace.clock) == BUDGET
    assert len(set(POINTS.classes[list(trace.codes)])) == BUDGET
    assert list(trace.clock) == sorted(trace.clock)


def test_equal_seeds_give_equal_traces_and_other_seeds_others(method: str, problem: Problem) -> None:
    traces = [run_rival(method, problem, BUDGET, seed=seed).codes for seed in (3, 3, 4)]
    assert traces[0] == traces[1] != traces[2]


def test_a_smaller_budget_is_the_beginning_of_a_larger_one(method: str, problem: Problem) -> None:
    assert run_rival(method, problem, BUDGET, seed=5).codes[:25] == run_rival(method, problem, 25, seed=5).codes


def test_nothing_that_a_method_is_given_holds_a_test_accuracy(method: str, problem: Problem) -> None:
    seen: list[str] = []

    class Watched(Oracle):
        def __getattribute__(self, name: str) -> Any:
            seen.append(name)
            return super().__getattribute__(name)

    oracle = Watched(problem, 30)
    with pytest.raises(BudgetSpent):
        RIVALS[method].search(oracle, np.random.default_rng(0))
    public = {name for name in seen if not name.startswith("_")}
    looked_up = {"evaluate", "gain", "seen", "holds", "open", "look_up", "synflow"}
    assert public <= {*looked_up, "codes", "clock", "free", "points", "objectives"}
    assert not [name for name in {*vars(problem), *vars(oracle)} if "test" in name]


@pytest.mark.parametrize("upside_down", [False, True])
@pytest.mark.parametrize("name", [name for name in ONE if not name.startswith("random")])
def test_a_searcher_beats_random_whichever_way_the_cells_rank(
    name: str, upside_down: bool, make_problem: MakeProblem
) -> None:
    problem = make_problem(upside_down=upside_down)
    found = {
        method: np.mean([best(problem, run_rival(method, problem, 70, seed=seed)) for seed in range(4)])
        for method in (name, "random")
    }
    assert found[name] > found["random"]


def test_a_start_from_synflow_is_better_where_it_ranks_well_and_worse_where_it_misleads(
    make_problem: MakeProblem,
) -> None:
    for upside_down in (False, True):
        problem = make_problem(upside_down=upside_down)
        first = [
            np.mean([problem.values[0, list(run_rival(name, problem, 10, seed).codes)].mean() for seed in range(4)])
            for name in ("gp-synflow", "gp-ucb", "random-synflow", "random")
        ]
        assert (first[0] > first[1]) is (first[2] > first[3]) is not upside_down


def test_methods_made_for_two_objectives_find_fast_cells_too(make_problem: MakeProblem) -> None:
    problem = make_problem(device=True)
    for name in ("nsga2", "gp-hvi", "gp-hvi-free", "map-elites"):
        codes = list(run_rival(name, problem, 60, seed=2).codes)
        front = [c for c in codes if not dominated(c, codes, problem)]
        times = problem.values[1, front]
        assert len(front) >= 6, name
        assert times.max() - times.min() > 0.4 * (problem.values[1].max() - problem.values[1].min()), name


def dominated(code: int, codes: list[int], problem: Problem) -> bool:
    accuracy, latency = problem.values[0], problem.values[1]
    return any(
        accuracy[o] >= accuracy[code]
        and latency[o] <= latency[code]
        and (accuracy[o], latency[o]) != (accuracy[code], latency[code])
        for o in codes
    )


def test_a_method_with_nothing_new_to_ask_stops(make_problem: MakeProblem) -> None:
    few = np.full(len(POINTS), np.nan)
    few[[3, 40, 15_624, 7_000]] = [50.0, 60.0, 70.0, 80.0]
    for name in (*ONE, "nsga2"):
        count = 1 if RIVALS[name].single else 2
        problem = Problem(POINTS, OBJECTIVES[:count], np.array([few] * count), lambda texts: [0.0] * len(texts))
        trace = run_rival(name, problem, 30, 1)
        assert len(trace.codes) <= 4, name
        assert set(trace.codes) <= {3, 40, 15_624, 7_000}, name


def test_nsga2_keeps_to_what_the_table_has(planted_values: np.ndarray) -> None:
    held = np.where(POINTS.genes[:, 0] == 1, planted_values, np.nan)  # a fifth of the cells
    asked: list[int] = []

    class Watched(Oracle):
        def evaluate(self, code: int) -> tuple[float, ...]:
            asked.append(code)
            return super().evaluate(code)

    oracle = Watched(Problem(POINTS, OBJECTIVES, np.array([held, held]), lambda texts: [0.0] * len(texts)), 60)
    with pytest.raises(BudgetSpent):
        RIVALS["nsga2"].search(oracle, np.random.default_rng(0))
    assert np.mean([oracle.holds(code) for code in asked[:20]]) < 0.5, "it begins anywhere"
    assert np.mean([oracle.holds(code) for code in asked[-20:]]) > 0.7


def test_every_method_names_its_paper_and_is_listed_under_its_name() -> None:
    for name, rival in RIVALS.items():
        assert isinstance(rival, Rival)
        assert rival.name == name
        assert any(character.isdigit() for character in rival.paper)


def test_the_gaussian_process_is_the_textbook_s(planted_values: np.ndarray) -> None:
    codes = np.random.default_rng(0).choice(len(POINTS), size=17, replace=False)
    model = GaussianProcess(POINTS)
    for code in codes:
        model.observe(int(code), float(planted_values[code]))
    told = model.predict()
    numbers = POINTS.classes[codes]
    encoded = POINTS.encodings
    scaled = np.sqrt(5.0) * np.sqrt(np.abs(encoded[numbers][:, None] - encoded[None]).sum(axis=2)) / model._scale
    across = (1 + scaled + scaled**2 / 3) * np.exp(-scaled)
    kernel = across[:, numbers] + model._noise * np.eye(len(codes))
    assert told.mean == pytest.approx(across.T @ np.linalg.solve(kernel, model.targets()), abs=1e-8)
    variance = 1 - np.einsum("ij,ij->j", across, np.linalg.solve(kernel, across))
    assert told.std**2 == pytest.approx(np.maximum(variance, 1e-9), abs=1e-8)


def test_added_volume_is_the_area_by_hand() -> None:
    front = np.array([[1.0, 3.0], [2.0, 2.0], [3.0, 1.0], [1.5, 1.5]])  # the last is dominated
    points = np.array([[2.5, 2.5], [1.0, 1.0], [4.0, 4.0], [1.5, 3.5], [4.0, 0.5], [-1.0, 5.0]])
    assert added_volume(front, points, (0.0, 0.0)) == pytest.approx([1.25, 0.0, 10.0, 1.25, 0.5, 0.0])
