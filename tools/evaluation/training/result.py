"""What a training reports: epochs while it runs, a result at its end."""

from __future__ import annotations

from typing import Any, NamedTuple, Self

from numpy.typing import NDArray
from pydantic import Field, model_validator

from illuminas.tools.evaluation.evaluation import Status
from illuminas.tools.frozen import Frozen


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
