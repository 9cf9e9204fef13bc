"""Trainings that are paid for once: where they run, what is kept of them, and what they begin with."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, NamedTuple

from illuminas.tools.evaluation import Evaluation, Status
from illuminas.tools.evaluation.executor import Job, JobResult, Kind, OnProgress, no_progress
from illuminas.tools.evaluation.executors.dispatcher import Dispatcher
from illuminas.tools.evaluation.networks import TrainNetwork
from illuminas.tools.evaluation.results import Kept, ResultStore, WeightStore, content_key
from illuminas.tools.spaces import Architecture, SearchSpace
from illuminas.tools.tasks import open_dataset, recipe_for

if TYPE_CHECKING:
    from illuminas.tools.evaluation.training.recipe import Recipe, Trained


RESULTS_VERSION = 3
"""Raised when the same recipe would give another result, so that older results are not taken for new ones."""


class Training(NamedTuple):
    """One training that is asked for.

    Attributes:
        start: key of weights to begin with; None begins from scratch.
        keep_weights: whether others may start from this one's.
        timeout: seconds until it is killed.
    """

    space: SearchSpace
    architecture: Architecture
    dataset: str
    fidelity: str
    seed: int
    start: str | None
    keep_weights: bool
    timeout: float

    @property
    def recipe(self) -> Recipe:
        return recipe_for(self.fidelity, open_dataset(self.dataset), self.space)

    def job(self, key: str, parent: Kept | None, on_progress: OnProgress = no_progress) -> Job[Trained]:
        """The training as a job that begins with a parent's weights, or from scratch."""
        payload = TrainNetwork(
            space=self.space.name,
            text=self.architecture.text,
            dataset=self.dataset,
            recipe=self.recipe,
            seed=self.seed,
            start=parent,
            keep_weights=self.keep_weights,
        )
        key = content_key(key, self.keep_weights)
        return Job(kind=Kind.TRAIN, key=key, payload=payload, timeout=self.timeout, on_progress=on_progress)

    def key(self, start: str | None) -> str:
        """What the result is kept by; one that began with inherited weights is another than one from scratch."""
        return content_key(
            "training",
            RESULTS_VERSION,
            self.space.name,
            self.architecture.canonical,
            open_dataset(self.dataset).fingerprint,
            self.recipe.fingerprint,
            self.seed,
            *([] if start is None else [start]),
        )


class Trainings:
    """Has networks trained, and keeps results and weights by content.

    Args:
        results: keeps evaluations, each with its test accuracy beside it.
        weights: keeps trained weights, as long as there is room.
        executor: where networks are trained.
    """

    def __init__(self, results: ResultStore, weights: WeightStore, executor: Dispatcher) -> None:
        self._results = results
        self._weights = weights
        self._executor = executor

    async def train(self, training: Training, on_epoch: OnProgress) -> Evaluation:
        """The kept result, or a new one.

        A start whose weights are gone, or that finds none where networks train from scratch, is one from scratch, and
        has inherited nothing. A result that is kept is not paid for again to have its weights, where those are gone.

        Raises:
            IlluminasError: the data set, the fidelity or the start is none, or networks can't be trained here.
        """
        begun = await asyncio.to_thread(self._begin, training)
        if begun.kept is not None:
            told = begun.kept["evaluation"]
        else:
            result = await self._executor.submit(training.job(begun.key, begun.parent, on_epoch))
            told = await asyncio.to_thread(self._keep, training, begun.key, result)
        succeeded = told["status"] == Status.OK
        fields = {
            "space": training.space.name,
            "hash": training.architecture.hash,
            "text": training.architecture.text,
            "dataset": training.dataset,
            "fidelity": training.fidelity,
            "seed": training.seed,
            "cached": begun.kept is not None,
            "result": begun.key if succeeded else None,
            "weights": begun.key if succeeded and self._weights.has(begun.key) else None,
        }
        if not begun.inherits:
            fields["inherited"] = None if training.start is None else 0.0
        return Evaluation.model_validate({**told, **fields})

    def warm_up(self, space: SearchSpace, dataset: str, fidelity: str) -> None:
        """Start what is going to train the space's networks, without waiting until it is warm."""
        example = Training(space, space.heaviest(), dataset, fidelity, 0, None, False, 0.0)
        self._executor.warm_up(example.job("", None))

    def _begin(self, training: Training) -> _Begun:
        """What is known before it runs."""
        if training.start is not None and self._executor.takes_weights(training.job("", None)):
            key = training.key(training.start)
            kept = self._results.get(key)
            parent = None if kept else self._weights.get(training.start)
            if kept or parent:
                return _Begun(key, True, kept, parent)
        key = training.key(None)
        return _Begun(key, False, self._results.get(key), None)

    def _keep(self, training: Training, key: str, done: JobResult[Trained]) -> dict[str, Any]:
        """Keep a success; a failure may be the machine's, and is tried again another time."""
        trained = done.found
        if trained is None:
            return {"status": done.status, "reason": done.reason, "seconds": done.seconds}
        result = trained.result
        told = result.model_dump(mode="json", include={"status", "seconds", "epochs", "reason"})
        if result.status is not Status.OK:
            return told
        assert result.val is not None and result.test is not None, "a success has both"
        told["objectives"] = result.val.objectives
        told["inherited"] = trained.inherited
        self._results.put(key, {"evaluation": told, "test": result.test.objectives})
        if trained.weights:
            self._weights.put(key, training.architecture.text, trained.weights)
        return told


class _Begun(NamedTuple):
    """What is known of a training before it runs.

    Attributes:
        key: of its result, and of its weights.
        inherits: whether it begins with the weights that it was told to.
        kept: its result, where it was paid for.
        parent: what it begins with, where it was not.
    """

    key: str
    inherits: bool
    kept: dict[str, Any] | None
    parent: Kept | None
