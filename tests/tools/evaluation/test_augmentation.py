"""Random changes of training images."""

from __future__ import annotations

import torch

from illuminas.tools.datasets import load_dataset
from illuminas.tools.evaluation.training.recipe import Recipe
from illuminas.tools.evaluation.training.trainer import augmented, train

ONE = torch.arange(2 * 3 * 5 * 5, dtype=torch.float32).reshape(2, 3, 5, 5)[:1] + 1


def test_nothing_asked_for_changes_nothing_and_draws_nothing() -> None:
    torch.manual_seed(0)
    before = torch.get_rng_state()
    assert torch.equal(augmented(ONE, shift=0, flip=False), ONE)
    assert torch.equal(torch.get_rng_state(), before)


def test_about_half_of_the_images_are_mirrored_as_wholes() -> None:
    torch.manual_seed(0)
    changed = augmented(ONE.expand(400, -1, -1, -1), shift=0, flip=True)
    mirrored = [torch.equal(image, ONE[0].flip(2)) for image in changed]
    assert all(flipped or torch.equal(image, ONE[0]) for flipped, image in zip(mirrored, changed, strict=True))
    assert 150 < sum(mirrored) < 250


def test_images_are_moved_to_every_place_within_reach_and_uncover_zeros() -> None:
    torch.manual_seed(0)
    changed = augmented(ONE.expand(600, -1, -1, -1), shift=2, flip=False)
    padded = torch.nn.functional.pad(ONE[0], (2, 2, 2, 2))
    places = {(down, right): padded[:, down : down + 5, right : right + 5] for down in range(5) for right in range(5)}
    found = [next(place for place, crop in places.items() if torch.equal(image, crop)) for image in changed]
    assert set(found) == set(places)


def test_training_with_changed_images_repeats_by_seed_and_differs_from_training_without() -> None:
    digits, text = load_dataset("digits"), "conv3 8 | maxpool | conv3 16"
    plain, changed = Recipe(epochs=2), Recipe(epochs=2, shift=1, flip=True)
    losses: list[float] = []
    for recipe in (changed, changed, plain):
        train("code", text, digits, recipe, 0, lambda report: losses.append(report.loss))
    assert losses[:2] == losses[2:4]
    # changed images are harder to learn by heart
    assert losses[1] > losses[5]
