"""The tools themselves; :mod:`illuminas.tools.toolserver` hands them out over MCP."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from illuminas.tools.devices.latencies import Latencies
from illuminas.tools.evaluation import Evaluation, Status
from illuminas.tools.evaluation.evaluators import Evaluators, is_evaluator
from illuminas.tools.evaluation.executor import OnProgress, no_progress
from illuminas.tools.evaluation.executors.dispatcher import Dispatcher
from illuminas.tools.evaluation.results import ResultStore, WeightStore
from illuminas.tools.evaluation.trainings import Training, Trainings
from illuminas.tools.evaluation.validator import Validator
from illuminas.tools.evaluation.zero_cost import ZeroCost
from illuminas.tools.messages import (
    Readings,
    SpaceDescription,
    TaskDescription,
    TestAccuracies,
    TestAccuracy,
    Validations,
    ZeroCostBatch,
)
from illuminas.tools.models import find
from illuminas.tools.objectives import ACCURACY
from illuminas.tools.paths import home, weights_folder
from illuminas.tools.process import usable_cores
from illuminas.tools.spaces import SearchSpace, get_space
from illuminas.tools.tables import parse_reference, table_accuracy, table_test_accuracy
from illuminas.tools.tasks import COUNTED, TABLE, check_space, describe_task, fingerprints, has_images, is_table
from illuminas.tools.toolset import Toolset


@contextmanager
def open_toolbox(*, workers: int | None = None, require_sandbox: str | None = None) -> Iterator[Toolbox]:
    """A toolbox whose results are kept in the data folder, closed in the end; arguments as of :class:`Toolbox`."""
    toolbox = Toolbox(workers=workers, results=home() / "results.sqlite", require_sandbox=require_sandbox)
    try:
        yield toolbox
    finally:
        toolbox.close()


class Toolbox(Toolset):
    """Search spaces, training, zero-cost scores and latencies behind one object.

    What was trained or scored is paid for once, whichever run asks.

    Args:
        workers: networks that are trained at once; None is one a usable core.
        results: file of results kept between runs; None keeps them in memory.
        require_sandbox: name of the level that must be reached before a network is built from source; None takes any
            that runs it.

    Raises:
        IlluminasError: there is no such level.
    """

    def __init__(
        self, *, workers: int | None = None, results: Path | None = None, require_sandbox: str | None = None
    ) -> None:
        if require_sandbox is not None:
            from illuminas.tools.sandbox import Level

            Level.parse(require_sandbox)
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

    async def describe_search_space(self, space: str) -> SpaceDescription:
        return await asyncio.to_thread(self._described, get_space(space))

    def _described(self, known: SearchSpace) -> SpaceDescription:
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
        self, dataset: str, space: str, epochs: int | None = None, devices: Sequence[str] = ()
    ) -> TaskDescription:
        known = get_space(space)
        await asyncio.to_thread(check_space, known, dataset)
        described = await asyncio.to_thread(describe_task, dataset, epochs)
        told: dict[str, object] = {"fingerprints": await asyncio.to_thread(fingerprints, dataset, devices)}
        if not known.builds or is_evaluator(dataset):
            counts = known.complexity(known.heaviest(), described.shape) is not None
            told["proxies"] = list(COUNTED) if counts else []
        elif known.proxies is not None:
            told["proxies"] = list(known.proxies)
        if has_images(dataset) and known.weights_name is not None:
            here = await asyncio.to_thread(find, known.weights_name) is not None
            told |= {"weights": known.weights_name, "weights_here": here}
        described = described.model_copy(update=told)
        if has_images(dataset):
            # by the time the first candidate comes
            await asyncio.to_thread(self._trainings.warm_up, known, dataset, described.fidelity)
        return described

    async def validate_architecture(self, space: str, dataset: str, architectures: Sequence[str]) -> Validations:
        return Validations(results=await self._validator.validate(space, dataset, architectures))

    async def score_zero_cost(
        self, space: str, dataset: str, architectures: Sequence[str], proxies: Sequence[str]
    ) -> ZeroCostBatch:
        return ZeroCostBatch(results=await self._zero_cost.score(space, dataset, architectures, proxies))

    async def lookup_objective(
        self, space: str, dataset: str, architectures: Sequence[str], objective: str, estimate: bool = False
    ) -> Readings:
        known = get_space(space)
        parsed = [known.parse(text) for text in architectures]
        return Readings(results=await self._latencies.read(known, dataset, objective, parsed, estimate=estimate))

    async def train_architecture(
        self,
        space: str,
        architecture: str,
        dataset: str,
        fidelity: str,
        seed: int = 0,
        timeout: float = 120.0,
        start: str | None = None,
        keep_weights: bool = False,
        on_progress: OnProgress = no_progress,
    ) -> Evaluation:
        known = get_space(space)
        parsed = known.parse(architecture)
        if is_table(dataset) or fidelity == TABLE:
            return Evaluation(
                space=space,
                hash=parsed.hash,
                text=parsed.text,
                dataset=dataset,
                fidelity=fidelity,
                seed=seed,
                status=Status.OK,
                objectives={ACCURACY.name: table_accuracy(parse_reference(dataset), parsed.text)},
            )
        if is_evaluator(dataset):
            return await self._evaluators.evaluate(
                known, parsed, dataset, fidelity, seed=seed, timeout=timeout, on_progress=on_progress
            )
        training = Training(known, parsed, dataset, fidelity, seed, start, keep_weights, timeout)
        return await self._trainings.train(training, on_progress)

    async def report_test_accuracy(self, evaluations: Sequence[Evaluation]) -> TestAccuracies:
        return TestAccuracies(results=await asyncio.to_thread(self._tested, evaluations))

    def _tested(self, evaluations: Sequence[Evaluation]) -> list[TestAccuracy]:
        kept = self._results.get_many([each.result for each in evaluations if each.result is not None])
        found = []
        for each in evaluations:
            if is_table(each.dataset):
                value: float | None = table_test_accuracy(parse_reference(each.dataset), each.text)
            else:
                value = kept.get(each.result or "", {}).get("test", {}).get(ACCURACY.name)
            found.append(TestAccuracy(hash=each.hash, test_accuracy=value))
        return found
