"""Random changes of training images."""

from __future__ import annotations

import pytest
import torch

from illuminas.tools.datasets import load_dataset
from illuminas.tools.datasets.changes import PHOTOS, Changes
from illuminas.tools.evaluation.training.augment import augmented
from illuminas.tools.evaluation.training.recipe import Recipe
from illuminas.tools.evaluation.training.trainer import train

ONE = torch.arange(2 * 3 * 5 * 5, dtype=torch.float32).reshape(2, 3, 5, 5)[:1] + 1


def test_nothing_asked_for_changes_nothing_and_draws_nothing() -> None:
    torch.manual_seed(0)
    before = torch.get_rng_state()
    assert torch.equal(augmented(ONE, Changes()), ONE)
    assert torch.equal(torch.get_rng_state(), before)


def test_about_half_of_the_images_are_mirrored_as_wholes() -> None:
    torch.manual_seed(0)
    changed = augmented(ONE.expand(400, -1, -1, -1), Changes(flip=True))
    mirrored = [torch.equal(image, ONE[0].flip(2)) for image in changed]
    assert all(flipped or torch.equal(image, ONE[0]) for flipped, image in zip(mirrored, changed, strict=True))
    assert 150 < sum(mirrored) < 250


def test_images_are_moved_to_every_place_within_reach_and_uncover_zeros() -> None:
    torch.manual_seed(0)
    changed = augmented(ONE.expand(600, -1, -1, -1), Changes(shift=0.4))
    padded = torch.nn.functional.pad(ONE[0], (2, 2, 2, 2))
    places = {(down, right): padded[:, down : down + 5, right : right + 5] for down in range(5) for right in range(5)}
    found = [next(place for place, crop in places.items() if torch.equal(image, crop)) for image in changed]
    assert set(found) == set(places)


def test_training_with_changed_images_repeats_by_seed_and_differs_from_training_without() -> None:
    digits, text = load_dataset("digits"), "conv3 8 | maxpool | conv3 16"
    plain, changed = Recipe(epochs=2), Recipe(epochs=2, changes=Changes(shift=0.125, flip=True))
    losses: list[float] = []
    for recipe in (changed, changed, plain):
        train("code", text, digits, recipe, 0, lambda report: losses.append(report.loss))
    assert losses[:2] == losses[2:4]
    # changed images are harder to learn by heart
    assert losses[1] > losses[5]


@pytest.mark.parametrize("strength", [0.0, 1.0])
def test_crops_colours_and_strength_keep_shape_and_kind_and_change_each_image_by_itself(strength: float) -> None:
    torch.manual_seed(0)
    images = torch.rand(1, 3, 24, 24).expand(16, -1, -1, -1)
    changed = augmented(images, PHOTOS, strength)
    assert changed.shape == images.shape and changed.dtype == images.dtype
    assert torch.isfinite(changed).all()
    assert len({image.sum().item() for image in changed}) == 16


def test_an_image_is_never_mirrored_where_that_makes_another_class() -> None:
    torch.manual_seed(0)
    ramp = torch.arange(24.0).expand(1, 1, 24, 24) - 11.5
    changed = augmented(ramp.expand(200, -1, -1, -1), Changes(crop=0.8), 0.5)
    right, left = changed[..., 12:].sum((1, 2, 3)), changed[..., :12].sum((1, 2, 3))
    assert (right > left).all()
