"""Executors: ``submit(job) -> result``, wherever the job runs.

A job is a picklable call with a key. The same key is done once: whoever submits it while it runs waits for the same
work, and a job that succeeded is remembered for a while. A failure is a status with a reason, never a number; wrong
use, as a text that is no architecture, is the caller's error and raised.
"""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, ClassVar, Generic, Literal, NamedTuple, TypeVar

from illuminas.tools.evaluation.evaluation import Status

T = TypeVar("T")
OnProgress = Callable[[int, int], None]
"""Told of steps done, and steps there will be."""
REMEMBERED = 32
"""Results of finished jobs that an executor remembers."""
OUT_OF_MEMORY = ("can't allocate memory", "out of memory", "bad_alloc", "could not create a memory")
"""How torch words it: but for CUDA, it has no error of its own for exhausted memory."""


class Kind(StrEnum):
    """What a job is about."""

    TRAIN = "train"
    SCORE = "score"
    INSPECT = "inspect"
    LATENCY = "latency"
    FUNCTION = "function"


def no_progress(done: int, total: int) -> None:
    """For those who need not know."""


@dataclass(frozen=True, kw_only=True)
class Job(Generic[T]):
    """Something to be done.

    Attributes:
        kind: what it is about; executors decide by it whether they take the job.
        key: equal for equal work.
        payload: does the work in the process that it is sent to, given whom to tell of progress. Picklable.
        timeout: seconds from when a process takes the job until it is killed; None waits.
        on_progress: called on the event loop that submits, and never after the result is there.
    """

    kind: Kind
    key: str
    payload: Callable[[OnProgress], T | JobResult[T]]
    timeout: float | None = None
    on_progress: OnProgress = no_progress


@dataclass(frozen=True, kw_only=True)
class JobResult(Generic[T]):
    """How a job ended. A payload that returns one has judged itself.

    Attributes:
        found: what came of it; there with the status ok, and with a failure that left something to tell.
        reason: why it failed.
        seconds: wall-clock time of the work.
    """

    status: Status
    found: T | None = None
    reason: str = ""
    seconds: float = 0.0


class Settings(NamedTuple):
    """What executors are opened with.

    Attributes:
        workers: jobs at once.
        require_sandbox: name of the level that the sandbox must reach; None takes any that runs networks.
        memory_gib: what one job may use.
    """

    workers: int
    require_sandbox: str | None = None
    memory_gib: float = 4.0


@dataclass(eq=False)
class _Call:
    """A job that runs, and who waits for it on that event loop."""

    loop: asyncio.AbstractEventLoop
    listeners: list[OnProgress] = field(default_factory=list)
    task: asyncio.Task[JobResult[Any]] | None = None

    def tell(self, done: int, total: int) -> None:
        for listener in tuple(self.listeners):
            listener(done, total)


class Executor(ABC):
    """Runs jobs. A subclass says in :meth:`_run` how; tests/tools/evaluation/test_executors.py says what must hold.

    Attributes:
        kills: whether time-outs and cancelling end the work, and not only the waiting for it.
        slots: how many of the machine's places a job takes: ``one``, ``all`` where nothing else may run, or ``none``.
    """

    kills: ClassVar[bool] = True
    slots: ClassVar[Literal["one", "all", "none"]] = "one"

    def __init__(self) -> None:
        self._calls: dict[str, _Call] = {}
        self._finished: dict[str, JobResult[Any]] = {}

    async def submit(self, job: Job[T]) -> JobResult[T]:
        """Do the job, once; cancelling the last who waits for it cancels the work.

        Raises:
            IlluminasError: the job makes no sense, or the executor is closed.
        """
        if job.key in self._finished:
            return self._finished[job.key]
        loop = asyncio.get_running_loop()
        call = self._calls.get(job.key)
        if call is None or call.loop is not loop:
            call = _Call(loop)
            call.task = loop.create_task(self._run(replace(job, on_progress=call.tell)))
            self._calls[job.key] = call
        assert call.task is not None
        call.listeners.append(job.on_progress)
        try:
            result: JobResult[T] = await asyncio.shield(call.task)
        finally:
            call.listeners.remove(job.on_progress)
            if not call.listeners:
                if self._calls.get(job.key) is call:
                    del self._calls[job.key]
                if not call.task.done():
                    call.task.cancel()
                    await asyncio.wait([call.task])
        if result.status is Status.OK:
            self._finished[job.key] = result
            while len(self._finished) > REMEMBERED:
                del self._finished[next(iter(self._finished))]
        return result

    @classmethod
    def takes(cls, job: Job[Any]) -> bool:
        """Whether jobs of the kind are for it, where no executor before it in the list takes them."""
        return False

    @classmethod
    def open(cls, settings: Settings) -> Executor:
        """The executor of a toolbox, which may take seconds to open.

        Raises:
            IlluminasError: this machine has none.
        """
        return cls()

    def start(self) -> None:
        """Begin to open what jobs need, without waiting for it."""
        return

    @abstractmethod
    async def _run(self, job: Job[T]) -> JobResult[T]:
        """Do a job that is not under way."""

    @abstractmethod
    def close(self) -> None:
        """Kill what runs, which raises where it is awaited, and end the processes. Idempotent."""


def judged(value: T | JobResult[T], seconds: float) -> JobResult[T]:
    """The result of a payload that returned."""
    return value if isinstance(value, JobResult) else JobResult(status=Status.OK, found=value, seconds=seconds)


def failed(error: Exception) -> JobResult[Any]:
    """The result of a payload that raised."""
    reason = " ".join(f"{type(error).__name__}: {error}".split())[:300]
    if isinstance(error, MemoryError) or any(words in str(error) for words in OUT_OF_MEMORY):
        return JobResult(status=Status.MEMORY, reason=f"over the memory limit: {error}"[:300])
    return JobResult(status=Status.FAILED, reason=reason)
