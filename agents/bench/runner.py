"""Runs many searches over the cores: rivals and the engine, each seed in a process of a pool, one thread each."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Generator, Iterable, Iterator, Sequence
from concurrent.futures import Future, as_completed
from contextlib import contextmanager, suppress
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from illuminas.agents.bench.problem import BudgetSpent, Oracle, Problem, Task, load_problem
from illuminas.agents.bench.rivals import RIVALS
from illuminas.agents.bench.trace import Job, Trace, TraceStore
from illuminas.agents.bench.variants import VARIANTS
from illuminas.tools.process import exit_with_parent, ignore_interrupts, usable_cores

_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")


class Done(NamedTuple):
    """A job and its trace.

    Attributes:
        kept: it was there from an earlier bench.
    """

    job: Job
    trace: Trace
    kept: bool


def run_job(job: Job) -> Trace:
    """Run one search in this process."""
    if job.method in VARIANTS:
        from illuminas.agents.bench.engine import run_engine

        return run_engine(job)
    problem = _problem(job.task)
    if job.method.endswith("synflow"):
        problem.synflow()  # once a process; what it costs is the same for all seeds
    return run_rival(job.method, problem, job.budget, job.seed)


def run_rival(method: str, problem: Problem, budget: int, seed: int) -> Trace:
    """Search with one rival."""
    oracle = Oracle(problem, budget)
    with suppress(BudgetSpent):
        RIVALS[method].search(oracle, np.random.default_rng(seed))
    return Trace(budget=budget, codes=tuple(oracle.codes), clock=tuple(oracle.clock))


@lru_cache(maxsize=4)
def _problem(task: Task) -> Problem:
    return load_problem(task)


def run_jobs(
    jobs: Sequence[Job], store: TraceStore, *, workers: int | None = None, fresh: bool = False
) -> Generator[Done]:
    """Traces of the jobs as they come in: those kept from before first, then as processes finish them.

    Every trace is kept at once, so a broken bench loses only what was running. Closing the iterator ends the
    processes.

    Args:
        store: where traces are kept.
        workers: processes; None is one a usable core.
        fresh: run everything again.

    Raises:
        IlluminasError: a search failed.
    """
    waiting = []
    for job in jobs:
        trace = None if fresh else store.get(job)
        if trace is None:
            waiting.append(job)
        else:
            yield Done(job, trace, kept=True)
    if waiting:
        yield from _run_waiting(waiting, store, min(workers or usable_cores(), len(waiting)))


def _run_waiting(jobs: Iterable[Job], store: TraceStore, workers: int) -> Generator[Done]:
    import pebble

    with _one_thread_each():
        pool = pebble.ProcessPool(
            max_workers=workers,
            initializer=_start,
            initargs=(os.getpid(),),
            context=multiprocessing.get_context("spawn"),
        )
        try:
            futures: dict[Future[Trace], Job] = {pool.schedule(run_job, args=(job,)): job for job in jobs}
            for future in as_completed(futures):
                job, trace = futures[future], future.result()
                store.put(job, trace)
                yield Done(job, trace, kept=False)
        finally:
            pool.stop()  # type: ignore[no-untyped-call]
            pool.join()


@contextmanager
def _one_thread_each() -> Iterator[None]:
    """Processes started meanwhile use one thread: numerical libraries read this when they load."""
    before = {name: os.environ.get(name) for name in _THREADS}
    os.environ.update(dict.fromkeys(_THREADS, "1"))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def _start(parent: int) -> None:
    exit_with_parent(parent)
    ignore_interrupts()
