"""Real clients: the lines of ``docs/mcp.md``, each started as it stands there, and the MCP Inspector."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shlex
import shutil
import socket
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from mcp import Client, StdioServerParameters

from illuminas.server.services.principals import Tokens

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "mcp.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```(\w+)\n(.*?)```", PAGE, flags=re.DOTALL)
ENTRIES = [
    entry
    for kind, text in BLOCKS
    if kind == "json"
    for servers in json.loads(text).values()
    for entry in servers.values()
]
SHELL = [line for kind, text in BLOCKS if kind == "sh" for line in text.splitlines()]
INSPECTOR = ROOT / ".inspector" / "node_modules" / ".bin" / "mcp-inspector"
READING = {"list_runs", "query_archive", "get_run_status", "render_plot"}


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A path of programs on which ``illuminas`` is this tree's."""
    folder = tmp_path / "bin"
    folder.mkdir()
    program = folder / "illuminas"
    code = "from illuminas.server.cli.app import main; main()"
    program.write_text(f"#!/bin/sh\nPYTHONPATH={ROOT} exec {sys.executable} -c '{code}' \"$@\"\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    return os.environ["PATH"]


def tools_of(command: str, arguments: list[str]) -> set[str]:
    """Names of the tools that a server on standard input and output offers."""
    server = StdioServerParameters(command=command, args=arguments, env=dict(os.environ))

    async def run() -> set[str]:
        async with Client(server) as client:
            return {tool.name for tool in (await client.list_tools()).tools}

    return asyncio.run(run())


STARTED = [entry for entry in ENTRIES if "command" in entry]


@pytest.mark.parametrize("entry", STARTED, ids=lambda entry: str(entry["args"]))
def test_a_configured_client_starts_the_server(home: Path, path: str, entry: dict[str, Any]) -> None:
    found = tools_of(entry["command"], entry["args"])
    assert found >= READING
    assert ("stop_search" in found) is ("--read-only" not in entry["args"])


def test_the_line_for_claude_code_starts_the_server(home: Path, path: str) -> None:
    (line,) = [line for line in SHELL if line.startswith("claude mcp add")]
    command, *arguments = shlex.split(line.partition(" -- ")[2])
    assert tools_of(command, arguments) >= READING


@contextmanager
def serving(line: str) -> Iterator[int]:
    """Run a line of the page that serves, on a port of the test's own; yields the port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    assert "--port 8765" in line
    process = subprocess.Popen(
        ["/bin/sh", "-c", f"exec env {line.replace('8765', str(port))}"],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        assert process.stdout is not None
        assert "/mcp" in process.stdout.readline()
        _answers(port)
        yield port
    finally:
        process.terminate()
        process.communicate(timeout=30)


def _answers(port: int) -> None:
    """Until somebody listens at the port."""
    listening = threading.Event()
    for _ in range(300):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        listening.wait(0.1)
    raise AssertionError(f"nobody listens at {port}")


(SERVE,) = (line for line in SHELL if line.startswith("ILLUMINAS_TOKEN="))


def test_the_http_entry_and_the_python_lines_reach_the_server(recorded: str, path: str, tmp_path: Path) -> None:
    (entry,) = (entry for entry in ENTRIES if "url" in entry)
    (script,) = (text for kind, text in BLOCKS if kind == "python")
    with serving(SERVE) as port:
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        done = subprocess.run(
            [sys.executable, "-c", script.replace("8765", str(port))],
            capture_output=True,
            text=True,
            env=environment,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        assert recorded in done.stdout
        assert entry["url"] in script
        assert entry["headers"]["Authorization"] in script
        without = script.replace("Bearer ", "Basic ").replace("8765", str(port))
        refused = subprocess.run([sys.executable, "-c", without], capture_output=True, text=True, check=False)
        assert "expected the header Authorization: Bearer TOKEN" in refused.stderr


def test_the_tokens_file_of_the_page_is_one(tmp_path: Path) -> None:
    (text,) = (text for kind, text in BLOCKS if kind == "toml")
    file = tmp_path / "clients.toml"
    file.write_text(text)
    assert len(Tokens.load(file)) == 1


@pytest.fixture
def inspector() -> str:
    if shutil.which("node") is None:
        pytest.skip("no node on this machine, so no MCP Inspector")
    if not INSPECTOR.exists():
        pytest.skip("the MCP Inspector is not installed: make inspector")
    return str(INSPECTOR)


def inspect(inspector: str, *arguments: str, server: tuple[str, ...], code: int = 0) -> Any:
    """What the Inspector's command line prints; it ends with 5 where a tool's answer is an error."""
    done = subprocess.run(
        [inspector, "--cli", *arguments, *server], capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == code, done.stdout + done.stderr
    return json.loads(done.stdout)


@contextmanager
def inspected(door: str) -> Iterator[tuple[str, ...]]:
    """Arguments by which the Inspector reaches a server."""
    if door == "stdio":
        environment = ("-e", f"ILLUMINAS_HOME={os.environ['ILLUMINAS_HOME']}", "-e", f"PATH={os.environ['PATH']}")
        yield *environment, "--", "illuminas", "mcp"
        return
    with serving(SERVE) as port:
        token = shlex.split(SERVE)[0].partition("=")[2]
        yield "--header", f"Authorization: Bearer {token}", "--transport", "http", f"http://127.0.0.1:{port}/mcp"


@pytest.mark.parametrize("door", ["stdio", "http"])
def test_the_inspector_goes_through_the_surface(searched: Path, path: str, inspector: str, door: str) -> None:
    with inspected(door) as server:

        def call(tool: str, *pairs: str, code: int = 0) -> Any:
            given = [part for pair in pairs for part in ("--tool-arg", pair)]
            return inspect(inspector, "--method", "tools/call", "--tool-name", tool, *given, server=server, code=code)

        # --strict fails where a schema is one that some clients cannot read
        tools = inspect(inspector, "--method", "tools/list", "--strict", server=server)["tools"]
        assert {tool["name"] for tool in tools} >= READING | {"steer_search"}
        best = call("get_architecture", "architecture=best")["structuredContent"]["architecture"]
        page = call("query_archive", "limit=1", "only=elites")["structuredContent"]
        assert page["results"][0]["hash"] == best["hash"]
        steered = call("steer_search", 'directive={"kind": "explore", "amount": 0.8}')["structuredContent"]
        assert steered["number"] == 1
        image = call("render_plot", "plot=niches")["content"][1]
        assert (image["type"], image["mimeType"]) == ("image", "image/png")
        wrong = call("query_archive", "predicate=pool == 0", code=5)
        assert wrong["isError"]
        assert "pools" in wrong["content"][0]["text"]
        read = inspect(inspector, "--method", "resources/read", "--uri", "illuminas://runs/last/config", server=server)
        assert "explore" in read["contents"][0]["text"]
        listed = inspect(inspector, "--method", "resources/templates/list", server=server)
        assert len(listed["resourceTemplates"]) == 7
        prompts = ("--method", "prompts/get", "--prompt-name", "write_up_results")
        assert "<data" in inspect(inspector, *prompts, server=server)["messages"][0]["content"]["text"]
