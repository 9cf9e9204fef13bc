"""Warm processes that train; what goes wrong in one is a result and harms nothing else.

A time-out kills the process that runs over, a memory limit makes its allocations fail, and a crash takes only that
process; another takes its place. When the parent dies, however it dies, its workers end within two seconds.
"""

from __future__ import annotations

import asyncio
import itertools
import multiprocessing
import os
import threading
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from functools import lru_cache
from multiprocessing.connection import Connection
from typing import NamedTuple

import pebble

from illuminas.tools.datasets import Dataset, load_dataset
from illuminas.tools.errors import IlluminasError
from illuminas.tools.evaluation import Status
from illuminas.tools.evaluation.training.recipe import Recipe
from illuminas.tools.evaluation.training.result import EpochReport, TrainingResult
from illuminas.tools.process import exit_with_parent, ignore_interrupts, limit_memory, usable_cores

OnEpoch = Callable[[EpochReport], None]

OUT_OF_MEMORY = ("can't allocate memory", "out of memory", "bad_alloc", "could not create a memory")
"""How torch words it: but for CUDA, it has no error of its own for exhausted memory."""


class _Listener(NamedTuple):
    """Who is told of a job's epochs, on which event loop."""

    loop: asyncio.AbstractEventLoop
    on_epoch: OnEpoch
    drained: asyncio.Event


class WorkerPool:
    """Processes that are started once and train one network after another, each on one thread.

    Args:
        workers: processes; None is one for each usable core.
        memory_gib: private memory a worker may have; not enforced on Windows, nor where there is a GPU.
    """

    def __init__(self, *, workers: int | None = None, memory_gib: float = 4.0) -> None:
        self.workers = usable_cores() if workers is None else workers
        if self.workers < 1:
            raise IlluminasError(f"expected at least 1 worker, got {workers}.")
        if memory_gib <= 0:
            raise IlluminasError(f"expected a memory limit above 0 GiB, got {memory_gib}.")
        self.memory_gib = memory_gib
        self._context = multiprocessing.get_context("spawn")
        # Every worker writes to this one pipe, without a lock that a killed one could keep: messages are so short
        # that the system writes each of them whole.
        self._progress, self._report = self._context.Pipe(duplex=False)
        self._jobs = itertools.count()
        self._listeners: dict[int, _Listener] = {}
        self._running: set[Future[TrainingResult]] = set()
        self._closed = False
        self._pool = self._new_pool()
        self._reader = threading.Thread(target=self._pass_on, name="training-progress", daemon=True)
        self._reader.start()

    def _new_pool(self) -> pebble.ProcessPool:
        return pebble.ProcessPool(
            max_workers=self.workers,
            initializer=_start,
            initargs=(os.getpid(), self.memory_gib, self._report),
            context=self._context,
        )

    def start(self) -> None:
        """Start the processes without waiting for them, so that they are warm when the first network comes.

        Raises:
            IlluminasError: the pool is closed.
        """
        if self._closed:
            raise IlluminasError("this pool of workers is closed. Open another.")
        # asking starts a new pool; one that lost an idle worker is broken for good
        if not self._pool.active:
            self._pool.join()
            self._pool = self._new_pool()
            self._pool.active  # noqa: B018

    async def train(
        self,
        space_name: str,
        architecture_text: str,
        *,
        dataset: str,
        recipe: Recipe,
        seed: int,
        dataset_seed: int = 0,
        timeout: float | None = None,
        on_epoch: OnEpoch | None = None,
    ) -> TrainingResult:
        """Train in a free worker; cancelling the task kills the work.

        Args:
            space_name, architecture_text, recipe, seed: as for the trainer's ``train``.
            dataset, dataset_seed: as for :func:`illuminas.tools.datasets.load_dataset`; each worker loads once.
            timeout: seconds from when a worker takes the job.
            on_epoch: called on this event loop after every epoch, and never after this returns.

        Returns:
            The result; a time-out, too little memory or a crash are statuses with a reason.

        Raises:
            IlluminasError: the architecture, the data set or the pool can't be used.
        """
        self.start()
        job = next(self._jobs)
        listener = _Listener(asyncio.get_running_loop(), on_epoch or _ignore, asyncio.Event())
        self._listeners[job] = listener
        arguments = (job, space_name, architecture_text, dataset, dataset_seed, recipe, seed)
        future: Future[TrainingResult] = self._pool.schedule(_work, args=arguments, timeout=timeout)
        self._running.add(future)
        try:
            result = await asyncio.wrap_future(future)
            await listener.drained.wait()
            return result
        except TimeoutError:
            return TrainingResult(status=Status.TIMEOUT, seconds=timeout or 0.0, reason=f"killed after {timeout:g} s")
        except (pebble.ProcessExpired, BrokenProcessPool) as error:
            if self._closed:  # closing killed the worker, and that was noticed before the job was cancelled
                raise asyncio.CancelledError from error
            if isinstance(error, pebble.ProcessExpired):
                return TrainingResult(status=Status.FAILED, reason=f"the worker crashed (exit code {error.exitcode})")
            return TrainingResult(
                status=Status.FAILED,
                reason=f"the workers could not start, or died before they took the job ({self.memory_gib:g} GiB each)",
            )
        finally:
            self._running.discard(future)
            del self._listeners[job]

    def _pass_on(self) -> None:
        """Hand the workers' messages to whoever waits for them, until the empty one that :meth:`close` sends."""
        while message := self._progress.recv():
            job, report = message
            listener = self._listeners.get(job)
            if listener is None or listener.loop.is_closed():
                continue
            if report is None:
                listener.loop.call_soon_threadsafe(listener.drained.set)
            else:
                listener.loop.call_soon_threadsafe(self._tell, job, report)

    def _tell(self, job: int, report: EpochReport) -> None:
        if job in self._listeners:
            self._listeners[job].on_epoch(report)

    def close(self) -> None:
        """Kill what runs, which cancels whoever waits for it, and end the processes; harmless twice."""
        if self._closed:
            return
        self._closed = True
        self._pool.stop()  # type: ignore[no-untyped-call]
        self._pool.join()
        for future in tuple(self._running):
            future.cancel()
        self._report.send(None)
        self._reader.join()
        self._report.close()
        self._progress.close()


def _ignore(report: EpochReport) -> None:
    """For those who don't want to know."""


# From here on, what runs in a worker.

_reports: Connection[object, object] | None = None


def _start(parent: int, memory_gib: float, reports: Connection[object, object]) -> None:
    """Make this process a worker; it imports what it needs, so that no job's time-out pays for that."""
    global _reports
    _reports = reports
    ignore_interrupts()
    exit_with_parent(parent)
    import torch

    from illuminas.tools.evaluation.training import trainer  # noqa: F401 - loaded for the jobs

    torch.set_num_threads(1)
    # the first optimiser imports half of torch again
    torch.optim.SGD([torch.zeros(1)], lr=1.0)
    if not torch.cuda.is_available():
        limit_memory(memory_gib)


@lru_cache(maxsize=4)
def _loaded(dataset: str, seed: int) -> Dataset:
    return load_dataset(dataset, seed=seed)


def _work(
    job: int, space_name: str, architecture_text: str, dataset: str, dataset_seed: int, recipe: Recipe, seed: int
) -> TrainingResult:
    """One training, in a worker; failures of the network are results."""
    from illuminas.tools.evaluation.training.trainer import train

    def tell(report: EpochReport | None) -> None:
        if _reports is not None:
            _reports.send((job, report))

    try:
        return train(space_name, architecture_text, _loaded(dataset, dataset_seed), recipe, seed, tell)
    except IlluminasError as error:
        # some of its subclasses can't be unpickled
        raise IlluminasError(str(error)) from None
    except MemoryError as error:
        return TrainingResult(status=Status.MEMORY, reason=f"over the memory limit: {error}"[:300])
    except RuntimeError as error:
        exhausted = any(words in str(error) for words in OUT_OF_MEMORY)
        return TrainingResult(
            status=Status.MEMORY if exhausted else Status.FAILED,
            reason=("over the memory limit: " if exhausted else "training failed: ") + str(error)[:250],
        )
    finally:
        tell(None)
