"""A call that is cancelled stops its work: the process that trains is gone, however the client was connected."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from multiprocessing import resource_tracker
from multiprocessing.connection import wait
from pathlib import Path
from typing import Any

import pytest
from mcp import Client

from illuminas.server.mcp.server import open_server
from illuminas.server.services.audit import Audit
from illuminas.tools.toolbox import Toolbox
from tests.server.mcp.conftest import served

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc")

CELL = "|nor_conv_3x3~0|+|nor_conv_3x3~0|nor_conv_3x3~1|+|skip_connect~0|nor_conv_3x3~1|nor_conv_3x3~2|"
LAYERS = "conv3 16 | conv3 16 /2 | linear 24"


def descendants() -> set[int]:
    """The processes below this one."""
    children: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            text = stat.read_text()
        except OSError:
            continue  # it has just ended
        children.setdefault(int(text.rpartition(")")[2].split()[1]), []).append(int(stat.parent.name))
    found, left = set[int](), [os.getpid()]
    while left:
        left += (below := children.get(left.pop(), []))
        found |= set(below)
    return found


def all_end(processes: set[int]) -> bool:
    """Whether every one of these ends within half a minute each."""
    for process in processes:
        try:
            watched = os.pidfd_open(process)
        except ProcessLookupError:
            continue
        try:
            if not wait([watched], 30):
                return False
        finally:
            os.close(watched)
    return True


@asynccontextmanager
async def connected(toolbox: Toolbox, how: str) -> AsyncIterator[Client]:
    async with AsyncExitStack() as stack:
        if how == "memory":
            _, server = await stack.enter_async_context(open_server(toolbox))
            yield await stack.enter_async_context(Client(server))
            return
        address = stack.enter_context(served(toolbox, {}))
        mode = "legacy" if how == "http with a session" else "auto"
        yield await stack.enter_async_context(Client(f"{address}/mcp", mode=mode))


@pytest.mark.parametrize(
    ("how", "space", "architecture"),
    [
        ("memory", "nb201", CELL),
        ("http", "nb201", CELL),
        ("http with a session", "nb201", CELL),
        ("http", "code", LAYERS),
    ],
)
def test_what_a_cancelled_training_ran_in_is_gone(
    home: Path, toolbox: Toolbox, how: str, space: str, architecture: str
) -> None:
    asked = {"space": space, "architecture": architecture, "dataset": "digits", "timeout": 3600.0}

    resource_tracker.ensure_running()  # stays as long as this process

    async def work() -> None:
        async with connected(toolbox, how) as client:
            if space == "code":  # what stays of the sandbox is there after its first training
                short = await client.call_tool("train_architecture", {**asked, "fidelity": "train:1"})
                assert not short.is_error
            before, trains = descendants(), asyncio.Event()

            async def progress(done: float, total: float | None, message: str | None) -> None:
                trains.set()

            hours = {**asked, "fidelity": "train:100000"}
            call = asyncio.create_task(
                client.call_tool("train_architecture", hours, progress_callback=progress),
            )
            await asyncio.wait_for(trains.wait(), 120)
            started = descendants() - before
            assert started
            call.cancel()
            with pytest.raises(asyncio.CancelledError):
                await call
            assert await asyncio.to_thread(all_end, started)

    asyncio.run(work())
    assert outcomes()[-1] == "cancelled"


def outcomes() -> list[Any]:
    audit = Audit()
    calls = [call.outcome for call in audit.calls()]
    audit.close()
    return calls
