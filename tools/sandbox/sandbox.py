"""The sandbox as the rest of illuminas uses it: give it source, await what it measures."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from numpy.typing import NDArray

from illuminas.tools.datasets.dataset import Dataset, Images, Labels
from illuminas.tools.errors import IlluminasError
from illuminas.tools.evaluation import Status
from illuminas.tools.evaluation.training.recipe import EpochReport, Recipe, Trained, TrainingResult
from illuminas.tools.process import usable_cores
from illuminas.tools.proxies import ProxyScores, expand
from illuminas.tools.sandbox.checks import SourceRefused, check_source
from illuminas.tools.sandbox.job_run import HungUp, JobRun, Outcome, read, trained
from illuminas.tools.sandbox.jobs import (
    Inspection,
    InspectJob,
    Measures,
    ScoreJob,
    Scoring,
    TrainJob,
)
from illuminas.tools.sandbox.launch import Zygote
from illuminas.tools.sandbox.levels import Gap, Level, Limits
from illuminas.tools.sandbox.wire import Arrays, Message
from illuminas.tools.spaces import NetworkShape

OnEpoch = Callable[[EpochReport], None]


class Sandbox:
    """Where generated networks are built, scored and trained; several at once, each in a process of its own.

    What a network does wrong is a status with a reason, and harms nobody. Only accuracies are computed out here,
    from its logits and from labels that it never sees: measures, scores and epochs are its own word.

    Args:
        workers: jobs at once; None is one for each usable core.
        limits: of each job that does not bring its own.
        require: the level that must be reached.
        at_most: the highest level to try for; less than all is for measuring what walls cost.

    Raises:
        IlluminasError: less is reached than required; the message says what is missing.
    """

    def __init__(
        self,
        *,
        workers: int | None = None,
        limits: Limits | None = None,
        require: Level = Level.PROCESS,
        at_most: Level = Level.CONTAINED,
    ) -> None:
        self.workers = usable_cores() if workers is None else workers
        if self.workers < 1:
            raise IlluminasError(f"expected at least 1 worker, got {workers}.")
        self.limits = limits or Limits()
        self._require = require
        self._at_most = at_most
        self._lock = threading.Lock()
        self._closed = False
        self._running: set[JobRun] = set()
        self._zygote = self._start()
        self._threads = ThreadPoolExecutor(self.workers, thread_name_prefix="sandbox")

    def _start(self) -> Zygote:
        zygote = Zygote(at_most=self._at_most)
        if zygote.reached.level < self._require:
            zygote.kill()
            zygote.close()
            missing = "; ".join(f"{gap.what} ({gap.hint})" for gap in zygote.reached.gaps)
            raise IlluminasError(
                f"expected a sandbox of level {self._require}, this machine reaches {zygote.reached.level}. "
                f"Missing: {missing or 'nothing that is known'}. Mend that, or require less."
            )
        return zygote

    @property
    def level(self) -> Level:
        """The level reached."""
        return self._zygote.reached.level

    @property
    def gaps(self) -> tuple[Gap, ...]:
        """What is missing for more, or missing at this level, with what to do about it."""
        return self._zygote.reached.gaps

    async def inspect(
        self, source: str, shape: NetworkShape, *, limits: Limits | None = None, checked: bool = True
    ) -> Inspection:
        """Whether the network builds and runs, and how large it is.

        Args:
            source: as :mod:`illuminas.tools.sandbox.jobs` says.
            shape: input and classes; ``scale`` is the network's own business.
            limits: of this job; None is the sandbox's.
            checked: refuse early what :mod:`illuminas.tools.sandbox.checks` does.

        Raises:
            IlluminasError: the sandbox is closed, or can't be started again.
        """
        if checked and (refusal := _refusal(source)):
            return Inspection(status=Status.FAILED, reason=refusal)
        job = InspectJob(source=source, shape=shape, limits=limits or self.limits)
        return read(await self._ask(job, {}), Measures)

    async def score(
        self,
        source: str,
        shape: NetworkShape,
        images: Images,
        labels: Labels,
        proxies: Iterable[str],
        *,
        seed: int = 0,
        limits: Limits | None = None,
        checked: bool = True,
    ) -> Scoring:
        """Zero-cost scores of the untrained network.

        Args:
            images: one batch of training images, ``(n, c, h, w)`` float32; 2 or more.
            labels: their classes, ``(n,)`` int64.
            proxies: names of :data:`illuminas.tools.proxies.PROXIES`, or of groups of them.
            seed: of the initialisation, and of what proxies draw.
            source, shape, limits, checked: as for :meth:`inspect`.

        Raises:
            IlluminasError: an unknown proxy, or the sandbox is closed or can't be started again.
        """
        names = tuple(expand(proxies))
        if checked and (refusal := _refusal(source)):
            return Scoring(status=Status.FAILED, reason=refusal)
        job = ScoreJob(source=source, shape=shape, proxies=names, seed=seed, limits=limits or self.limits)
        return read(await self._ask(job, {"images": images, "labels": labels}), ProxyScores)

    async def train(
        self,
        source: str,
        dataset: Dataset,
        recipe: Recipe,
        seed: int,
        *,
        start: dict[str, NDArray[Any]] | None = None,
        keep_weights: bool = False,
        on_epoch: OnEpoch | None = None,
        limits: Limits | None = None,
        checked: bool = True,
    ) -> Trained:
        """Train the network, and measure it by its logits; cancelling the task kills the work.

        Args:
            dataset: its training split goes in with labels, the others without.
            recipe: settings; ``scale`` is the network's own business.
            seed: of the initialisation and the order of batches.
            start: weights to begin with, by name; those that do not fit are left aside.
            keep_weights: return the trained weights, too.
            on_epoch: called on this event loop after every epoch, and never after this returns.
            source, limits, checked: as for :meth:`inspect`.

        Raises:
            IlluminasError: the sandbox is closed, or can't be started again.
        """
        if checked and (refusal := _refusal(source)):
            return Trained(TrainingResult(status=Status.FAILED, reason=refusal), {}, 0.0)
        job = TrainJob(
            source=source,
            shape=recipe.shape(dataset),
            dataset=dataset.fingerprint,
            recipe=recipe,
            seed=seed,
            keep_weights=keep_weights,
            limits=limits or self.limits,
        )
        outcome = await self._ask(job, start or {}, dataset, on_epoch)
        return trained(outcome, dataset, recipe)

    async def _ask(
        self,
        job: InspectJob | ScoreJob | TrainJob,
        arrays: Arrays,
        dataset: Dataset | None = None,
        on_epoch: OnEpoch | None = None,
    ) -> Outcome:
        """Run the job when a worker is free."""
        loop = asyncio.get_running_loop()

        def tell(report: EpochReport) -> None:
            if on_epoch is not None and not job_run.cancelled:
                on_epoch(report)

        def pass_on(report: EpochReport) -> None:
            if not loop.is_closed():
                loop.call_soon_threadsafe(tell, report)

        job_run = JobRun(job, arrays, pass_on)
        with self._lock:
            if self._closed:
                raise IlluminasError("this sandbox is closed. Open another.")
            self._running.add(job_run)
        try:
            return await asyncio.wrap_future(self._threads.submit(self._carry, job_run, dataset))
        finally:
            # harmless when it is done
            job_run.cancel()
            self._running.discard(job_run)

    def _carry(self, job_run: JobRun, dataset: Dataset | None) -> Outcome:
        """In a thread: run the job in a zygote that is alive."""
        with self._lock:
            if self._closed:
                raise IlluminasError("the sandbox was closed before this began.")
            if not self._zygote.alive:
                self._zygote.close()
                self._zygote = self._start()
            zygote = self._zygote
        zygote.wait_until_ready()
        try:
            if dataset is not None:
                zygote.hold(dataset)
            outcome = job_run.run(zygote)
        except (HungUp, OSError) as error:
            # one that was cancelled hung up itself; else the zygote may be in any state, and the next job gets another
            if not job_run.cancelled:
                zygote.kill()
            outcome = Outcome(Status.FAILED, f"{error}; a network may have ended it", Message({}, {}), 0.0, 0.0)
        if self._closed:
            raise IlluminasError("the sandbox was closed while this ran.")
        return outcome

    def close(self) -> None:
        """Kill what runs, which raises where it is awaited, and end the processes. Idempotent."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
        for job_run in tuple(self._running):
            job_run.cancel()
        self._zygote.close()
        self._threads.shutdown(cancel_futures=True)


def _refusal(source: str) -> str:
    """Why the checks refuse the source; ``""`` where they do not."""
    try:
        check_source(source)
    except SourceRefused as error:
        return str(error)
    return ""
