"""The executors, in the order in which they are asked whether they take a job."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

from illuminas.tools.evaluation.executor import Executor, Job, Kind
from illuminas.tools.evaluation.networks import needs_sandbox, prepare_training

if TYPE_CHECKING:
    from illuminas.tools.sandbox import Level

MEMORY_GIB = 4.0
"""What one job may use, wherever it is."""


class Settings(NamedTuple):
    """What executors are opened with.

    Attributes:
        workers: jobs at once.
        require_sandbox: level that the sandbox must reach; None takes any that runs networks.
    """

    workers: int
    require_sandbox: Level | None = None


class Entry(NamedTuple):
    """An executor of the registry.

    Attributes:
        takes: whether it takes a job that none before it took.
        open: opens it; nothing is loaded before.
    """

    takes: Callable[[Job[Any]], bool]
    open: Callable[[Settings], Executor]


def _sandbox(settings: Settings) -> Executor:
    from illuminas.tools.evaluation.executors.sandboxed import Sandboxed
    from illuminas.tools.sandbox import Level

    require = Level.PROCESS if settings.require_sandbox is None else settings.require_sandbox
    return Sandboxed(workers=settings.workers, memory_gib=MEMORY_GIB, require=require)


def _meter(settings: Settings) -> Executor:
    from illuminas.tools.evaluation.executors.meter import Meter

    return Meter(memory_gib=MEMORY_GIB)


def _here(job: Job[Any]) -> bool:
    return job.kind is Kind.SCORE or bool(getattr(job.payload, "in_process", False))


def _in_process(settings: Settings) -> Executor:
    from illuminas.tools.evaluation.executors.in_process import InProcess

    return InProcess()


def _workers(settings: Settings) -> Executor:
    from illuminas.tools.evaluation.executors.workers import Workers

    return Workers(workers=settings.workers, memory_gib=MEMORY_GIB, prepare=prepare_training)


SANDBOX = "sandbox"
EXECUTORS: dict[str, Entry] = {
    SANDBOX: Entry(needs_sandbox, _sandbox),
    "meter": Entry(lambda job: job.kind is Kind.LATENCY, _meter),
    "in-process": Entry(_here, _in_process),
    "workers": Entry(lambda job: True, _workers),
}
