"""Tasks: what a dataset's name stands for, images to train on or a table to look up."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING

from illuminas.tools.errors import IlluminasError
from illuminas.tools.evaluation.evaluators import FULL, is_evaluator, load_evaluator
from illuminas.tools.messages import TaskDescription
from illuminas.tools.objectives import ACCURACY
from illuminas.tools.spaces.base import NetworkShape, SearchSpace
from illuminas.tools.tables import open_table, parse_reference

if TYPE_CHECKING:
    from illuminas.tools.datasets import Dataset
    from illuminas.tools.evaluation.training.recipe import Recipe

TABLE = "table"
"""Fidelity of a table look-up."""
PROXIES = ("synflow", "nwot")
"""Zero-cost scores that a search sees: they rank well together and cost little."""
COUNTED = ("flops",)
"""Those that a search sees in a space that builds no networks."""


def is_table(dataset: str) -> bool:
    """Whether a dataset or device is a look-up."""
    return dataset.startswith("table:")


def has_images(dataset: str) -> bool:
    """Whether networks are trained on it: it is neither a table nor an evaluator of one's own."""
    return not is_table(dataset) and not is_evaluator(dataset)


@cache
def open_dataset(name: str) -> Dataset:
    """The images of that name, loaded once a process."""
    from illuminas.tools.datasets import load_dataset

    return load_dataset(name)


def recipe_for(fidelity: str, dataset: Dataset, space: SearchSpace) -> Recipe:
    """The training of a fidelity ``train:EPOCHS``, with the changes of images that the data set allows.

    Networks of a space that has pretrained weights begin with them where their file was pulled.
    """
    from illuminas.tools.evaluation.training.recipe import Recipe
    from illuminas.tools.models import find

    kind, _, epochs = fidelity.partition(":")
    if kind != "train" or not epochs.isdigit() or int(epochs) < 1:
        raise IlluminasError(f"unknown fidelity {fidelity!r}: expected 'table' or 'train:EPOCHS'.")
    inherits = space.weights_name is not None and find(space.weights_name) is not None
    return (Recipe.gentle if inherits else Recipe)(epochs=int(epochs), changes=dataset.changes)


def check_space(space: SearchSpace, dataset: str) -> None:
    """Refuse a data set on which architectures of a space cannot be measured.

    Raises:
        IlluminasError: a table of another space, or images for a space that builds no networks.
    """
    if is_table(dataset):
        lists = open_table(parse_reference(dataset).name).info.space
        if lists != space.name:
            raise IlluminasError(f"{dataset} lists architectures of {lists}, not of {space.name}: use --space {lists}.")
    elif not space.builds and not is_evaluator(dataset):
        raise IlluminasError(
            f"the search space {space.name} builds no networks, so {dataset} cannot be trained on. Search a table of "
            f"its architectures: --dataset table:NAME/DATASET, see `illuminas data list`."
        )


def fingerprints(dataset: str, devices: Sequence[str] = ()) -> dict[str, str]:
    """Name -> 16 hexadecimal digits that stand for the content, of images and of tables; equal content, equal digits.

    Args:
        dataset: one of one's own evaluator has none, for its file may hold the whole search.
        devices: only those of tables count.

    Raises:
        IlluminasError: there is no such data set or table.
    """
    tables = {parse_reference(name).name for name in (dataset, *devices) if is_table(name)}
    found = {f"table:{name}": open_table(name).info.sha256[:16] for name in sorted(tables)}
    return {dataset: open_dataset(dataset).fingerprint, **found} if has_images(dataset) else found


def describe_task(dataset: str, epochs: int | None = None) -> TaskDescription:
    """How architectures are measured on a dataset.

    Args:
        dataset: a name of :mod:`illuminas.tools.datasets`, a path, or ``table:NAME/PREFIX``.
        epochs: of one training; None takes the recipe's own.

    Raises:
        IlluminasError: there is no such dataset or table.
    """
    if is_table(dataset):
        parse_reference(dataset)
        return TaskDescription(
            dataset=dataset,
            fidelity=TABLE,
            shape=NetworkShape(),
            worst={ACCURACY.name: 0.0},
            proxies=list(PROXIES),
        )
    if is_evaluator(dataset):
        known = load_evaluator(dataset)
        return TaskDescription(
            dataset=dataset,
            fidelity=FULL if epochs is None else f"train:{epochs}",
            shape=NetworkShape(),
            worst={each.name: each.worst for each in known.objectives if each.worst is not None},
            proxies=[],
        )
    from illuminas.tools.evaluation.metrics import chance
    from illuminas.tools.evaluation.training.recipe import Recipe

    images = open_dataset(dataset)
    recipe = Recipe() if epochs is None else Recipe(epochs=epochs)
    return TaskDescription(
        dataset=dataset,
        fidelity=recipe.fidelity,
        shape=recipe.shape(images),
        worst=chance(images.classes),
        proxies=list(PROXIES),
    )
