"""Training one network in this process."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from pydantic import ValidationError

from illuminas.tools.datasets import Dataset, Split
from illuminas.tools.datasets.changes import Changes
from illuminas.tools.evaluation import Status
from illuminas.tools.evaluation.metrics import Metrics
from illuminas.tools.evaluation.training.recipe import EpochReport, Recipe, TrainingResult
from illuminas.tools.evaluation.training.trainer import train

CELL = "|nor_conv_3x3~0|+|none~0|avg_pool_3x3~1|+|skip_connect~0|nor_conv_1x1~1|skip_connect~2|"
RECIPE = Recipe(epochs=3, batch_size=32)


def three_squares(seed: int = 0, *, labelled: bool = True) -> Dataset:
    """A bright square in one of three places, easily told apart; with random labels where not ``labelled``."""
    rng = np.random.default_rng(seed)

    def split(n: int) -> Split:
        y = np.arange(n) % 3
        x = rng.normal(size=(n, 1, 8, 8)).astype(np.float32)
        for image, label in zip(x, y, strict=True):
            image[0, 2 * label : 2 * label + 3, 2 * label : 2 * label + 3] += 1 + label
        return Split(x, y if labelled else rng.permutation(y))

    return Dataset.of("squares", "abc", split(240), split(150), split(150))


DATASET = three_squares()
FIGURES = Metrics.of(np.eye(3, dtype=np.float32), np.arange(3), "abc")


def accuracies(result: TrainingResult) -> tuple[float | None, float | None]:
    return result.val and result.val.accuracy, result.test and result.test.accuracy


def test_a_network_learns() -> None:
    result = train("nb201", CELL, DATASET, RECIPE, seed=0)
    assert result.status is Status.OK
    assert result.epochs == 3 and not result.stopped_early
    assert result.val is not None and result.val.accuracy > 60
    assert result.test is not None and result.test.accuracy > 60
    assert result.seconds > 0 and result.cpu_seconds > 0


def test_equal_seeds_give_equal_results_and_others_differ() -> None:
    def losses(seed: int) -> list[float]:
        found: list[float] = []
        train("nb201", CELL, DATASET, RECIPE, seed, lambda report: found.append(report.loss))
        return found

    assert losses(5) == losses(5)
    assert losses(5) != losses(6)


def test_the_callers_torch_is_left_as_it_was() -> None:
    torch.manual_seed(1)
    expected = torch.rand(1)
    torch.manual_seed(1)
    threads, deterministic = torch.get_num_threads(), torch.are_deterministic_algorithms_enabled()
    train("nb201", CELL, DATASET, RECIPE, seed=0)
    assert torch.equal(torch.rand(1), expected)
    assert (torch.get_num_threads(), torch.are_deterministic_algorithms_enabled()) == (threads, deterministic)


def test_every_epoch_is_reported() -> None:
    reports: list[EpochReport] = []
    train("nb201", CELL, DATASET, RECIPE, 0, reports.append)
    assert [(report.epoch, report.epochs) for report in reports] == [(1, 3), (2, 3), (3, 3)]
    assert reports[-1].loss < reports[0].loss
    assert reports[-1].train_accuracy > reports[0].train_accuracy


def test_a_hopeless_network_is_stopped_after_a_third_of_its_epochs() -> None:
    hopeless = three_squares(labelled=False)
    recipe = RECIPE.model_copy(update={"epochs": 27, "batch_size": 30, "lr": 1e-9, "lr_scales": 1e-9})
    result = train("nb201", CELL, hopeless, recipe, seed=0)
    assert result.status is Status.OK
    assert (result.epochs, result.stopped_early) == (9, True)
    assert result.reason == "no better than chance after 9 of 27 epochs"


def test_no_network_is_called_hopeless_while_its_rate_has_hardly_risen() -> None:
    still = RECIPE.model_copy(update={"epochs": 3, "lr": 1e-9, "lr_scales": 1e-9})
    assert train("nb201", CELL, three_squares(labelled=False), still, seed=0).epochs == 3


def test_an_image_of_a_rare_class_weighs_more_and_the_mean_weight_is_one() -> None:
    labels = np.array([0] * 90 + [1] * 10)
    weights = Recipe(class_weights=1.0).weights(labels, 2)
    assert weights is not None
    assert weights[1] == pytest.approx(9 * weights[0])
    assert weights[labels].mean() == pytest.approx(1)
    assert Recipe(class_weights=0.0).weights(labels, 2) is None
    assert Recipe(class_weights=1.0).weights(np.arange(100) % 2, 2) is None


def test_weights_of_classes_move_what_is_named_towards_the_rare() -> None:
    rare = np.flatnonzero(DATASET.train.y == 2)[:8]
    kept = np.concatenate([np.flatnonzero(DATASET.train.y != 2), rare])
    noise = Split(np.random.default_rng(0).normal(size=(len(kept), 1, 8, 8)).astype(np.float32), DATASET.train.y[kept])
    blind = Dataset.of("blind", "abc", noise, DATASET.val, DATASET.test)
    recipe = RECIPE.model_copy(update={"epochs": 6, "class_weights": 1.0})
    alike, weighted = (
        train("nb201", CELL, blind, recipe.model_copy(update={"class_weights": power}), 0).val for power in (0.0, 1.0)
    )
    assert alike is not None and weighted is not None
    named = [sum(row[2] for row in each.confusion) for each in (alike, weighted)]
    assert named[1] > named[0]


def test_averaged_weights_are_what_is_measured() -> None:
    still = RECIPE.model_copy(update={"ema": 0.999999})
    averaged, last = (train("nb201", CELL, DATASET, recipe, 0).val for recipe in (still, RECIPE))
    assert averaged is not None and last is not None
    # the average hardly left the untrained network
    assert averaged.accuracy < last.accuracy - 10


def test_a_loss_that_is_no_number_is_a_failure_without_accuracy() -> None:
    result = train("nb201", CELL, DATASET, RECIPE.model_copy(update={"lr": 1e30}), seed=0)
    assert result.status is Status.FAILED
    assert "loss became" in result.reason
    assert accuracies(result) == (None, None)


def test_validation_and_test_images_do_not_touch_training() -> None:
    other = three_squares(seed=9)
    mixed = Dataset.of("mixed", "abc", DATASET.train, other.val, DATASET.test)
    assert train("nb201", CELL, mixed, RECIPE, 0).test == train("nb201", CELL, DATASET, RECIPE, 0).test


def test_a_data_set_smaller_than_a_batch_can_be_trained_on() -> None:
    small = Dataset.of("small", "abc", Split(DATASET.train.x[:9], DATASET.train.y[:9]), DATASET.val, DATASET.test)
    assert train("nb201", CELL, small, RECIPE, 0).status is Status.OK


def test_every_setting_changes_the_fingerprint() -> None:
    changed = {
        "start": "pretrained",
        "epochs": 9,
        "batch_size": 9,
        "lr": 0.9,
        "lr_scales": 0.9,
        "warm_up": 0.9,
        "weight_decay": 0.9,
        "clip": 9,
        "label_smoothing": 0.9,
        "class_weights": 0.9,
        "changes": Changes(flip=True),
        "strength": 0.9,
        "ema": 0.9,
        "scale": "full",
        "hopeless_after": 0.9,
    }
    assert changed.keys() == Recipe.model_fields.keys()
    fingerprints = {Recipe(**{name: value}).fingerprint for name, value in changed.items()}  # type: ignore[arg-type]
    assert len(fingerprints | {Recipe().fingerprint}) == len(changed) + 1
    assert Recipe().fingerprint == Recipe().fingerprint


def test_figures_come_with_success_alone() -> None:
    with pytest.raises(ValidationError, match="no other"):
        TrainingResult(status=Status.TIMEOUT, val=FIGURES, test=FIGURES)
    with pytest.raises(ValidationError, match="no other"):
        TrainingResult(status=Status.OK)
