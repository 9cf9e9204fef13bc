"""How a network is trained, and how large it is built."""

from __future__ import annotations

from hashlib import sha256

from pydantic import Field

from illuminas.tools.datasets.dataset import Dataset
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
