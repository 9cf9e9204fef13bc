"""The tools themselves, as plain methods: :mod:`illuminas.tools.toolserver` hands them out over MCP."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from illuminas.tools.devices.latencies import Latencies
from illuminas.tools.evaluation import Evaluation, Status
from illuminas.tools.evaluation.evaluators import Evaluators, is_evaluator
from illuminas.tools.evaluation.executor import OnProgress, no_progress
from illuminas.tools.evaluation.executors.dispatcher import Dispatcher
from illuminas.tools.evaluation.results import ResultStore
from illuminas.tools.evaluation.trainings import Training, Trainings
from illuminas.tools.evaluation.validator import Validator
from illuminas.tools.evaluation.weights import WeightStore
from illuminas.tools.evaluation.zero_cost import ZeroCost
from illuminas.tools.messages import (
    Reading,
    SpaceDescription,
    TaskDescription,
    TestAccuracy,
    Validation,
    ZeroCostScores,
)
from illuminas.tools.objectives import ACCURACY
from illuminas.tools.paths import home, weights_folder
from illuminas.tools.process import usable_cores
from illuminas.tools.spaces import get_space
from illuminas.tools.tables import parse_reference, table_accuracy, table_test_accuracy
from illuminas.tools.tasks import COUNTED, TABLE, check_space, describe_task, fingerprints, has_images, is_table

if TYPE_CHECKING:
    from illuminas.tools.sandbox import Level


@contextmanager
def open_toolbox(*, workers: int | None = None, require_sandbox: str | None = None) -> Iterator[Toolbox]:
    """A toolbox whose results are kept in the data folder, closed in the end.

    Args:
        require_sandbox: name of the level, as of :class:`Toolbox`.
    """
    from illuminas.tools.sandbox import Level

    required = None if require_sandbox is None else Level.parse(require_sandbox)
    toolbox = Toolbox(workers=workers, results=home() / "results.sqlite", require_sandbox=required)
    try:
        yield toolbox
    finally:
        toolbox.close()


class Toolbox:
    """Search spaces, training, zero-cost scores and latencies behind one object.

    Args:
        workers: networks that are trained at once; None is one a usable core.
        results: file of results kept between runs; None keeps them in memory.
        require_sandbox: level that must be reached before a network is built from source; None takes any that runs it.
    """

    def __init__(
        self, *, workers: int | None = None, results: Path | None = None, require_sandbox: Level | None = None
    ) -> None:
        self.workers = workers or usable_cores()
        self._results = ResultStore(results)
        self._executor = Dispatcher(workers=self.workers, require_sandbox=require_sandbox)
        self._validator = Validator(self._results, self._executor)
        self._zero_cost = ZeroCost(self._results, self._executor)
        self._evaluators = Evaluators(self._results, self._executor)
        self._latencies = Latencies(self._executor)
        self._trainings = Trainings(self._results, WeightStore(weights_folder()), self._executor)

    def close(self) -> None:
        """End the worker processes and the sandbox. Idempotent."""
        self._executor.close()
        self._results.close()

    def describe_space(self, space: str) -> SpaceDescription:
        """The space in words; the first time, one of generated source takes a second to open its sandbox."""
        known = get_space(space)
        level = self._executor.level(known)
        return SpaceDescription(
            name=known.name,
            summary=known.summary,
            size=len(known.reduced()) if known.enumerable else None,
            features=known.feature_docs,
            example=known.heaviest().text,
            example_predicate=known.example_predicate,
            sandbox=None if level is None else str(level),
        )

    async def describe_task(
        self, dataset: str, epochs: int | None = None, *, space: str, devices: Sequence[str] = ()
    ) -> TaskDescription:
        """How architectures are measured, with fingerprints of the data set and the devices' tables."""
        known = get_space(space)
        await asyncio.to_thread(check_space, known, dataset)
        described = await asyncio.to_thread(describe_task, dataset, epochs)
        told: dict[str, object] = {"fingerprints": await asyncio.to_thread(fingerprints, dataset, devices)}
        if not known.builds:
            told["proxies"] = list(COUNTED)
        described = described.model_copy(update=told)
        if has_images(dataset):
            # by the time the first candidate comes
            await asyncio.to_thread(self._trainings.warm_up, known, dataset, described.fidelity)
        return described

    async def validate(self, space: str, dataset: str, texts: Sequence[str]) -> list[Validation]:
        """Whether texts are architectures; see :class:`illuminas.tools.evaluation.validator.Validator`."""
        return await self._validator.validate(space, dataset, texts)

    async def score_zero_cost(
        self, space: str, dataset: str, texts: Sequence[str], names: Sequence[str]
    ) -> list[ZeroCostScores]:
        """Scores without training; see :class:`illuminas.tools.evaluation.zero_cost.ZeroCost`."""
        return await self._zero_cost.score(space, dataset, texts, names)

    async def lookup_objective(
        self, space: str, dataset: str, objective: str, texts: Sequence[str], *, estimate: bool = False
    ) -> list[Reading]:
        """A device's values with their source; see :class:`illuminas.tools.devices.latencies.Latencies`."""
        known = get_space(space)
        architectures = [known.parse(text) for text in texts]
        return await self._latencies.read(known, dataset, objective, architectures, estimate=estimate)

    async def train(
        self,
        space: str,
        text: str,
        dataset: str,
        fidelity: str,
        *,
        seed: int = 0,
        timeout: float = 120.0,
        start: str | None = None,
        keep_weights: bool = False,
        on_epoch: OnProgress = no_progress,
    ) -> Evaluation:
        """Validation figures of one architecture; paid for once, whichever run asks.

        A table is looked up; for the rest, and for what ``start`` and ``keep_weights`` do, see
        :class:`illuminas.tools.evaluation.trainings.Trainings`.
        """
        known = get_space(space)
        architecture = known.parse(text)
        if is_table(dataset) or fidelity == TABLE:
            return Evaluation(
                space=space,
                hash=architecture.hash,
                text=architecture.text,
                dataset=dataset,
                fidelity=fidelity,
                seed=seed,
                status=Status.OK,
                objectives={ACCURACY.name: table_accuracy(parse_reference(dataset), architecture.text)},
            )
        if is_evaluator(dataset):
            return await self._evaluators.evaluate(
                known, architecture, dataset, fidelity, seed=seed, timeout=timeout, on_progress=on_epoch
            )
        training = Training(known, architecture, dataset, fidelity, seed, start, keep_weights, timeout)
        return await self._trainings.train(training, on_epoch)

    def test_accuracy(self, evaluations: Sequence[Evaluation]) -> list[TestAccuracy]:
        """Test figures of what was evaluated before; for reports, never for a search."""
        kept = self._results.get_many([each.result for each in evaluations if each.result is not None])
        found = []
        for each in evaluations:
            if is_table(each.dataset):
                value: float | None = table_test_accuracy(parse_reference(each.dataset), each.text)
            else:
                value = kept.get(each.result or "", {}).get("test_accuracy")
            found.append(TestAccuracy(hash=each.hash, test_accuracy=value))
        return found
