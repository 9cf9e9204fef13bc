"""Many MCP clients at once on one running search, over HTTP: errors, lost calls, and how long answers take.

    python benchmarks/mcp_load.py [--clients 32] [--seconds 60] [--pause 0] [--dataset digits] [--json]

Starts ``illuminas serve`` with a token for each client and, through it, a search in a process of its own. Every client
asks one read-only tool after another, and every tenth time steers the search. In the end each answer must be in the
audit trail, and each directive in the run's log, exactly once. ``--pause`` lets a client think between its calls.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import os
import secrets
import socket
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import httpx2
import numpy as np
from mcp import Client
from mcp.client.streamable_http import streamable_http_client
from pydantic import BaseModel, ConfigDict

from illuminas.memory.events import EventLog
from illuminas.memory.kinds import DirectiveGiven
from illuminas.memory.runs import RunFolder
from illuminas.server.services.audit import Audit
from illuminas.tools.errors import IlluminasError

READS: tuple[tuple[str, Mapping[str, Any]], ...] = (
    ("get_run_status", {}),
    ("query_archive", {"only": "elites"}),
    ("query_archive", {"predicate": "pools == 0", "sort": "newest"}),
    ("search_heuristics", {"query": "pooling hurts"}),
    ("explain_niche", {"niche": 0}),
    ("get_costs", {"minutes": 1.0}),
    ("list_runs", {}),
    ("get_architecture", {"architecture": "best"}),
    ("search_heuristics", {}),
)
STEER = "steer_search"
PATIENCE = 120.0
"""Seconds until the server answers, and the search has evaluated something."""


class Times(BaseModel):
    """How long answers took, in milliseconds."""

    model_config = ConfigDict(frozen=True)

    calls: int
    median: float
    p95: float
    slowest: float

    @classmethod
    def of(cls, seconds: Sequence[float]) -> Times:
        found = 1000 * np.array(seconds)
        median, p95 = np.percentile(found, [50, 95])
        return cls(calls=len(found), median=median, p95=p95, slowest=found.max())


class Load(BaseModel):
    """What came of it.

    Attributes:
        errors: texts of answers that were errors.
        lost: answers that the audit trail does not know, or directives that the run's log does not hold.
        reading: of the read-only tools together.
        tools: of each.
        evaluations: that the search made meanwhile.
    """

    model_config = ConfigDict(frozen=True)

    clients: int
    seconds: float
    calls: int
    errors: tuple[str, ...]
    lost: int
    reading: Times
    tools: dict[str, Times]
    evaluations: int


def load(*, clients: int, seconds: float, home: Path, dataset: str, pause: float = 0.0) -> Load:
    """Let clients ask for a while.

    Args:
        home: data folder; a search on it is begun, and stopped in the end.
        dataset: that the search evaluates on.
        pause: seconds between two calls of a client.
    """
    tokens = {f"client-{number}": secrets.token_urlsafe() for number in range(clients)}
    file = home / "clients.toml"
    home.mkdir(parents=True, exist_ok=True)
    entry = '[[client]]\nname = "{}"\ntoken = "{}"\nscope = "act"\nruns = "all"\n'
    file.write_text("".join(entry.format(name, token) for name, token in tokens.items()))
    with _server(home, file) as address:
        return asyncio.run(_ask(address, tokens, seconds, home, dataset, pause))


@contextmanager
def _server(home: Path, tokens: Path) -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    code = "from illuminas.server.cli.app import main; main()"
    command = [sys.executable, "-c", code, "serve", "--port", str(port), "--tokens", str(tokens), "--workers", "1"]
    server = subprocess.Popen(command, env=os.environ | {"ILLUMINAS_HOME": str(home)}, stdout=subprocess.DEVNULL)
    try:
        address = f"http://127.0.0.1:{port}"
        _wait_until_up(address)
        yield address
    finally:
        server.terminate()
        server.wait(30)


def _wait_until_up(address: str) -> None:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        try:
            if httpx2.get(f"{address}/health").status_code == 200:
                return
        except httpx2.TransportError:
            time.sleep(0.1)
    raise IlluminasError(f"the server at {address} did not answer within {PATIENCE:g} s.")


@asynccontextmanager
async def _client(address: str, token: str) -> AsyncIterator[Client]:
    headers = {"Authorization": f"Bearer {token}"}
    async with (
        httpx2.AsyncClient(headers=headers, timeout=60) as http,
        Client(streamable_http_client(f"{address}/mcp", http_client=http)) as client,
    ):
        yield client


async def _ask(address: str, tokens: Mapping[str, str], seconds: float, home: Path, dataset: str, pause: float) -> Load:
    first = next(iter(tokens.values()))
    settings = {"device": "none", "llm": "none", "evaluations": 100_000}
    if not dataset.startswith("table:"):
        settings["epochs"] = 1
    async with _client(address, first) as client:
        begun = await client.call_tool("start_search", {"key": "load", "dataset": dataset, **settings})
        run_id = _content(begun)["run_id"]
        evaluated = await _first_evaluations(client, run_id)
        times: dict[str, list[float]] = defaultdict(list)
        errors: list[str] = []
        numbers: list[int] = []
        end = time.monotonic() + seconds
        await asyncio.gather(
            *(
                _one_client(address, token, place, run_id, end, pause, times, errors, numbers)
                for place, token in enumerate(tokens.values())
            )
        )
        after = _content(await client.call_tool("get_run_status", {"run_id": run_id}))["evaluations"]
        if after < 100_000:
            await client.call_tool("stop_search", {"run_id": run_id})
    reads = [value for tool, values in times.items() if tool != STEER for value in values]
    return Load(
        clients=len(tokens),
        seconds=seconds,
        calls=sum(map(len, times.values())),
        errors=tuple(errors),
        lost=_lost(home, run_id, times, numbers),
        reading=Times.of(reads),
        tools={tool: Times.of(values) for tool, values in sorted(times.items())},
        evaluations=after - evaluated,
    )


async def _first_evaluations(client: Client, run_id: str) -> int:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        told = _content(await client.call_tool("get_run_status", {"run_id": run_id}))
        if told["state"] == "failed":
            raise IlluminasError(told["reason"])
        if told["evaluations"]:
            return int(told["evaluations"])
        await asyncio.sleep(0.2)
    raise IlluminasError(f"the search made no evaluation within {PATIENCE:g} s.")


async def _one_client(
    address: str,
    token: str,
    place: int,
    run_id: str,
    end: float,
    pause: float,
    times: dict[str, list[float]],
    errors: list[str],
    numbers: list[int],
) -> None:
    """Ask until the end, beginning at another question than one's neighbours."""
    async with _client(address, token) as client:
        for turn in itertools.count(place):
            if time.monotonic() >= end:
                return
            if turn % 10 == 9:
                amount = round(0.4 + 0.2 * (turn % 7) / 7, 3)
                tool, arguments = STEER, {"directive": {"kind": "explore", "amount": amount}, "run_id": run_id}
            else:
                tool, asked = READS[turn % len(READS)]
                arguments = dict(asked) if tool == "list_runs" else {**asked, "run_id": run_id}
            began = time.monotonic()
            answer = await client.call_tool(tool, arguments)
            times[tool].append(time.monotonic() - began)
            if answer.is_error:
                errors.append(f"{tool}: {' '.join(getattr(block, 'text', '') for block in answer.content)}")
            elif tool == STEER:
                numbers.append(_content(answer)["number"])
            await asyncio.sleep(pause)


def _lost(home: Path, run_id: str, times: Mapping[str, Sequence[float]], numbers: Sequence[int]) -> int:
    """Answers without a trace."""
    audit = Audit(home / "audit.sqlite")
    noted: dict[str, int] = defaultdict(int)
    for call in audit.calls():
        noted[call.what] += 1
    audit.close()
    log = EventLog(RunFolder(home / "runs" / run_id).log, read_only=True)
    written = sum(event.data.directive.kind == "explore" for event in log.read(DirectiveGiven))
    log.close()
    unknown = sum(max(0, len(values) - noted[tool]) for tool, values in times.items())
    return unknown + abs(written - len(set(numbers)))


def _content(answer: Any) -> dict[str, Any]:
    if answer.is_error:
        raise IlluminasError(" ".join(getattr(block, "text", "") for block in answer.content))
    found: dict[str, Any] = answer.structured_content
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clients", type=int, default=32)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--pause", type=float, default=0.0, help="seconds between two calls of a client")
    parser.add_argument("--dataset", default="digits", help="as illuminas search takes it; a table needs --home")
    parser.add_argument("--home", type=Path, help="data folder; default: one that is thrown away")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as thrown_away:
        home = given.home or Path(thrown_away)
        told = load(clients=given.clients, seconds=given.seconds, home=home, dataset=given.dataset, pause=given.pause)
    if given.json:
        print(json.dumps(told.model_dump()))
    else:
        found = f"{told.calls} calls, {len(told.errors)} errors, {told.lost} lost"
        print(f"{told.clients} clients for {told.seconds:g} s: {found}.")
        print(f"The search made {told.evaluations} evaluations meanwhile. Milliseconds:")
        for tool, times in {"all that read": told.reading, **told.tools}.items():
            print(
                f"  {tool:20} {times.calls:6} calls  median {times.median:7.1f}  p95 {times.p95:7.1f}  "
                f"slowest {times.slowest:7.1f}"
            )
        for text in sorted(set(told.errors)):
            print(f"  error: {text}")
    sys.exit(1 if told.errors or told.lost else 0)


if __name__ == "__main__":
    main()
