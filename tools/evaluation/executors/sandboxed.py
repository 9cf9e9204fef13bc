"""Jobs on networks of generated source, in the sandbox."""

from __future__ import annotations

import asyncio
from typing import Any, TypeVar

from illuminas.tools.errors import IlluminasError
from illuminas.tools.evaluation.evaluation import Status
from illuminas.tools.evaluation.executor import Executor, Job, JobResult, Settings
from illuminas.tools.evaluation.networks import (
    InspectNetwork,
    ScoreNetworks,
    TrainNetwork,
    judged_training,
    needs_sandbox,
)
from illuminas.tools.evaluation.training.recipe import EpochReport
from illuminas.tools.sandbox import Level, Limits, Sandbox
from illuminas.tools.spaces import get_space
from illuminas.tools.tasks import open_dataset

T = TypeVar("T")


class Sandboxed(Executor):
    """The sandbox as an executor.

    Args:
        workers: networks at once.
        memory_gib: what one network may use.
        require: level that must be reached.

    Raises:
        IlluminasError: this machine has no sandbox, or none of the level that is required.
    """

    def __init__(self, *, workers: int, memory_gib: float, require: Level) -> None:
        super().__init__()
        self._memory_gib = memory_gib
        self._sandbox = Sandbox(workers=workers, limits=Limits(memory_gib=memory_gib), require=require)

    @classmethod
    def takes(cls, job: Job[Any]) -> bool:
        return needs_sandbox(job)

    @classmethod
    def open(cls, settings: Settings) -> Sandboxed:
        require = Level.PROCESS if settings.require_sandbox is None else Level.parse(settings.require_sandbox)
        return cls(workers=settings.workers, memory_gib=settings.memory_gib, require=require)

    @property
    def level(self) -> Level:
        """How well networks are shut in."""
        return self._sandbox.level

    async def _run(self, job: Job[T]) -> JobResult[T]:
        result: Any
        match job.payload:
            case TrainNetwork() as payload:
                result = await self._train(job, payload)
            case ScoreNetworks() as payload:
                result = await self._score(payload)
            case InspectNetwork() as payload:
                source = _source(payload.space, payload.text)
                result = await self._sandbox.inspect(source, payload.shape, limits=self._limits(job))
            case payload:
                raise IlluminasError(f"expected a job on a network, got {payload!r:.100}: the sandbox runs no others.")
        found: JobResult[T] = result
        return found

    async def _train(self, job: Job[Any], payload: TrainNetwork) -> JobResult[Any]:
        recipe, start = payload.recipe, None
        if payload.start is not None:
            space = get_space(payload.space)
            parent, child = space.parse(payload.start.text), space.parse(payload.text)
            start = space.inherit(parent, child, payload.start.weights)

        def tell(report: EpochReport) -> None:
            # the network's own word
            job.on_progress(min(report.epoch, recipe.epochs), recipe.epochs)

        trained = await self._sandbox.train(
            _source(payload.space, payload.text),
            await asyncio.to_thread(open_dataset, payload.dataset),
            recipe,
            payload.seed,
            start=start,
            keep_weights=payload.keep_weights,
            on_epoch=tell,
            limits=self._limits(job),
        )
        return judged_training(trained)

    async def _score(self, payload: ScoreNetworks) -> JobResult[Any]:
        scored = await asyncio.gather(
            *(
                self._sandbox.score(
                    _source(payload.space, text), payload.shape, payload.images, payload.labels, payload.proxies
                )
                for text in payload.texts
            )
        )
        ok = all(each.status is Status.OK for each in scored)
        seconds = sum(each.seconds for each in scored)
        return JobResult(status=Status.OK if ok else Status.FAILED, found=scored, seconds=seconds)

    def _limits(self, job: Job[Any]) -> Limits | None:
        return None if job.timeout is None else Limits(seconds=job.timeout, memory_gib=self._memory_gib)

    def close(self) -> None:
        self._sandbox.close()


def _source(space: str, text: str) -> str:
    known = get_space(space)
    return known.source(known.parse(text))
