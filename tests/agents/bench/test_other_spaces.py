"""The bench on spaces other than NAS-Bench-201's, and on three objectives."""

from __future__ import annotations

import numpy as np
import pytest

from illuminas.agents.bench.measures import Truth
from illuminas.agents.bench.points import Points, points
from illuminas.agents.bench.problem import Oracle, Problem
from illuminas.agents.bench.rivals import RIVALS
from illuminas.agents.bench.runner import run_rival
from illuminas.tools.errors import IlluminasError
from illuminas.tools.objectives import get_objective

SPACES = ("nbmacro", "transnas_macro")
OBJECTIVES = [get_objective(name) for name in ("accuracy", "latency:local", "energy:table:made/up_mj")]


def made_up(space: str, count: int) -> Problem:
    """Accuracy, latency and energy that follow from the choices, each in its own way; equal within a class."""
    where = points(space)
    encoded = where.encodings[where.classes]
    weights = np.random.default_rng(0).normal(size=(encoded.shape[1], 3))
    values = 50.0 + (encoded @ weights).T
    return Problem(where, OBJECTIVES[:count], values[:count], lambda texts: [0.0] * len(texts))


@pytest.mark.parametrize("space", SPACES)
def test_the_combinations_of_a_space_lead_to_all_its_architectures(space: str) -> None:
    where = points(space)
    reduced = {each.hash for each in where.space.reduced()}
    assert {where.architecture(code).hash for code in np.flatnonzero(where.legal)} == reduced
    assert where.count == len(where.encodings) == len({where.architecture(code).hash for code in range(len(where))})
    for architecture in where.space.sample(np.random.default_rng(0), 20):
        assert where.architecture(where.code_of(architecture.text)).hash == architecture.hash


@pytest.mark.parametrize("space", SPACES)
def test_neighbours_differ_in_one_choice_and_what_that_makes_live(space: str) -> None:
    where = points(space)
    for code in np.random.default_rng(1).choice(len(where), size=20, replace=False):
        for other in where.neighbours(int(code)):
            assert 1 <= changed(where, int(code), int(other)) <= 1 + dependants(where)


def changed(where: Points, left: int, right: int) -> int:
    return int((where.genes[left] != where.genes[right]).sum())


def dependants(where: Points) -> int:
    return sum(choice.needs is not None for choice in where.space.genotype.choices)


@pytest.mark.parametrize("space", SPACES)
@pytest.mark.parametrize("count", [1, 2, 3])
def test_every_method_that_fits_looks_up_its_budget_of_distinct_classes(space: str, count: int) -> None:
    problem = made_up(space, count)
    where = problem.points
    fitting = [name for name, rival in RIVALS.items() if not rival.misfit(where.space, problem.objectives)]
    assert {"random", "local-search", "evolution", "map-elites", "gp-ucb"} <= set(fitting)
    assert ("nsga2" in fitting) is (count > 1)
    for name in fitting:
        trace = run_rival(name, problem, 30, seed=1)
        assert len(set(where.classes[list(trace.codes)])) == len(trace.codes) == 30, name


def test_a_method_says_why_it_does_not_fit() -> None:
    space = points("nbmacro").space
    assert "builds none" in RIVALS["gp-synflow"].misfit(space, OBJECTIVES[:1])
    assert "two objectives, and there are 3" in RIVALS["gp-hvi"].misfit(space, OBJECTIVES)
    assert "takes an evaluation" in RIVALS["gp-hvi-free"].misfit(space, [OBJECTIVES[1], OBJECTIVES[0]])
    assert RIVALS["nsga2"].misfit(space, OBJECTIVES) == ""


def test_a_searcher_of_three_objectives_finds_a_larger_front_than_chance() -> None:
    problem = made_up("nbmacro", 3)
    truth = Truth(problem.objectives, problem.values, problem.values)
    found = {
        name: np.mean(
            [truth.quality(truth.front(run_rival(name, problem, 100, seed).codes)).hv_ratio for seed in range(4)]
        )
        for name in ("nsga2", "random")
    }
    assert found["random"] < found["nsga2"] <= 1.0


def test_what_a_device_cannot_run_is_free_and_as_bad_as_can_be() -> None:
    problem = made_up("nbmacro", 2)
    values = problem.values.copy()
    number = problem.points.classes[1_000]
    values[1, problem.points.classes == number] = np.nan
    partly = Problem(problem.points, OBJECTIVES[:2], values, lambda texts: [0.0])
    oracle = Oracle(partly, 3)
    assert oracle.evaluate(1_000) == (np.nanmin(values[0, partly.rows]), np.nanmax(values[1]))
    assert oracle.codes == []
    assert number not in problem.points.classes[oracle.open()]


def test_a_hypervolume_of_three_objectives_is_that_computed_by_hand() -> None:
    # normalised, each better upwards: the box of every architecture above the worst corner, by its three sides
    gains = np.array([[0.0, 0.5, 1.0, 0.25], [0.0, 0.5, 0.25, 1.0], [0.0, 0.5, 0.5, 0.5]])
    values = np.full((3, len(points("nbmacro"))), np.nan)
    values[:, :4] = gains * np.array([[1.0], [-1.0], [-1.0]])
    values[2, 0], values[2, 2] = 0.0, -1.0
    truth = Truth(OBJECTIVES, values, values)
    assert sorted(truth.test_front) == [1, 2, 3]
    # 0.125 by the first alone; the second adds 1 x 0.25 x 1 less what both hold, the third 0.25 x 1 x 0.5 likewise
    whole = 0.125 + (0.25 - 0.5 * 0.25 * 0.5) + (0.125 - 0.25 * 0.5 * 0.5 - 0.25 * 0.25 * 0.5 + 0.25 * 0.25 * 0.5)
    assert truth.quality([1]).hv_ratio == pytest.approx(0.125 / whole)


def test_a_space_without_a_list_is_refused() -> None:
    with pytest.raises(IlluminasError, match="code has no such list"):
        points("code")
