"""Worker processes: what goes wrong in one is a result, and harms nothing else."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import subprocess
import sys
from collections.abc import Iterator
from multiprocessing.connection import wait
from multiprocessing.process import BaseProcess
from pathlib import Path

import numpy as np
import pytest

from illuminas.tools.errors import IlluminasError
from illuminas.tools.evaluation import Status
from illuminas.tools.evaluation.training import EpochReport, Recipe, TrainingResult, WorkerPool

CELL = "|nor_conv_3x3~0|+|none~0|none~1|+|skip_connect~0|nor_conv_1x1~1|none~2|"
TINY = Recipe(epochs=2, channels=2)
ENDLESS = Recipe(epochs=1_000_000, channels=2, hopeless_after=1)


_OTHERS: list[BaseProcess] = []
"""Processes that earlier tests of this process keep warm."""


@pytest.fixture(scope="module")
def pool() -> Iterator[WorkerPool]:
    _OTHERS[:] = multiprocessing.active_children()
    pool = WorkerPool(workers=1, memory_gib=2.0)
    yield pool
    pool.close()


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> str:
    rng = np.random.default_rng(0)
    y = np.arange(60) % 3
    x = rng.normal(size=(60, 8, 8)) + 2 * y[:, None, None]
    path = tmp_path_factory.mktemp("data") / "three.npz"
    np.savez(path, x=x, y=y)
    return str(path)


def worker() -> BaseProcess:
    """The one worker of the module's pool."""
    (process,) = (child for child in multiprocessing.active_children() if child not in _OTHERS)
    return process


def is_gone(process: BaseProcess) -> bool:
    """Whether the process ends before long."""
    return bool(wait([process.sentinel], timeout=10))


async def train_tiny(pool: WorkerPool, data: str, *, seed: int = 0) -> TrainingResult:
    return await pool.train("nb201", CELL, dataset=data, recipe=TINY, seed=seed)


def test_a_worker_gives_the_same_result_as_this_process(pool: WorkerPool, data: str) -> None:
    from illuminas.tools.datasets import load_dataset
    from illuminas.tools.evaluation.training.trainer import train

    there = asyncio.run(train_tiny(pool, data, seed=3))
    here = train("nb201", CELL, load_dataset(data), TINY, 3)
    assert there.status is Status.OK
    timeless = {"seconds", "cpu_seconds"}
    assert there.model_dump(exclude=timeless) == here.model_dump(exclude=timeless)


def test_every_epoch_is_reported_in_order_before_the_result(pool: WorkerPool, data: str) -> None:
    heard: list[EpochReport] = []

    async def run() -> int:
        recipe = Recipe(epochs=5, channels=2, hopeless_after=1)
        await pool.train("nb201", CELL, dataset=data, recipe=recipe, seed=0, on_epoch=heard.append)
        return len(heard)

    assert asyncio.run(run()) == 5
    assert [report.epoch for report in heard] == [1, 2, 3, 4, 5]


def test_a_time_out_kills_the_work_and_the_pool_goes_on(pool: WorkerPool, data: str) -> None:
    asyncio.run(train_tiny(pool, data))
    process = worker()
    result = asyncio.run(
        pool.train("nb201", CELL, dataset=data, recipe=ENDLESS, seed=0, timeout=0.3),
    )
    assert result.status is Status.TIMEOUT
    assert result.val_accuracy is None
    assert is_gone(process)
    assert asyncio.run(train_tiny(pool, data)).status is Status.OK


def test_cancelling_kills_the_work(pool: WorkerPool, data: str) -> None:
    async def run() -> BaseProcess:
        begun = asyncio.Event()
        task = asyncio.create_task(
            pool.train("nb201", CELL, dataset=data, recipe=ENDLESS, seed=0, on_epoch=lambda _: begun.set())
        )
        await begun.wait()
        process = worker()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return process

    assert is_gone(asyncio.run(run()))


def test_a_crash_is_a_failure_and_the_pool_goes_on(pool: WorkerPool, data: str) -> None:
    def crash(_: EpochReport) -> None:
        worker().kill()

    async def run() -> TrainingResult:
        return await pool.train("nb201", CELL, dataset=data, recipe=ENDLESS, seed=0, on_epoch=crash)

    result = asyncio.run(run())
    assert result.status is Status.FAILED
    assert "crashed" in result.reason
    assert asyncio.run(train_tiny(pool, data)).status is Status.OK


def test_a_worker_killed_while_idle_is_replaced(pool: WorkerPool, data: str) -> None:
    asyncio.run(train_tiny(pool, data))
    process = worker()
    process.kill()
    assert is_gone(process)
    results = [asyncio.run(train_tiny(pool, data)).status for _ in range(2)]
    assert results[-1] is Status.OK


def test_too_much_memory_is_a_status_and_the_pool_goes_on(pool: WorkerPool, data: str) -> None:
    # a 3x3 convolution at the last stage alone has 9 * 8192^2 weights, 2.4 GB
    recipe = Recipe(epochs=1, channels=2048)
    result = asyncio.run(pool.train("nb201", CELL, dataset=data, recipe=recipe, seed=0, timeout=60))
    assert result.status is Status.MEMORY, result
    assert asyncio.run(train_tiny(pool, data)).status is Status.OK


def test_what_cannot_be_trained_is_the_callers_error(pool: WorkerPool, data: str) -> None:
    with pytest.raises(IlluminasError, match="not a NAS-Bench-201 cell"):
        asyncio.run(pool.train("nb201", "nonsense", dataset=data, recipe=TINY, seed=0))
    with pytest.raises(IlluminasError, match="Did you mean 'digits'"):
        asyncio.run(pool.train("nb201", CELL, dataset="digist", recipe=TINY, seed=0))


def test_closing_cancels_what_runs_and_ends_the_workers(data: str) -> None:
    pool = WorkerPool(workers=1)

    async def run() -> BaseProcess:
        begun = asyncio.Event()
        task = asyncio.create_task(
            pool.train("nb201", CELL, dataset=data, recipe=ENDLESS, seed=0, on_epoch=lambda _: begun.set())
        )
        await begun.wait()
        (process,) = (child for child in multiprocessing.active_children() if child not in others)
        await asyncio.to_thread(pool.close)
        with pytest.raises(asyncio.CancelledError):
            await task
        return process

    others = multiprocessing.active_children()
    assert is_gone(asyncio.run(run()))
    pool.close()
    with pytest.raises(IlluminasError, match="closed"):
        pool.start()


@pytest.mark.skipif(sys.platform == "win32", reason="kills as POSIX does")
def test_workers_end_when_their_parent_is_killed(tmp_path: Path, data: str) -> None:
    script = tmp_path / "parent.py"
    script.write_text(
        f"""
import asyncio
from illuminas.tools.evaluation.training import Recipe, WorkerPool

if __name__ == "__main__":
    pool = WorkerPool(workers=1)
    recipe = Recipe(epochs=1_000_000, channels=2, hopeless_after=1)
    training = pool.train(
        "nb201", {CELL!r}, dataset={data!r}, recipe=recipe, seed=0, on_epoch=lambda _: print("begun", flush=True)
    )
    asyncio.run(training)
"""
    )
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])}
    with subprocess.Popen([sys.executable, str(script)], stdout=subprocess.PIPE, env=environment) as parent:
        assert parent.stdout is not None
        assert parent.stdout.readline() == b"begun\n"
        parent.kill()
        # the worker holds the other end of this pipe, too: it closes when both are gone
        parent.communicate(timeout=10)


@pytest.mark.parametrize("settings", [{"workers": 0}, {"memory_gib": 0.0}])
def test_impossible_pools_are_refused(settings: dict[str, int]) -> None:
    with pytest.raises(IlluminasError, match="expected"):
        WorkerPool(**settings)
