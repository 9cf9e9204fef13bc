"""The graph in LangGraph's development server, as ``langgraph.json`` names it."""

from __future__ import annotations

import asyncio
import importlib.util
import json
import os
import re
import shutil
import socket
import subprocess
import threading
import time
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import httpx2
import pytest

ROOT = Path(__file__).parents[2]
BEGINNING = {"round": 1, "dry": 0, "ended": ""}
(LINE,) = re.findall(r"^langgraph dev.*$", (ROOT / "docs" / "mcp.md").read_text(encoding="utf-8"), flags=re.MULTILINE)


def factory() -> Any:
    """What ``langgraph.json`` names, loaded from its file as the server does."""
    (place,) = json.loads((ROOT / "langgraph.json").read_text(encoding="utf-8"))["graphs"].values()
    path, _, name = place.partition(":")
    spec = importlib.util.spec_from_file_location("opened_by_langgraph", ROOT / path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return getattr(module, name)


@pytest.fixture(scope="module")
def ended() -> str:
    return "all 6 evaluations are made"


def test_the_graph_that_langgraph_json_names_runs_to_its_end(home: Path, ended: str) -> None:
    async def run() -> None:
        opened: AbstractAsyncContextManager[Any] = factory()()
        async with opened as graph:
            assert graph.checkpointer is None
            assert {"planner", "coder", "screen", "evaluate", "archivist", "critic"} <= set(graph.nodes)
            assert (await graph.ainvoke(BEGINNING, {"recursion_limit": 200}))["ended"] == ended
        assert not (home / "runs").exists()

    asyncio.run(run())


def test_the_development_server_runs_it(home: Path, tmp_path: Path, ended: str) -> None:
    if shutil.which("langgraph") is None:
        pytest.skip("LangGraph's development server is not installed: pip install 'illuminas[studio]'")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [*LINE.split(), "--no-browser", "--no-reload", "--port", str(port)]
    with (tmp_path / "log.txt").open("w") as log:
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "LANGSMITH_TRACING": "false"}
        server = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)
        try:
            address = f"http://127.0.0.1:{port}"
            _wait_until_up(f"{address}/ok")
            asked = {"assistant_id": "search", "input": BEGINNING, "config": {"recursion_limit": 200}}
            assert httpx2.post(f"{address}/runs/wait", json=asked, timeout=300).json()["ended"] == ended
        finally:
            server.terminate()
            server.wait(30)


def _wait_until_up(url: str) -> None:
    end, pause = time.monotonic() + 120, threading.Event()
    while time.monotonic() < end:
        try:
            if httpx2.get(url).status_code == 200:
                return
        except httpx2.TransportError:
            pause.wait(0.2)
    raise AssertionError(f"{url} did not answer")
