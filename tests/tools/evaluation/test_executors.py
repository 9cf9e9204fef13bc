"""The contract of executors, over each of them."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
from payloads import Note, Raise, crash, hoard, misuse

from illuminas.tools.errors import IlluminasError
from illuminas.tools.evaluation import Status
from illuminas.tools.evaluation.executor import Executor, Job, JobResult, Kind
from illuminas.tools.evaluation.executors.dispatcher import EXECUTORS, Dispatcher
from illuminas.tools.evaluation.executors.in_process import InProcess
from illuminas.tools.evaluation.executors.workers import Meter, Workers
from illuminas.tools.evaluation.networks import TrainNetwork
from illuminas.tools.evaluation.training import Recipe

SOURCE = """
import torch
from torch import nn

class Network(nn.Module):
    def __init__(self, in_channels: int, image_size: int, classes: int) -> None:
        super().__init__()
        self.head = nn.Linear(in_channels * image_size**2, classes)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        {line}
        return self.head(x.flatten(1))
"""


class Rig(NamedTuple):
    """An executor, and jobs for it.

    Attributes:
        good: one that tells of three steps; ``bad`` fails in its own code; ``endless`` does not end by itself.
        runs: how often ``good`` was really done.
    """

    executor: Executor
    good: Job[Any]
    bad: Job[Any]
    endless: Job[Any]
    runs: Callable[[], int]


def simple(executor: Executor, path: Path) -> Rig:
    def job(key: str, payload: Any) -> Job[Any]:
        return Job(kind=Kind.FUNCTION, key=key, payload=payload)

    return Rig(
        executor,
        job("good", Note(path)),
        job("bad", Raise(ValueError("not that"))),
        job("endless", Note(path, seconds=600 if executor.kills else 1)),
        lambda: len(path.read_text(encoding="utf-8").split()) if path.exists() else 0,
    )


def sandboxed(dataset: str, monkeypatch: pytest.MonkeyPatch) -> Rig:
    from illuminas.tools.evaluation.executors.sandboxed import Sandboxed
    from illuminas.tools.sandbox import Level, Sandbox

    runs, ask = [], Sandbox._ask

    async def noting(self: Sandbox, *arguments: Any) -> Any:
        runs.append(arguments)
        return await ask(self, *arguments)

    monkeypatch.setattr(Sandbox, "_ask", noting)

    def job(key: str, line: str) -> Job[Any]:
        recipe = Recipe(epochs=3, hopeless_after=1)
        payload = TrainNetwork(space="code", text=SOURCE.format(line=line), dataset=dataset, recipe=recipe, seed=0)
        return Job(kind=Kind.TRAIN, key=key, payload=payload, timeout=60)

    return Rig(
        Sandboxed(workers=1, memory_gib=2.0, require=Level.PROCESS),
        job("good", "pass"),
        job("bad", 'raise ValueError("not that")'),
        replace(job("endless", "pass"), payload=replace(job("", "pass").payload, recipe=Recipe(epochs=10**6))),
        lambda: len(runs),
    )


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> str:
    rng = np.random.default_rng(0)
    y = np.arange(60) % 3
    path = tmp_path_factory.mktemp("data") / "three.npz"
    np.savez(path, x=rng.normal(size=(60, 8, 8)) + 2 * y[:, None, None], y=y)
    return str(path)


@pytest.fixture(scope="module")
def pool() -> Iterator[Workers]:
    pool = Workers(workers=1, memory_gib=2.0)
    yield pool
    pool.close()


@pytest.fixture(params=["workers", "in-process", "sandbox"])
def rig(request: pytest.FixtureRequest, tmp_path: Path, dataset: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Rig]:
    if request.param == "sandbox" and sys.platform != "linux":
        pytest.skip("the sandbox runs networks on Linux alone")
    if request.param == "sandbox":
        made = sandboxed(dataset, monkeypatch)
    else:
        made = simple({"workers": lambda: Workers(workers=1), "in-process": InProcess}[request.param](), tmp_path / "f")
    yield made
    made.executor.close()


def test_every_executor_of_the_registry_is_tested() -> None:
    tested = {"workers:Workers", "in_process:InProcess", "sandboxed:Sandboxed"}
    assert set(EXECUTORS) == {*tested, "workers:Meter"}, "the meter is a worker"


def test_executors_keep_their_contract(rig: Rig) -> None:
    """One test, as processes take seconds to start."""
    asyncio.run(_gives_a_result_after_its_progress(rig))
    asyncio.run(_does_a_job_that_is_finished_once(rig))
    asyncio.run(_tells_failures_as_a_status_with_a_reason(rig))
    asyncio.run(_does_a_job_that_runs_once_and_for_all_who_wait(rig))
    if rig.executor.kills:
        asyncio.run(_kills_what_takes_too_long(rig))
        asyncio.run(_kills_what_nobody_waits_for(rig))
    asyncio.run(_ends_what_runs_when_it_closes(rig))


async def _gives_a_result_after_its_progress(rig: Rig) -> None:
    heard: list[tuple[int, int]] = []
    result = await rig.executor.submit(replace(rig.good, on_progress=lambda *told: heard.append(told)))
    assert (result.status, result.reason) == (Status.OK, "")
    assert result.found is not None
    assert heard == [(1, 3), (2, 3), (3, 3)]


async def _does_a_job_that_is_finished_once(rig: Rig) -> None:
    before = rig.runs()
    assert (await rig.executor.submit(rig.good)).status is Status.OK
    assert rig.runs() == before


async def _tells_failures_as_a_status_with_a_reason(rig: Rig) -> None:
    for _ in range(2):  # and may be tried again
        result = await rig.executor.submit(rig.bad)
        assert result.status is Status.FAILED
        assert "not that" in result.reason


async def _does_a_job_that_runs_once_and_for_all_who_wait(rig: Rig) -> None:
    before, job = rig.runs(), replace(rig.good, key="shared")
    heard: list[int] = []
    waiting = [
        asyncio.create_task(rig.executor.submit(replace(job, on_progress=lambda done, _: heard.append(done))))
        for _ in range(3)
    ]
    await asyncio.sleep(0)
    waiting[0].cancel()  # one who gives up does not spoil it for the others
    first, *rest = await asyncio.gather(*waiting, return_exceptions=True)
    assert isinstance(first, asyncio.CancelledError)
    assert all(isinstance(each, JobResult) and each.status is Status.OK for each in rest)
    assert rig.runs() == before + 1
    assert sorted(heard) == [1, 1, 2, 2, 3, 3]


def children() -> set[int]:
    """Processes below this one."""
    parents = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            parents[int(stat.parent.name)] = int(stat.read_text().rpartition(")")[2].split()[1])
    found = {os.getpid()}
    while more := {child for child, parent in parents.items() if parent in found} - found:
        found |= more
    return found - {os.getpid()}


async def one_ends(running: set[int]) -> None:
    """Wait until some process of them is gone, which it has to be before long."""
    if sys.platform == "linux":
        deadline = time.monotonic() + 20
        while not running - children():
            assert time.monotonic() < deadline, "its process goes on"
            await asyncio.sleep(0.05)


async def _kills_what_takes_too_long(rig: Rig) -> None:
    result = await rig.executor.submit(replace(rig.endless, timeout=0.5))
    assert result.status is Status.TIMEOUT
    assert "killed after 0.5 s" in result.reason
    assert (await rig.executor.submit(replace(rig.good, key="after"))).status is Status.OK, "it goes on"


async def _kills_what_nobody_waits_for(rig: Rig) -> None:
    begun = asyncio.Event()
    task = asyncio.create_task(rig.executor.submit(replace(rig.endless, on_progress=lambda *_: begun.set())))
    await begun.wait()
    running = children()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await one_ends(running)
    assert (await rig.executor.submit(replace(rig.good, key="after that"))).status is Status.OK


async def _ends_what_runs_when_it_closes(rig: Rig) -> None:
    begun = asyncio.Event()
    task = asyncio.create_task(rig.executor.submit(replace(rig.endless, on_progress=lambda *_: begun.set())))
    await begun.wait()
    before = children()
    await asyncio.to_thread(rig.executor.close)
    if rig.executor.kills:
        with pytest.raises((asyncio.CancelledError, IlluminasError)):
            await task
        await one_ends(before)
    else:
        await task
    rig.executor.close()
    with pytest.raises(IlluminasError, match="closed"):
        await rig.executor.submit(replace(rig.good, key="late"))


# What is the workers' own.


def test_a_crash_is_a_failure_and_the_pool_goes_on(pool: Workers, tmp_path: Path) -> None:
    async def run() -> None:
        result = await pool.submit(Job(kind=Kind.FUNCTION, key="crash", payload=crash))
        assert result.status is Status.FAILED
        assert "crashed (exit code 7)" in result.reason
        assert (await pool.submit(Job(kind=Kind.FUNCTION, key="1", payload=Note(tmp_path / "f")))).found == 6

    asyncio.run(run())


def test_a_worker_killed_while_idle_is_replaced(pool: Workers, tmp_path: Path) -> None:
    def note(key: str) -> JobResult[int]:
        return asyncio.run(pool.submit(Job(kind=Kind.FUNCTION, key=key, payload=Note(tmp_path / "f"))))

    assert note("before").status is Status.OK
    os.kill(int((tmp_path / "f").read_text(encoding="utf-8")), signal.SIGKILL)
    deadline = time.monotonic() + 20
    results = []
    while time.monotonic() < deadline and Status.OK not in results:
        results.append(note(f"after {len(results)}").status)
    assert results[-1] is Status.OK


def test_too_much_memory_is_a_status_and_the_pool_goes_on(pool: Workers, tmp_path: Path) -> None:
    async def run() -> None:
        result = await pool.submit(Job(kind=Kind.FUNCTION, key="huge", payload=hoard))
        assert result.status is Status.MEMORY, result
        assert (await pool.submit(Job(kind=Kind.FUNCTION, key="2", payload=Note(tmp_path / "f")))).found == 6

    asyncio.run(run())


def test_a_worker_gives_the_same_result_as_this_process(pool: Workers, dataset: str) -> None:
    from illuminas.tools.datasets import load_dataset
    from illuminas.tools.evaluation.training.trainer import train

    cell = "|nor_conv_3x3~0|+|none~0|none~1|+|skip_connect~0|nor_conv_1x1~1|none~2|"
    recipe = Recipe(epochs=2)
    payload = TrainNetwork(space="nb201", text=cell, dataset=dataset, recipe=recipe, seed=3)
    there = asyncio.run(pool.submit(Job(kind=Kind.TRAIN, key="same", payload=payload)))
    here = train("nb201", cell, load_dataset(dataset), recipe, 3)
    assert there.status is Status.OK and there.found is not None
    timeless = {"seconds", "cpu_seconds"}
    assert there.found.result.model_dump(exclude=timeless) == here.model_dump(exclude=timeless)


def test_what_makes_no_sense_is_the_callers_error(pool: Workers) -> None:
    with pytest.raises(IlluminasError, match="expected better"):
        asyncio.run(pool.submit(Job(kind=Kind.FUNCTION, key="misuse", payload=misuse)))


@pytest.mark.skipif(sys.platform == "win32", reason="kills as POSIX does")
def test_workers_end_when_their_parent_is_killed(tmp_path: Path) -> None:
    script = tmp_path / "parent.py"
    script.write_text(
        f"""
import asyncio
from pathlib import Path
from illuminas.tools.evaluation.executor import Job, Kind
from illuminas.tools.evaluation.executors.workers import Workers
from payloads import Note

if __name__ == "__main__":
    job = Job(
        kind=Kind.FUNCTION,
        key="endless",
        payload=Note(Path({str(tmp_path / "f")!r}), seconds=600),
        on_progress=lambda done, total: print("begun", flush=True),
    )
    asyncio.run(Workers(workers=1).submit(job))
"""
    )
    here = Path(__file__)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, (here.parents[3], here.parent)))}
    with subprocess.Popen([sys.executable, str(script)], stdout=subprocess.PIPE, env=environment) as parent:
        assert parent.stdout is not None
        assert parent.stdout.readline() == b"begun\n"
        parent.kill()
        # the worker holds the other end of this pipe, too: it closes when both are gone
        parent.communicate(timeout=20)


@pytest.mark.parametrize("settings", [{"workers": 0}, {"memory_gib": 0.0}])
def test_impossible_pools_are_refused(settings: dict[str, int]) -> None:
    with pytest.raises(IlluminasError, match="expected"):
        Workers(**settings)


# What is the dispatcher's own.


def test_a_measurement_waits_until_nothing_else_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Meter, "open", lambda settings: Quiet())
    monkeypatch.setattr(Workers, "open", lambda settings: Busy())

    async def run() -> list[str]:
        dispatcher = Dispatcher(workers=2)
        jobs = [Job(kind=Kind.TRAIN, key=f"t{n}", payload=Note(tmp_path)) for n in range(3)]
        latency = Job(kind=Kind.LATENCY, key="l", payload=Note(tmp_path))
        await asyncio.gather(*map(dispatcher.submit, [jobs[0], latency, *jobs[1:]]))
        dispatcher.close()
        return happened

    happened: list[str] = []

    class Busy(InProcess):
        slots = "one"

        async def _run(self, job: Job[Any]) -> JobResult[Any]:
            happened.append("begins")
            await asyncio.sleep(0.05)
            happened.append("ends")
            return JobResult(status=Status.OK)

    class Quiet(Busy):
        slots = "all"

        async def _run(self, job: Job[Any]) -> JobResult[Any]:
            assert happened.count("begins") == happened.count("ends")
            happened.append("measured")
            return JobResult(status=Status.OK)

    assert "measured" in asyncio.run(run())
