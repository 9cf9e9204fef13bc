"""The surrogate learns, knows what it does not know, and lets go of what misleads."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from scipy.stats import spearmanr

from illuminas.tools.spaces import Architecture, get_space
from illuminas.tools.surrogate import Surrogate

SPACE = get_space("nb201")
Accuracy = Callable[[str], float]


@pytest.fixture(scope="module")
def cells() -> list[Architecture]:
    rng = np.random.default_rng(0)
    return list({cell.hash: cell for cell in (SPACE.random(rng) for _ in range(500))}.values())[:400]


def groups(cells: list[Architecture], scores: np.ndarray | None = None) -> dict[str, np.ndarray]:
    encoded = [SPACE.encode(cell) for cell in cells]
    found = {name: np.array([each[name] for each in encoded]) for name in encoded[0]}
    return found if scores is None else {**found, "scores": scores[:, None]}


def ranking(inputs: dict[str, np.ndarray], values: np.ndarray, labels: int) -> float:
    """Spearman on the rest of what the first ``labels`` teach."""
    prediction = Surrogate(inputs).fit(range(labels), values[:labels]).predict(range(labels, len(values)))
    return float(spearmanr(prediction.mean, values[labels:]).statistic)


def test_it_ranks_unseen_cells_from_few(cells: list[Architecture], planted_accuracy: Accuracy) -> None:
    values = np.array([planted_accuracy(cell.text) for cell in cells])
    assert ranking(groups(cells), values, 10) > 0.5
    assert ranking(groups(cells), values, 60) > 0.9


def test_good_scores_help_while_labels_are_few(cells: list[Architecture], planted_accuracy: Accuracy) -> None:
    values = np.array([planted_accuracy(cell.text) for cell in cells])
    telling = values + np.random.default_rng(1).normal(size=len(values))
    assert ranking(groups(cells, telling), values, 8) > ranking(groups(cells), values, 8) + 0.05


def test_it_lets_go_of_scores_that_mislead(cells: list[Architecture], planted_accuracy: Accuracy) -> None:
    values = np.array([planted_accuracy(cell.text) for cell in cells])
    shuffled = np.random.default_rng(2).permutation(values)
    assert ranking(groups(cells, shuffled), values, 50) > ranking(groups(cells), values, 50) - 0.03
    assert ranking({"scores": shuffled[:, None]}, values, 50) < 0.3, "alone they are worth nothing"


def test_a_task_that_ranks_cells_the_other_way_round_is_learned_as_well(
    cells: list[Architecture], planted_accuracy: Accuracy
) -> None:
    values = np.array([planted_accuracy(cell.text) for cell in cells])
    assert ranking(groups(cells, scores=values), -values, 30) > 0.9


def test_nine_in_ten_values_lie_in_the_interval_of_ninety_per_cent(
    cells: list[Architecture], planted_accuracy: Accuracy
) -> None:
    rng = np.random.default_rng(3)
    values = np.array([planted_accuracy(cell.text) for cell in cells]) + rng.normal(size=len(cells))
    inside = []
    for labels in (15, 40, 80):
        model = Surrogate(groups(cells)).fit(range(labels), values[:labels])
        prediction = model.predict(range(labels, len(cells)))
        away = np.abs(model.warp(values[labels:]) - prediction.mean) / prediction.std
        inside.append(float((away < 1.645).mean()))
    assert 0.8 < np.mean(inside) < 0.97


def test_it_is_surer_of_what_it_has_seen() -> None:
    rng = np.random.default_rng(0)
    inputs = rng.normal(size=(40, 3))
    inputs[20:] += 10
    model = Surrogate({"graph": inputs}).fit(range(20), inputs[:20, 0])
    std = model.predict(range(40)).std
    assert std[:20].mean() < std[20:].mean()


def test_equal_observations_give_equal_predictions_and_no_error() -> None:
    model = Surrogate({"graph": np.eye(6)}).fit(range(5), np.full(5, 90.0))
    assert model.predict([5]).mean == pytest.approx(90.0)
