"""A training: how a network is trained and how large it is built, what it reports, and its result."""

from __future__ import annotations

from hashlib import sha256
from typing import Any, NamedTuple, Self

from numpy.typing import NDArray
from pydantic import Field, model_validator

from illuminas.tools.datasets.dataset import Dataset
from illuminas.tools.evaluation.evaluation import Status
from illuminas.tools.frozen import Frozen
from illuminas.tools.spaces.base import NetworkShape, Scale


class Recipe(Frozen):
    """One training: SGD with Nesterov momentum, a one-cycle learning rate, label smoothing, the last epoch counts.

    Attributes:
        epochs: passes over the training images.
        batch_size: images a step.
        lr: highest learning rate of the cycle (Smith & Topin 2017, arXiv 1708.07120).
        warm_up: share of the steps on which the learning rate rises.
        momentum: Nesterov momentum.
        weight_decay: on weights of convolutions and linear layers alone.
        label_smoothing: probability mass spread over all classes (Szegedy et al. 2016, arXiv 1512.00567).
        shift: furthest that training images are moved along each axis, pixels; 0 where every pixel has its place.
        flip: whether training images are mirrored, left to right; not where that makes another class, as of digits.
        scale: how large the space builds its networks.
        hopeless_after: share of the epochs after which a network that is no better than chance on its training
            images is stopped; 1 never stops one.
    """

    epochs: int = Field(default=4, ge=1)
    batch_size: int = Field(default=64, ge=2)
    lr: float = Field(default=0.1, gt=0)
    warm_up: float = Field(default=0.3, gt=0, lt=1)
    momentum: float = Field(default=0.9, ge=0, lt=1)
    weight_decay: float = Field(default=5e-4, ge=0)
    label_smoothing: float = Field(default=0.1, ge=0, lt=1)
    shift: int = Field(default=0, ge=0)
    flip: bool = False
    scale: Scale = Scale.SMALL
    hopeless_after: float = Field(default=1 / 3, gt=0, le=1)

    @property
    def fingerprint(self) -> str:
        """16 hexadecimal digits that stand for every setting; for cache keys."""
        return sha256(self.model_dump_json().encode()).hexdigest()[:16]

    @property
    def fidelity(self) -> str:
        """How evaluations name this depth of training."""
        return f"train:{self.epochs}"

    def shape(self, dataset: Dataset) -> NetworkShape:
        """Size of the network for that data set's images."""
        return NetworkShape(
            classes=dataset.classes, in_channels=dataset.channels, image_size=dataset.side, scale=self.scale
        )


class EpochReport(Frozen):
    """Progress after an epoch, measured on training images as they passed.

    Attributes:
        epoch: epochs done, from 1.
        epochs: epochs there will be.
        loss: mean training loss of the epoch.
        train_accuracy: per cent.
        seconds: since the training began.
    """

    epoch: int
    epochs: int
    loss: float
    train_accuracy: float
    seconds: float


class TrainingResult(Frozen):
    """How one training ended. Test accuracy is for reports: nobody who chooses may see it.

    Attributes:
        status: only ``ok`` carries accuracies.
        val_accuracy, test_accuracy: per cent of the split, after the last epoch.
        epochs: epochs trained.
        stopped_early: the network was no better than chance, and its remaining epochs were saved.
        reason: why it failed or was stopped.
        seconds: wall-clock time, evaluation included.
        cpu_seconds: processor time of the same.
        device: ``cpu`` or the name of the GPU.
    """

    status: Status
    val_accuracy: float | None = Field(default=None, ge=0, le=100)
    test_accuracy: float | None = Field(default=None, ge=0, le=100)
    epochs: int = 0
    stopped_early: bool = False
    reason: str = ""
    seconds: float = Field(default=0.0, ge=0)
    cpu_seconds: float = Field(default=0.0, ge=0)
    device: str = ""

    @model_validator(mode="after")
    def _accuracies_belong_to_success(self) -> Self:
        for value in (self.val_accuracy, self.test_accuracy):
            if (value is not None) != (self.status is Status.OK):
                raise ValueError("accuracies come with the status ok, and with no other")
        return self


class Trained(NamedTuple):
    """How a training ended.

    Attributes:
        result: what may be known of it.
        weights: trained weights by name, floats as float32; none where they were not asked for, or are too many.
        inherited: share of the parameters that began with weights they were given, 0 to 1, by the network's own word.
    """

    result: TrainingResult
    weights: dict[str, NDArray[Any]]
    inherited: float
