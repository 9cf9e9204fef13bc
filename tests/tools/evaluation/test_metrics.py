"""Figures of a classifier on a split."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binomtest
from sklearn.metrics import balanced_accuracy_score, f1_score, precision_recall_fscore_support, top_k_accuracy_score

from illuminas.tools.errors import IlluminasError
from illuminas.tools.evaluation.metrics import Metrics, chance, wilson
from illuminas.tools.objectives import ACCURACY, BALANCED_ACCURACY, MACRO_F1, METRICS, TOP5


def skewed(classes: int = 7, count: int = 400, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Logits that are often right, of classes each half as common as the one before."""
    rng = np.random.default_rng(seed)
    shares = 0.5 ** np.arange(classes)
    y = rng.choice(classes, size=count, p=shares / shares.sum())
    y[:classes] = np.arange(classes)
    return rng.normal(size=(count, classes)) + 1.5 * np.eye(classes)[y], y


def names(count: int) -> list[str]:
    return [f"kind {place}" for place in range(count)]


def test_figures_agree_with_scikit_learn() -> None:
    logits, y = skewed()
    found, predicted = Metrics.of(logits, y, names(7)), logits.argmax(1)
    assert found.objectives == pytest.approx(
        {
            ACCURACY.name: 100 * (predicted == y).mean(),
            BALANCED_ACCURACY.name: 100 * balanced_accuracy_score(y, predicted),
            MACRO_F1.name: 100 * f1_score(y, predicted, average="macro"),
            TOP5.name: 100 * top_k_accuracy_score(y, logits, k=5),
        }
    )
    told = [(each.precision, each.recall, each.f1, each.support) for each in found.classes]
    expected = precision_recall_fscore_support(y, predicted)
    assert np.array(told) == pytest.approx(np.array(expected).T * [100, 100, 100, 1])
    assert np.array(found.confusion).sum() == len(y)
    assert found.confusion[1][2] == ((y == 1) & (predicted == 2)).sum()


def test_every_metric_that_a_search_can_choose_is_measured_where_it_says_something() -> None:
    logits, y = skewed(6)
    assert set(Metrics.of(logits, y, names(6)).objectives) == set(chance(6)) == set(METRICS)
    logits, y = skewed(5)
    found = Metrics.of(logits, y, names(5))
    assert found.top5 is None
    assert set(found.objectives) == set(chance(5)) == set(METRICS) - {TOP5.name}


@pytest.mark.parametrize("classes", [2, 10])
def test_chance_is_what_naming_one_class_always_reaches(classes: int) -> None:
    y = np.arange(20 * classes) % classes
    logits = np.zeros((len(y), classes))
    logits[:, 0] = 1
    # five classes of ten are named, whichever they are
    logits[:, :5] += np.linspace(0.5, 0, 5)[:classes]
    assert Metrics.of(logits, y, names(classes)).objectives == pytest.approx(chance(classes))


@pytest.mark.parametrize(("right", "count"), [(0, 30), (17, 30), (30, 30), (1, 2)])
def test_intervals_of_counts_are_wilsons(right: int, count: int) -> None:
    expected = binomtest(right, count).proportion_ci(method="wilson")
    found = wilson(right, count)
    assert (found.low, found.high) == pytest.approx((100 * expected.low, 100 * expected.high), abs=1e-4)


def test_bootstrap_intervals_hold_the_truth_about_as_often_as_they_say() -> None:
    truth = Metrics.of(*skewed(count=200_000, seed=99), names(7)).objectives
    held = {BALANCED_ACCURACY.name: 0, MACRO_F1.name: 0}
    for seed in range(60):
        found = Metrics.of(*skewed(count=300, seed=seed), names(7)).intervals
        for name in held:
            held[name] += found[name].low <= truth[name] <= found[name].high
    assert all(count >= 50 for count in held.values()), held


def test_intervals_hold_their_figure_and_follow_the_seed() -> None:
    logits, y = skewed()
    found = Metrics.of(logits, y, names(7))
    for name, value in found.objectives.items():
        assert found.intervals[name].low <= value <= found.intervals[name].high
    assert Metrics.of(logits, y, names(7)) == found
    assert Metrics.of(logits, y, names(7), seed=1).intervals != found.intervals


def test_calibration_is_how_far_confidence_is_from_accuracy() -> None:
    y = np.arange(100) % 2
    sure = np.where(np.eye(2)[y] > 0, 20.0, -20.0)
    assert Metrics.of(sure, y, names(2)).ece == pytest.approx(0, abs=1e-6)
    half_wrong = sure.copy()
    half_wrong[:50] *= -1
    assert Metrics.of(half_wrong, y, names(2)).ece == pytest.approx(0.5)


def test_a_class_without_images_counts_nowhere() -> None:
    y = np.array([0, 0, 1, 1])
    found = Metrics.of(np.eye(3)[y], y, names(3))
    assert found.balanced_accuracy == found.macro_f1 == 100
    assert found.classes[2].recall is None and found.classes[2].precision is None


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(IlluminasError, match=r"expected logits \(4, 3\)"):
        Metrics.of(np.zeros((4, 2)), np.zeros(4, dtype=np.int64), names(3))
    with pytest.raises(IlluminasError, match="finite"):
        Metrics.of(np.full((4, 3), np.nan), np.zeros(4, dtype=np.int64), names(3))
