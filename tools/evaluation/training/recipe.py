"""A training: how a network is trained and how large it is built, what it reports, and its result."""

from __future__ import annotations

from hashlib import sha256
from typing import Any, Literal, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from illuminas.tools.datasets.changes import NO_CHANGES, Changes
from illuminas.tools.datasets.dataset import Dataset, Labels
from illuminas.tools.evaluation.evaluation import Status
from illuminas.tools.evaluation.metrics import Metrics
from illuminas.tools.frozen import Frozen
from illuminas.tools.spaces.base import NetworkShape, Scale

IMBALANCED = 1.5
"""From so many times the images of the smallest class in the largest on, rare classes weigh more in the loss."""
LEAST_STEPS = 60
"""Steps before which no network is called hopeless: its learning rate has hardly risen."""


class Recipe(Frozen):
    """One training; the last epoch counts.

    AdamW (Loshchilov & Hutter 2019, arXiv 1711.05101) with a one-cycle learning rate (Smith & Topin 2017, arXiv
    1708.07120), clipped gradients and label smoothing. From scratch the rate of each weight tensor is relative to the
    size of its initial weights (as You et al. 2020, arXiv 1904.00962, whose ratio follows them): one setting fits
    networks with and without normalisation, wide and narrow. Networks that begin with pretrained weights are
    fine-tuned by :meth:`gentle`, whose one small rate holds for all.

    Attributes:
        start: ``scratch``, or ``pretrained`` where the space has weights to inherit.
        epochs: passes over the training images.
        batch_size: images a step.
        lr: highest learning rate of the cycle; from scratch as a share of the deviation of a tensor's initial weights.
        lr_scales: highest rate of what has one dimension, as biases and normalisation; no share of anything.
        warm_up: share of the steps on which the learning rate rises.
        weight_decay: on weights of convolutions and linear layers alone.
        clip: largest norm of a step's gradients, beyond which they are scaled down.
        label_smoothing: probability mass spread over all classes (Szegedy et al. 2016, arXiv 1512.00567).
        class_weights: power of a class's frequency by whose inverse its images are weighted, where classes are
            imbalanced (:data:`IMBALANCED`); 0 weighs all alike, 1 gives every class the same say.
        changes: what is done to training images at random.
        strength: of further changes, 0 to 1 (:mod:`illuminas.tools.evaluation.training.augment`).
        ema: decay a step of the average of weights that is measured in the end; 0 measures the last weights.
        scale: how large the space builds its networks.
        hopeless_after: share of the epochs after which a network that is no better than chance on its training
            images is stopped, though not within the first :data:`LEAST_STEPS`; 1 never stops one.
    """

    start: Literal["scratch", "pretrained"] = "scratch"
    epochs: int = Field(default=4, ge=1)
    batch_size: int = Field(default=64, ge=2)
    lr: float = Field(default=0.25, gt=0)
    lr_scales: float = Field(default=0.03, gt=0)
    warm_up: float = Field(default=0.3, gt=0, lt=1)
    weight_decay: float = Field(default=0.05, ge=0)
    clip: float = Field(default=1.0, gt=0)
    label_smoothing: float = Field(default=0.1, ge=0, lt=1)
    class_weights: float = Field(default=0.5, ge=0, le=1)
    changes: Changes = NO_CHANGES
    strength: float = Field(default=0.0, ge=0, le=1)
    ema: float = Field(default=0.0, ge=0, lt=1)
    scale: Scale = Scale.SMALL
    hopeless_after: float = Field(default=1 / 3, gt=0, le=1)

    @classmethod
    def gentle(cls, **settings: Any) -> Self:
        """The recipe for networks that begin with pretrained weights; ``settings`` are as for the class."""
        given = {"start": "pretrained", "batch_size": 32, "lr": 1e-3, "lr_scales": 1e-3, **settings}
        return cls(**given)

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

    def weights(self, labels: Labels, classes: int) -> NDArray[np.float64] | None:
        """What an image of each class weighs in the loss, 1 on average over the images; None where all weigh alike.

        Args:
            labels: of the training images.
            classes: how many there are.
        """
        counts = np.bincount(labels, minlength=classes).clip(min=1)
        if not self.class_weights or counts.max() <= IMBALANCED * counts.min():
            return None
        found = counts**-self.class_weights
        return np.asarray(found * counts.sum() / (found * counts).sum())


class EpochReport(Frozen):
    """Progress after an epoch, measured on training images as they passed.

    Attributes:
        epoch: epochs done, from 1.
        epochs: epochs there will be.
        loss: mean training loss of the epoch.
        train_accuracy: per cent.
        train_balanced: mean recall of the classes, per cent.
        seconds: since the training began.
    """

    epoch: int
    epochs: int
    loss: float
    train_accuracy: float
    train_balanced: float
    seconds: float


class TrainingResult(Frozen):
    """How one training ended. Test figures are for reports: nobody who chooses may see them.

    Attributes:
        status: only ``ok`` carries figures.
        val, test: of the split, after the last epoch.
        epochs: epochs trained.
        stopped_early: the network was no better than chance, and its remaining epochs were saved.
        reason: why it failed or was stopped.
        seconds: wall-clock time, evaluation included.
        cpu_seconds: processor time of the same.
        device: ``cpu`` or the name of the GPU.
    """

    status: Status
    val: Metrics | None = None
    test: Metrics | None = None
    epochs: int = 0
    stopped_early: bool = False
    reason: str = ""
    seconds: float = Field(default=0.0, ge=0)
    cpu_seconds: float = Field(default=0.0, ge=0)
    device: str = ""

    @model_validator(mode="after")
    def _figures_belong_to_success(self) -> Self:
        for value in (self.val, self.test):
            if (value is not None) != (self.status is Status.OK):
                raise ValueError("figures come with the status ok, and with no other")
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
