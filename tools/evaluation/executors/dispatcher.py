"""Hands jobs to the executors there are, each loaded and opened when a job needs it."""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from importlib import import_module
from typing import TYPE_CHECKING, Any, TypeVar

from illuminas.tools.errors import IlluminasError
from illuminas.tools.evaluation.executor import Executor, Job, JobResult, Settings

if TYPE_CHECKING:
    from illuminas.tools.sandbox import Level
    from illuminas.tools.spaces import SearchSpace

T = TypeVar("T")
EXECUTORS = ("sandboxed:Sandboxed", "workers:Meter", "in_process:InProcess", "workers:Workers")
"""``FILE:CLASS`` of this package, in the order in which they are asked whether they take a job. Add a new one here."""
SANDBOX = EXECUTORS[0]


class Dispatcher(Executor):
    """All executors of one toolbox behind one.

    Args:
        workers: jobs at once, wherever they are.
        require_sandbox: name of the level that the sandbox must reach; None takes any that runs networks.
    """

    def __init__(self, *, workers: int, require_sandbox: str | None = None) -> None:
        super().__init__()
        self.workers = workers
        self._settings = Settings(workers, require_sandbox)
        self._slots = asyncio.Semaphore(workers)
        self._alone = asyncio.Lock()
        self._lock = threading.Lock()
        self._closed = False
        self._open: dict[str, Executor] = {}

    async def _run(self, job: Job[T]) -> JobResult[T]:
        executor = await asyncio.to_thread(lambda: self._executor(_taker(job)))
        async with self._held(executor):
            return await executor.submit(job)

    def takes_weights(self, job: Job[Any]) -> bool:
        """Whether a training may begin with weights, and keep them, where it is going to run."""
        return _taker(job) == SANDBOX

    def warm_up(self, job: Job[Any]) -> None:
        """Open what such a job needs, without waiting until it is warm."""
        name = _taker(job)
        if name != SANDBOX or self._has_sandbox:
            self._executor(name).start()

    @property
    def _has_sandbox(self) -> bool:
        """Whether a sandbox is worth opening: where one is required, a system without it has to say so."""
        return sys.platform == "linux" or self._settings.require_sandbox is not None

    def level(self, space: SearchSpace) -> Level | None:
        """How well the space's networks are shut in, which opens the sandbox; None where they need none.

        Raises:
            IlluminasError: less is reached than is required.
        """
        from illuminas.tools.evaluation.executors.sandboxed import Sandboxed
        from illuminas.tools.sandbox import Level

        if not space.generated:
            return None
        if not self._has_sandbox:
            return Level.NONE
        sandbox = self._executor(SANDBOX)
        assert isinstance(sandbox, Sandboxed)
        return sandbox.level

    def _executor(self, name: str) -> Executor:
        """The executor of that name, which may take seconds to open.

        Raises:
            IlluminasError: this machine has none, or the toolbox is closed.
        """
        with self._lock:
            if self._closed:
                raise IlluminasError("these tools are closed. Open others.")
            if name not in self._open:
                self._open[name] = _load(name).open(self._settings)
            return self._open[name]

    @asynccontextmanager
    async def _held(self, executor: Executor) -> AsyncIterator[None]:
        """The places that a job of the executor takes."""
        async with AsyncExitStack() as held:
            if executor.slots == "all":
                await held.enter_async_context(self._alone)
            for _ in range({"none": 0, "one": 1, "all": self.workers}[executor.slots]):
                await held.enter_async_context(self._slots)
            yield

    def close(self) -> None:
        with self._lock:
            self._closed = True
            opened = list(self._open.values())
            self._open.clear()
        for executor in opened:
            executor.close()


def _taker(job: Job[Any]) -> str:
    """Name of the executor that takes a job."""
    return next(name for name in EXECUTORS if _load(name).takes(job))


def _load(name: str) -> type[Executor]:
    file, _, executor = name.partition(":")
    found: type[Executor] = getattr(import_module(f"{__package__}.{file}"), executor)
    return found
