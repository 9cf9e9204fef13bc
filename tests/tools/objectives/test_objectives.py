"""Objectives by name, their bounds, and fronts of any number of them."""

from __future__ import annotations

import numpy as np
import pytest

from illuminas.tools.errors import IlluminasError
from illuminas.tools.objectives import (
    ACCURACY,
    Constraint,
    Objective,
    default_objectives,
    get_objective,
    hypervolume,
    kind_of_column,
    pareto_front,
    parse_constraint,
)

LATENCY = get_objective("latency:local")
ENERGY = get_objective("energy:table:costs/chip_mj")
REFERENCE = {"accuracy": 10.0, LATENCY.name: 20.0, ENERGY.name: 50.0}


def test_a_name_tells_unit_direction_and_source() -> None:
    assert (LATENCY.unit, LATENCY.direction, LATENCY.source, LATENCY.device) == ("ms", "min", "device", "local")
    assert (ENERGY.unit, ENERGY.words, ENERGY.device) == ("mJ", "energy on chip_mj", "table:costs/chip_mj")
    assert get_objective("flops") == get_objective("macs")
    assert get_objective("params").text(1_073_466, 4) == "1073 k parameters"
    assert [ACCURACY.of().cell(value) for value in (83.8, 100.0)] == ["83.80", "100.0"]
    assert get_objective("params").cell(12_345_678) == "12346"


@pytest.mark.parametrize(
    ("name", "says"), [("acuracy", "accuracy"), ("latency", "latency:local"), ("params:local", "every device")]
)
def test_a_name_that_is_none_is_answered_with_what_would_be_one(name: str, says: str) -> None:
    with pytest.raises(IlluminasError, match=says):
        get_objective(name)


def test_a_declared_objective_needs_no_kind() -> None:
    noise = Objective(name="snr", unit="dB", direction="max", source="evaluation")
    assert get_objective("snr", [noise]) is noise
    assert noise.text(3.14159) == "3.14 dB"


def test_a_search_without_objectives_takes_accuracy_and_its_devices_latency() -> None:
    assert default_objectives("none") == ("accuracy",)
    assert default_objectives("table:a/b") == ("accuracy", "latency:table:a/b")


def test_a_columns_name_tells_its_kind() -> None:
    kinds = [kind_of_column(name) for name in ("edgegpu_mj", "c10_pixel3_latency", "eyeriss_energy", "c10_val")]
    assert [kind and kind.name for kind in kinds] == ["energy", "latency", "energy", None]


def test_a_constraint_holds_within_its_bounds() -> None:
    assert parse_constraint("latency <= 5") == Constraint(objective="latency", most=5.0)
    bound = parse_constraint("latency:table:a/b>=1e-1")
    assert bound == Constraint(objective="latency:table:a/b", least=0.1)
    assert bound.holds(0.1)
    assert not bound.holds(0.09)
    assert Constraint(objective=LATENCY.name, most=5).words(LATENCY) == "latency of at most 5 ms"
    with pytest.raises(IlluminasError, match="latency<=5"):
        parse_constraint("latency<5")
    with pytest.raises(IlluminasError, match="latency<=5"):
        parse_constraint("latency<=1.2.3")


def test_a_front_holds_what_nothing_dominates_in_each_objectives_direction() -> None:
    vectors = {"a": (90.0, 5.0), "b": (80.0, 2.0), "c": (80.0, 5.0), "d": (90.0, 5.0)}
    front = pareto_front(vectors, (ACCURACY.of(), LATENCY))
    assert list(front) == ["b", "a"], "the fastest first, and of equal ones the first by hash"


def test_a_third_objective_keeps_what_two_would_drop() -> None:
    vectors = {"a": (90.0, 5.0, 9.0), "b": (80.0, 6.0, 1.0)}
    assert list(pareto_front({each: v[:2] for each, v in vectors.items()}, (ACCURACY.of(), LATENCY))) == ["a"]
    assert set(pareto_front(vectors, (ACCURACY.of(), LATENCY, ENERGY))) == {"a", "b"}


def test_hypervolume_is_the_share_of_the_box_that_a_front_dominates() -> None:
    objectives = (ACCURACY.of(), LATENCY, ENERGY)
    rng = np.random.default_rng(0)
    points = np.column_stack([rng.uniform(10, 100, 8), rng.uniform(0, 20, 8), rng.uniform(0, 50, 8)])
    draws = np.column_stack([rng.uniform(10, 100, 200_000), rng.uniform(0, 20, 200_000), rng.uniform(0, 50, 200_000)])
    below = [(draws[:, 0] <= a) & (draws[:, 1] >= ms) & (draws[:, 2] >= mj) for a, ms, mj in points]
    share = np.logical_or.reduce(below).mean()
    assert hypervolume([tuple(p) for p in points.tolist()], objectives, REFERENCE) == pytest.approx(share, abs=0.01)


def test_hypervolume_needs_a_worst_value_and_an_ideal() -> None:
    open_ended = Objective(name="snr", direction="max", source="evaluation")
    assert hypervolume([(1.0, 2.0)], (open_ended, LATENCY), REFERENCE) is None
    assert hypervolume([], (ACCURACY.of(), LATENCY), REFERENCE) == 0.0


def test_a_heading_names_the_unit_once() -> None:
    assert get_objective("params").heading == "number of parameters, k"
    assert get_objective("accuracy").heading == "validation accuracy, %"
    assert get_objective("latency:table:made/chip_ms").heading == "latency on chip_ms, ms"
