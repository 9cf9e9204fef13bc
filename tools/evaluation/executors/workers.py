"""Warm processes of this machine; what goes wrong in one is a result and harms nothing else.

A time-out kills the process that runs over, a memory limit makes its allocations fail, and a crash takes only that
process; another takes its place. When the parent dies, however it dies, its workers end within two seconds.
"""

from __future__ import annotations

import asyncio
import itertools
import multiprocessing
import os
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.connection import Connection
from typing import Any, ClassVar, Literal, NamedTuple, TypeVar

import pebble

from illuminas.tools.devices.latency.measure import prepare
from illuminas.tools.errors import IlluminasError
from illuminas.tools.evaluation.evaluation import Status
from illuminas.tools.evaluation.executor import (
    Executor,
    Job,
    JobResult,
    Kind,
    OnProgress,
    Settings,
    failed,
    judged,
)
from illuminas.tools.evaluation.networks import prepare_training
from illuminas.tools.process import exit_with_parent, ignore_interrupts, limit_memory, usable_cores

T = TypeVar("T")


class _Listener(NamedTuple):
    """Who is told of a job's progress, on which event loop."""

    loop: asyncio.AbstractEventLoop
    on_progress: OnProgress
    drained: asyncio.Event


class Workers(Executor):
    """Processes that are started once and do one job after another, each on one thread.

    Args:
        workers: processes; None is one for each usable core.
        memory_gib: private memory a worker may have; not enforced on Windows, nor where there is a GPU.
        prepare: called in each process as it starts, so that no job's time-out pays for what it imports. Picklable.
    """

    def __init__(
        self, *, workers: int | None = None, memory_gib: float = 4.0, prepare: Callable[[], None] | None = None
    ) -> None:
        super().__init__()
        self.workers = usable_cores() if workers is None else workers
        if self.workers < 1:
            raise IlluminasError(f"expected at least 1 worker, got {workers}.")
        if memory_gib <= 0:
            raise IlluminasError(f"expected a memory limit above 0 GiB, got {memory_gib}.")
        self.memory_gib = memory_gib
        self._prepare = prepare
        self._context = multiprocessing.get_context("spawn")
        # Every worker writes to this one pipe, without a lock that a killed one could keep: messages are so short
        # that the system writes each of them whole.
        self._progress, self._report = self._context.Pipe(duplex=False)
        self._numbers = itertools.count()
        self._listeners: dict[int, _Listener] = {}
        self._running: set[Future[Any]] = set()
        self._closed = False
        self._pool = self._new_pool()
        self._reader = threading.Thread(target=self._pass_on, name="progress", daemon=True)
        self._reader.start()

    @classmethod
    def takes(cls, job: Job[Any]) -> bool:
        return True

    @classmethod
    def open(cls, settings: Settings) -> Workers:
        return cls(workers=settings.workers, memory_gib=settings.memory_gib, prepare=prepare_training)

    def _new_pool(self) -> pebble.ProcessPool:
        return pebble.ProcessPool(
            max_workers=self.workers,
            initializer=_start,
            initargs=(os.getpid(), self.memory_gib, self._report, self._prepare),
            context=self._context,
        )

    def start(self) -> None:
        """Start the processes without waiting for them, so that they are warm when the first job comes.

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

    async def _run(self, job: Job[T]) -> JobResult[T]:
        self.start()
        number = next(self._numbers)
        listener = _Listener(asyncio.get_running_loop(), job.on_progress, asyncio.Event())
        self._listeners[number] = listener
        future: Future[JobResult[T]] = self._pool.schedule(_work, args=(number, job.payload), timeout=job.timeout)
        self._running.add(future)
        try:
            result = await asyncio.wrap_future(future)
            await listener.drained.wait()
            return result
        except TimeoutError:
            seconds = job.timeout or 0.0
            return JobResult(status=Status.TIMEOUT, seconds=seconds, reason=f"killed after {seconds:g} s")
        except (pebble.ProcessExpired, BrokenProcessPool) as error:
            if self._closed:  # closing killed the worker, and that was noticed before the job was cancelled
                raise asyncio.CancelledError from error
            if isinstance(error, pebble.ProcessExpired):
                return JobResult(status=Status.FAILED, reason=f"the worker crashed (exit code {error.exitcode})")
            return JobResult(
                status=Status.FAILED,
                reason=f"the workers could not start, or died before they took the job ({self.memory_gib:g} GiB each)",
            )
        finally:
            self._running.discard(future)
            del self._listeners[number]

    def _pass_on(self) -> None:
        """Hand the workers' messages to whoever waits for them, until the empty one that :meth:`close` sends."""
        while message := self._progress.recv():
            number, told = message
            listener = self._listeners.get(number)
            if listener is None or listener.loop.is_closed():
                continue
            if told is None:
                listener.loop.call_soon_threadsafe(listener.drained.set)
            else:
                listener.loop.call_soon_threadsafe(self._tell, number, *told)

    def _tell(self, number: int, done: int, total: int) -> None:
        if number in self._listeners:
            self._listeners[number].on_progress(done, total)

    def close(self) -> None:
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


class Meter(Workers):
    """A warm process that times one network while nothing else runs; one at a time should run on a machine."""

    slots: ClassVar[Literal["one", "all", "none"]] = "all"

    def __init__(self, *, memory_gib: float) -> None:
        super().__init__(workers=1, memory_gib=memory_gib, prepare=prepare)

    @classmethod
    def takes(cls, job: Job[Any]) -> bool:
        return job.kind is Kind.LATENCY

    @classmethod
    def open(cls, settings: Settings) -> Meter:
        return cls(memory_gib=settings.memory_gib)


# From here on, what runs in a worker.

_reports: Connection[object, object] | None = None


def _start(
    parent: int, memory_gib: float, reports: Connection[object, object], prepare: Callable[[], None] | None
) -> None:
    """Make this process a worker."""
    global _reports
    _reports = reports
    ignore_interrupts()
    exit_with_parent(parent)
    import torch

    torch.set_num_threads(1)
    if prepare is not None:
        prepare()
    if not torch.cuda.is_available():
        limit_memory(memory_gib)


def _work(number: int, payload: Callable[[OnProgress], T | JobResult[T]]) -> JobResult[T]:
    """One job, in a worker; what goes wrong in it is a result."""

    def tell(*progress: int) -> None:
        if _reports is not None:
            _reports.send((number, progress or None))

    began = time.perf_counter()
    try:
        return judged(payload(tell), time.perf_counter() - began)
    except IlluminasError as error:
        # some of its subclasses can't be unpickled
        raise IlluminasError(str(error)) from None
    except Exception as error:
        return failed(error)
    finally:
        tell()
