"""What an untrusted answer is worth: the results that come of it, and the accuracies, which are computed here."""

from __future__ import annotations

from typing import TypeVar

import numpy as np
from pydantic import BaseModel, ValidationError

from illuminas.tools.datasets.dataset import Dataset, Labels
from illuminas.tools.errors import IlluminasError
from illuminas.tools.evaluation import Status
from illuminas.tools.evaluation.executor import JobResult
from illuminas.tools.evaluation.training.recipe import Recipe
from illuminas.tools.evaluation.training.result import Trained, TrainingResult
from illuminas.tools.sandbox.job_run import Outcome, first_problem, printable
from illuminas.tools.sandbox.jobs import WEIGHTS, EpochsDone
from illuminas.tools.sandbox.wire import Arrays

M = TypeVar("M", bound=BaseModel)


def read(outcome: Outcome, model: type[M]) -> JobResult[M]:
    """The answer, if it is one of the model."""
    status, reason, found = outcome.status, outcome.reason, None
    if status is Status.OK:
        try:
            found = model.model_validate(outcome.answer.fields)
        except ValidationError as error:
            status, reason = Status.FAILED, f"answered with what is no result: {first_problem(error)}"
    return JobResult(status=status, found=found, reason=reason, seconds=outcome.seconds)


def trained(outcome: Outcome, dataset: Dataset, recipe: Recipe) -> Trained:
    """The result of a training, by its logits and the data set's labels."""
    said = read(outcome, EpochsDone)
    status, reason, done = said.status, said.reason, said.found
    arrays = outcome.answer.arrays
    val = test = None
    if done is not None and done.failure:
        status, reason = Status.FAILED, printable(done.failure)
    elif done is not None:
        try:
            val = _accuracy(arrays, "val", dataset.val.y, dataset.classes)
            test = _accuracy(arrays, "test", dataset.test.y, dataset.classes)
        except IlluminasError as error:
            status, reason, val, test = Status.FAILED, str(error), None, None
    stopped = status is Status.OK and done is not None and done.stopped_early
    epochs = 0 if done is None else min(done.epochs, recipe.epochs)
    result = TrainingResult(
        status=status,
        val_accuracy=val,
        test_accuracy=test,
        epochs=epochs,
        stopped_early=stopped,
        reason=f"no better than chance after {epochs} of {recipe.epochs} epochs" if stopped else reason,
        seconds=outcome.seconds,
        cpu_seconds=outcome.cpu_seconds,
        device="cpu",
    )
    weights = {name.removeprefix(WEIGHTS): array for name, array in arrays.items() if name.startswith(WEIGHTS)}
    if status is not Status.OK or done is None:
        return Trained(result, {}, 0.0)
    return Trained(result, weights, done.inherited)


def _accuracy(arrays: Arrays, name: str, labels: Labels, classes: int) -> float:
    """Per cent of a split that the logits classify correctly.

    Raises:
        IlluminasError: they are no logits of the split.
    """
    logits = arrays.get(name)
    if logits is None or logits.dtype != np.float32 or logits.shape != (len(labels), classes):
        got = "none" if logits is None else f"{logits.shape} of {logits.dtype}"
        raise IlluminasError(f"expected {name} logits ({len(labels)}, {classes}) of float32, got {got}.")
    if not np.isfinite(logits).all():
        raise IlluminasError(f"expected finite {name} logits, got some that are not.")
    return 100 * int((logits.argmax(1) == labels).sum()) / len(labels)
