"""Where networks come to life: worker processes for what our own code builds, the sandbox for generated source."""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from enum import Enum, auto
from functools import cache
from typing import TYPE_CHECKING

from illuminas.tools.errors import IlluminasError
from illuminas.tools.spaces.base import Architecture, SearchSpace

if TYPE_CHECKING:
    from illuminas.tools.evaluation.training.workers import WorkerPool
    from illuminas.tools.sandbox import Level, Sandbox

MEMORY_GIB = 4.0
"""What one network may use, wherever it is."""


class Place(Enum):
    """Where a network is trained."""

    WORKERS = auto()
    SANDBOX = auto()


def place_of_training(space: SearchSpace, architecture: Architecture) -> Place:
    """Where the network of an architecture is trained.

    Networks of generated source live in the sandbox, which uses no GPU. Where there is one, the workers use it, for
    what our own compiler wrote from validated data too: a layer list. Source that others wrote never leaves the
    sandbox.
    """
    if not space.generated:
        return Place.WORKERS
    if not space.is_free(architecture) and has_gpu():
        return Place.WORKERS
    return Place.SANDBOX


@cache
def has_gpu() -> bool:
    """Whether torch finds a GPU; the first call imports it, which takes seconds."""
    import torch

    return torch.cuda.is_available()


class Workshop:
    """The worker processes and the sandbox of one toolbox, each opened when it is first needed.

    Args:
        workers: networks at once, wherever they are.
        require_sandbox: level that the sandbox must reach; None takes any that runs networks.

    Attributes:
        free: held by each network while it is built, scored or trained.
    """

    def __init__(self, *, workers: int, require_sandbox: Level | None = None) -> None:
        self.workers = workers
        self.free = asyncio.Semaphore(workers)
        self._require = require_sandbox
        self._quiet = asyncio.Lock()
        self._lock = threading.Lock()
        self._closed = False
        self._pool: WorkerPool | None = None
        self._sandbox: Sandbox | None = None

    def pool(self) -> WorkerPool:
        """The worker processes.

        Raises:
            IlluminasError: the toolbox is closed.
        """
        from illuminas.tools.evaluation.training.workers import WorkerPool

        with self._lock:
            self._check_open()
            if self._pool is None:
                self._pool = WorkerPool(workers=self.workers, memory_gib=MEMORY_GIB)
            return self._pool

    def sandbox(self) -> Sandbox:
        """The sandbox; the first call takes up to a second, and torch is warm in it some seconds later.

        Raises:
            IlluminasError: this machine has none, or none of the level that is required; or the toolbox is closed.
        """
        from illuminas.tools.sandbox import Level, Limits, Sandbox

        with self._lock:
            self._check_open()
            if self._sandbox is None:
                require = Level.PROCESS if self._require is None else self._require
                self._sandbox = Sandbox(workers=self.workers, limits=Limits(memory_gib=MEMORY_GIB), require=require)
            return self._sandbox

    def level(self, space: SearchSpace) -> Level | None:
        """How well the space's networks are shut in, which opens the sandbox; None where they need none.

        Raises:
            IlluminasError: less is reached than is required.
        """
        from illuminas.tools.sandbox import Level

        if not space.generated:
            return None
        if sys.platform != "linux" and self._require is None:
            return Level.NONE
        return self.sandbox().level

    def warm_up(self, space: SearchSpace) -> None:
        """Start what trains the space's networks, without waiting until it is warm."""
        if not space.generated or has_gpu():
            self.pool().start()
        self.level(space)

    @asynccontextmanager
    async def alone(self) -> AsyncIterator[None]:
        """While no network of this workshop is at work, so that a measurement is not disturbed."""
        async with self._quiet, AsyncExitStack() as held:
            for _ in range(self.workers):
                await held.enter_async_context(self.free)
            yield

    def _check_open(self) -> None:
        if self._closed:
            raise IlluminasError("these tools are closed. Open others.")

    def close(self) -> None:
        """End all processes, and what runs in them; harmless twice."""
        with self._lock:
            self._closed = True
            pool, self._pool = self._pool, None
            sandbox, self._sandbox = self._sandbox, None
        if pool is not None:
            pool.close()
        if sandbox is not None:
            sandbox.close()
