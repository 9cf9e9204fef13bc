"""Trainings that are paid for once: where they run, what is kept of them, and what they begin with."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

from illuminas.tools.evaluation import Evaluation, Status
from illuminas.tools.evaluation.results import ResultStore, content_key
from illuminas.tools.evaluation.weights import Kept, WeightStore
from illuminas.tools.evaluation.workshop import MEMORY_GIB, Place, Workshop, place_of_training
from illuminas.tools.spaces import Architecture, SearchSpace
from illuminas.tools.tasks import open_dataset, recipe_for

if TYPE_CHECKING:
    from illuminas.tools.evaluation.training.recipe import Recipe
    from illuminas.tools.evaluation.training.result import EpochReport
    from illuminas.tools.sandbox import Trained

OnEpoch = Callable[[int, int], None]
RESULTS_VERSION = 1
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
        return recipe_for(self.fidelity, open_dataset(self.dataset))

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
    """Trains in the workshop, and keeps results and weights by content.

    Weights are inherited and kept in the sandbox alone. The workers train from scratch: networks of a space without
    source, and layer lists where there is a GPU.

    Args:
        results: keeps evaluations, each with its test accuracy beside it.
        weights: keeps trained weights, as long as there is room.
        workshop: where networks are trained.
    """

    def __init__(self, results: ResultStore, weights: WeightStore, workshop: Workshop) -> None:
        self._results = results
        self._weights = weights
        self._workshop = workshop

    async def train(self, training: Training, on_epoch: OnEpoch) -> Evaluation:
        """The kept result, or a new one.

        A start whose weights are gone, or that finds none where networks train from scratch, is one from scratch, and
        has inherited nothing. A result that is kept is not paid for again to have its weights, where those are gone.

        Raises:
            IlluminasError: the data set, the fidelity or the start is none, or networks can't be trained here.
        """
        place = await asyncio.to_thread(place_of_training, training.space, training.architecture)
        begun = await asyncio.to_thread(self._begin, training, place)
        if begun.kept is not None:
            told = begun.kept["evaluation"]
        else:
            trained = await self._run(training, place, begun.parent, on_epoch)
            told = await asyncio.to_thread(self._keep, training, begun.key, trained)
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

    def _begin(self, training: Training, place: Place) -> _Begun:
        """What is known before it runs."""
        if training.start is not None and place is Place.SANDBOX:
            key = training.key(training.start)
            kept = self._results.get(key)
            parent = None if kept else self._weights.get(training.start)
            if kept or parent:
                return _Begun(key, True, kept, parent)
        key = training.key(None)
        return _Begun(key, False, self._results.get(key), None)

    async def _run(self, training: Training, place: Place, parent: Kept | None, on_epoch: OnEpoch) -> Trained:
        from illuminas.tools.sandbox import Limits, Trained

        space, architecture, recipe = training.space, training.architecture, training.recipe

        def tell(report: EpochReport) -> None:
            # in the sandbox it is the network's own word
            on_epoch(min(report.epoch, recipe.epochs), recipe.epochs)

        if place is Place.WORKERS:
            async with self._workshop.free:
                result = await self._workshop.pool().train(
                    space.name,
                    architecture.text,
                    dataset=training.dataset,
                    recipe=recipe,
                    seed=training.seed,
                    timeout=training.timeout,
                    on_epoch=tell,
                )
            return Trained(result, {}, 0.0)
        sandbox = await asyncio.to_thread(self._workshop.sandbox)
        start = None if parent is None else space.inherit(space.parse(parent.text), architecture, parent.weights)
        async with self._workshop.free:
            return await sandbox.train(
                space.source(architecture),
                open_dataset(training.dataset),
                recipe,
                training.seed,
                start=start,
                keep_weights=training.keep_weights,
                on_epoch=tell,
                limits=Limits(seconds=training.timeout, memory_gib=MEMORY_GIB),
            )

    def _keep(self, training: Training, key: str, trained: Trained) -> dict[str, Any]:
        """Keep a success; a failure may be the machine's, and is tried again another time."""
        result = trained.result
        told = result.model_dump(mode="json", include={"status", "val_accuracy", "seconds", "epochs", "reason"})
        if result.status is not Status.OK:
            return told
        told["inherited"] = trained.inherited
        self._results.put(key, {"evaluation": told, "test_accuracy": result.test_accuracy})
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
