"""One toolbox with its sandbox for all tests, at the highest level that this machine reaches."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from illuminas.tools.evaluation import Evaluation
from illuminas.tools.sandbox import Sandbox
from illuminas.tools.toolbox import Toolbox


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Toolbox]:
    """One toolbox, and so one sandbox, for all tests."""
    if sys.platform != "linux":
        pytest.skip("generated networks run on Linux alone")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ILLUMINAS_HOME", str(tmp_path_factory.mktemp("home")))
        box = Toolbox(workers=2)
    yield box
    box.close()


@pytest.fixture
def toolbox(shared: Toolbox) -> Toolbox:
    """The shared one with nothing in its stores, and no job that its executors remember."""
    for executor in (shared._executor, *shared._executor._open.values()):
        executor._finished.clear()
    shared._results._connection.execute("DELETE FROM results")
    for path in shared._trainings._weights._folder.glob("*"):
        path.unlink()
    return shared


@pytest.fixture
def train(toolbox: Toolbox) -> Callable[..., Evaluation]:
    def run(text: str, fidelity: str = "train:2", **arguments: Any) -> Evaluation:
        return asyncio.run(toolbox.train_architecture("code", text, "digits", fidelity, **arguments))

    return run


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the sandbox was asked to do."""
    jobs: list[str] = []
    ask = Sandbox._ask

    async def noting(self: Sandbox, job: Any, *arguments: Any) -> Any:
        jobs.append(job.kind)
        return await ask(self, job, *arguments)

    monkeypatch.setattr(Sandbox, "_ask", noting)
    return jobs
