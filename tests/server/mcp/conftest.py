"""A surface over a run's log, and a client in memory."""

from __future__ import annotations

import asyncio
import shutil
import socket
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from mcp import Client

from illuminas.memory.runs import RunFolder
from illuminas.server.mcp.http import build_app
from illuminas.server.mcp.server import open_server
from illuminas.server.services.principals import Principal, Tokens
from illuminas.tools.toolbox import Toolbox
from illuminas.tools.toolserver import build_toolserver


class Caller:
    """Calls tools; an error of one is an AssertionError with its text."""

    def __init__(self, client: Client) -> None:
        self.client = client

    async def __call__(self, tool: str, **arguments: Any) -> dict[str, Any]:
        result = await self.client.call_tool(tool, arguments)
        assert not result.is_error, self._text(result)
        assert isinstance(result.structured_content, dict)
        return result.structured_content

    async def refusal(self, tool: str, **arguments: Any) -> str:
        """The text of the error that the call ends with."""
        result = await self.client.call_tool(tool, arguments)
        assert result.is_error, self._text(result)
        return self._text(result)

    @staticmethod
    def _text(result: Any) -> str:
        return " ".join(getattr(block, "text", "") for block in result.content)


Opened = Callable[..., AbstractAsyncContextManager[Caller]]


@pytest.fixture
def toolbox(home: Path) -> Iterator[Toolbox]:
    made = Toolbox(workers=1, results=home / "results.sqlite")
    yield made
    made.close()


@pytest.fixture
def surface(toolbox: Toolbox) -> Opened:
    """Opens a surface, and a client of it in memory."""

    @asynccontextmanager
    async def opened(**settings: Any) -> AsyncIterator[Caller]:
        async with open_server(toolbox, **settings) as (_, server), Client(server) as client:
            yield Caller(client)

    return opened


@contextmanager
def served(toolbox: Toolbox, principals: dict[str, Principal], **limits: Any) -> Iterator[str]:
    """The web application on loopback, in a thread; yields its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    ready, servers = threading.Event(), []

    class Server(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            ready.set()

    async def work() -> None:
        async with open_server(toolbox) as (_, surface):
            app = build_app(surface, build_toolserver(toolbox), tokens=Tokens(principals), **limits)
            config = uvicorn.Config(app, port=port, log_level="error", timeout_graceful_shutdown=1)
            servers.append(Server(config))
            await servers[0].serve()

    thread = threading.Thread(target=lambda: asyncio.run(work()))
    thread.start()
    assert ready.wait(60)
    yield f"http://127.0.0.1:{port}"
    servers[0].should_exit = True
    thread.join(30)


@pytest.fixture
def recorded(recorded_run: RunFolder, home: Path) -> str:
    """The recorded run among the user's; its id."""
    shutil.copytree(recorded_run.path, home / "runs" / recorded_run.id)
    return recorded_run.id


@pytest.fixture(scope="session")
def searched_home(planted_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with the planted table and two searches on it that have ended, of different seeds."""
    from illuminas.agents.config import SearchConfig
    from illuminas.agents.search import Search

    home = tmp_path_factory.mktemp("searched") / "home"
    shutil.copytree(planted_home, home)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ILLUMINAS_HOME", str(home))
        for seed, evaluations in ((0, 30), (1, 20)):
            config = SearchConfig(
                dataset="table:planted/toy",
                device="table:planted/chip_ms",
                llm="none",
                proxies=("params",),
                seed=seed,
                evaluations=evaluations,
            )
            Search(config, folder=home / "runs").run()
    return home


@pytest.fixture
def searched(searched_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The same, of the test's own."""
    home = tmp_path / "home"
    shutil.copytree(searched_home, home)
    monkeypatch.setenv("ILLUMINAS_HOME", str(home))
    return home


@pytest.fixture
def scored(scored_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder with the planted table and zero-cost scores of every cell, so that searches take seconds."""
    home = tmp_path / "home"
    shutil.copytree(scored_home, home)
    monkeypatch.setenv("ILLUMINAS_HOME", str(home))
    return home
