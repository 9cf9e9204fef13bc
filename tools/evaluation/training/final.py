"""What a final training leaves: a network's weights, and beside them all that is known of it.

A folder a network holds ``weights.safetensors``, the state dict of what its space builds, and ``network.json``, a
:class:`FinalTraining`. Export reads these two and needs nothing else of the run.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from statistics import mean
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, ValidationError

from illuminas.tools.errors import IlluminasError
from illuminas.tools.evaluation.metrics import Metrics
from illuminas.tools.evaluation.training.recipe import Recipe
from illuminas.tools.frozen import Frozen
from illuminas.tools.paths import write_whole

RECORD = "network.json"
WEIGHTS = "weights.safetensors"


class SeedResult(Frozen):
    """One of the trainings of an architecture; none of them has looked at test images.

    Attributes:
        seed: of everything random.
        val: on the validation images, after the last epoch.
        seconds: wall-clock time.
    """

    seed: int
    val: Metrics
    seconds: float = Field(ge=0)


class Finalist(Frozen):
    """An architecture that was trained in full, once a seed.

    Attributes:
        hash: key of its canonical form.
        words: on one line, for people.
        niche: in words; empty for none.
        searched: what the search measured of it by the objective that decides, per cent; None where it has not.
        seeds: its trainings.
    """

    hash: str
    words: str
    niche: str = ""
    searched: float | None = None
    seeds: tuple[SeedResult, ...] = Field(min_length=1)

    def value(self, metric: str) -> float:
        """Mean of the seeds by an objective on validation images, per cent."""
        return mean(each.val.objectives[metric] for each in self.seeds)


class FinalTraining(Frozen):
    """One trained network, with all that is needed to run it and to say how good it is.

    Attributes:
        space, hash, text: the architecture.
        words: the same on one line, for people.
        dataset, dataset_fingerprint: name and content of the images.
        labels: names of the classes; index = label.
        channels, side: of the images that it takes, at ``side`` x ``side`` pixels.
        mean, std: a channel; images are normalised by them, in the units that the data set stores them in.
        recipe: how it was trained.
        metric: name of the objective that decided between finalists and seeds.
        seed: of the training whose weights these are: the best of ``seeds`` by validation.
        seeds: all trainings of this architecture.
        finalists: the architectures that it was chosen from, itself included, the best first.
        val: validation figures of these weights, which were chosen by them.
        test: test figures of these weights, measured once, after all was chosen.
        started_from: name and licence of pretrained weights that it began with; empty for none.
        device: what trained it, ``cpu`` or the name of a GPU.
        seconds: wall-clock time of all trainings together.
    """

    space: str
    hash: str
    text: str
    words: str
    dataset: str
    dataset_fingerprint: str
    labels: tuple[str, ...] = Field(min_length=2)
    channels: int = Field(ge=1)
    side: int = Field(ge=1)
    mean: tuple[float, ...]
    std: tuple[float, ...]
    recipe: Recipe
    metric: str
    seed: int
    seeds: tuple[SeedResult, ...] = Field(min_length=1)
    finalists: tuple[Finalist, ...] = Field(min_length=1)
    val: Metrics
    test: Metrics
    started_from: str = ""
    device: str
    seconds: float = Field(ge=0)

    @property
    def chosen(self) -> Finalist:
        """This architecture among the finalists."""
        return next(each for each in self.finalists if each.hash == self.hash)

    @property
    def winners_curse(self) -> float | None:
        """What the search measured minus the mean of full trainings, in points of :attr:`metric`.

        A search keeps what measured best, by skill and by luck; positive where luck was more. None where the search
        has not measured it.
        """
        searched = self.chosen.searched
        return None if searched is None else searched - self.chosen.value(self.metric)


def write_network(folder: Path, trained: FinalTraining, weights: Mapping[str, NDArray[Any]]) -> None:
    """Write both files, the record last: a folder with a record is whole.

    Args:
        folder: of this network alone; what it held is replaced.
        weights: by the names of the state dict.

    Raises:
        OSError: the place can't be written to.
    """
    from safetensors.numpy import save

    (folder / RECORD).unlink(missing_ok=True)
    write_whole(folder / WEIGHTS, save({name: np.asarray(array, order="C") for name, array in weights.items()}))
    write_whole(folder / RECORD, trained.model_dump_json(indent=1).encode())


def read_network(folder: Path) -> FinalTraining:
    """The record of a trained network.

    Raises:
        IlluminasError: there is none, or it can't be read.
    """
    try:
        return FinalTraining.model_validate_json((folder / RECORD).read_bytes())
    except FileNotFoundError:
        raise IlluminasError(
            f"expected a trained network in {folder}, got none. Train it first: illuminas train RUN {folder.name}"
        ) from None
    except (OSError, ValidationError) as error:
        raise IlluminasError(f"{folder / RECORD} cannot be read ({error}). Train the network again.") from error


def read_weights(folder: Path) -> dict[str, NDArray[Any]]:
    """The weights of a trained network, by the names of its state dict.

    Raises:
        IlluminasError: there are none, or the file is damaged.
    """
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    try:
        found: dict[str, NDArray[Any]] = load_file(folder / WEIGHTS)
    except (OSError, SafetensorError) as error:
        raise IlluminasError(f"{folder / WEIGHTS} cannot be read ({error}). Train the network again.") from error
    return found
