"""The surface over HTTP: who gets in, how often and how large, and what one client may see of another."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx2
import pytest
from mcp import Client
from mcp.client.streamable_http import streamable_http_client

from illuminas.memory.runs import list_runs
from illuminas.server.mcp.http import check_address
from illuminas.server.services import auth_middleware
from illuminas.server.services.audit import Audit
from illuminas.server.services.auth_middleware import BODY
from illuminas.server.services.principals import LOCAL, Principal, Tokens
from illuminas.tools.client import connect
from illuminas.tools.errors import IlluminasError
from illuminas.tools.toolbox import Toolbox
from tests.server.mcp.conftest import Caller, served

ANN, BOB, EVE, RAY, OWN = (f"{name}-0123456789abcdef" for name in ("ann", "bob", "eve", "ray", "own"))
PRINCIPALS = {
    ANN: Principal(name="ann", scope="act"),
    BOB: Principal(name="bob", scope="act"),
    EVE: Principal(name="eve", runs="all"),
    RAY: Principal(name="ray", scope="tools"),
    OWN: LOCAL,
}
INITIALIZE = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}},
}
ACCEPT = {"Accept": "application/json, text/event-stream"}


@pytest.fixture
def toolbox(searched: Path) -> Iterator[Toolbox]:
    made = Toolbox(workers=1, results=searched / "results.sqlite")
    yield made
    made.close()


@pytest.fixture
def address(toolbox: Toolbox) -> Iterator[str]:
    with served(toolbox, PRINCIPALS) as url:
        yield url


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """No time passes between requests, however long a busy machine takes over them."""
    monkeypatch.setattr(auth_middleware, "time", SimpleNamespace(monotonic=lambda: 0.0))


@asynccontextmanager
async def calling(address: str, token: str, mode: str = "auto") -> AsyncIterator[Caller]:
    async with (
        httpx2.AsyncClient(headers={"Authorization": f"Bearer {token}"}, timeout=60) as http,
        Client(streamable_http_client(f"{address}/mcp", http_client=http), mode=mode) as client,
    ):
        yield Caller(client)


def post(url: str, **headers: str) -> httpx2.Response:
    return httpx2.post(url, json=INITIALIZE, headers={**ACCEPT, **headers})


def bearer(token: str) -> str:
    return f"Bearer {token}"


def test_only_the_health_route_is_open(address: str) -> None:
    assert httpx2.get(f"{address}/health").json()["status"] == "ok"
    for path in ("/mcp", "/tools", "/", "/anything"):
        refused = post(address + path)
        assert refused.status_code == 401
        assert refused.headers["www-authenticate"] == "Bearer"
    assert post(f"{address}/mcp", Authorization=bearer(ANN)).status_code == 200


def test_a_wrong_token_is_refused_and_soon_no_longer_heard(address: str, at_once: None) -> None:
    statuses = [post(f"{address}/mcp", Authorization=bearer("wrong-0123456789")).status_code for _ in range(20)]
    assert statuses[0] == 401
    assert statuses[-1] == 429
    assert post(f"{address}/mcp", Authorization=bearer(ANN)).status_code == 200


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Host": "evil.example"}, 421),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://localhost.evil.example"}, 403),
        ({"Origin": "http://localhost:1234"}, 200),
    ],
)
def test_a_page_of_elsewhere_reaches_nothing(address: str, headers: dict[str, str], status: int) -> None:
    assert post(f"{address}/mcp", Authorization=bearer(ANN), **headers).status_code == status


def test_a_request_that_is_too_large_is_refused(address: str) -> None:
    body = b'{"jsonrpc": "2.0", "id": 1, "method": "' + b"x" * BODY + b'"}'
    headers = {**ACCEPT, "Authorization": bearer(ANN), "Content-Type": "application/json"}
    assert httpx2.post(f"{address}/mcp", content=body, headers=headers).status_code == 413


def test_a_client_that_asks_too_often_is_told_how_long_to_wait(toolbox: Toolbox, at_once: None) -> None:
    with served(toolbox, PRINCIPALS, a_second=1.0) as address:
        answers = [post(f"{address}/mcp", Authorization=bearer(ANN)) for _ in range(8)]
        assert [answer.status_code for answer in answers[:4]] == [200] * 4
        assert answers[-1].status_code == 429
        assert int(answers[-1].headers["retry-after"]) >= 1
        assert post(f"{address}/mcp", Authorization=bearer(BOB)).status_code == 200


@pytest.mark.filterwarnings("ignore:resources/subscribe")
@pytest.mark.parametrize("mode", ["auto", "legacy"])
def test_a_client_sees_and_stops_no_run_of_another(address: str, mode: str) -> None:
    theirs = list_runs()[0].id

    async def work() -> None:
        async with calling(address, ANN, mode) as ann, calling(address, EVE, mode) as eve:
            assert (await ann("list_runs"))["runs"] == []
            assert "no run yet that you may see" in await ann.refusal("get_run_status", run_id=theirs)
            assert "no run yet" in await ann.refusal("stop_search", run_id=theirs)
            assert "no run yet" in await ann.refusal("compare_runs", run_ids=[theirs, theirs])
            with pytest.raises(Exception, match="no run yet"):
                await ann.client.read_resource(f"illuminas://runs/{theirs}/archive")
            with pytest.raises(Exception, match="no run yet"):
                await ann.client.get_prompt("write_up_results", {"run_id": theirs})
            if mode == "legacy":
                with pytest.raises(Exception, match="no run yet"):
                    await ann.client.subscribe_resource(f"illuminas://runs/{theirs}/events")
            assert len((await eve("list_runs"))["runs"]) == 2

    asyncio.run(work())


def test_a_run_belongs_to_the_client_that_began_it(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[3]))
    asked = {"dataset": "table:planted/toy", "device": "none", "llm": "none", "evaluations": 2, "key": "same"}

    async def work() -> None:
        async with calling(address, ANN) as ann, calling(address, BOB) as bob, calling(address, OWN) as own:
            of_ann = (await ann("start_search", **asked))["run_id"]
            of_bob = (await bob("start_search", **asked))["run_id"]
            assert of_ann != of_bob  # a key is a client's own
            assert (await ann("get_run_status", run_id=of_ann))["run_id"] == of_ann
            assert of_ann not in await bob.refusal("get_run_status", run_id=of_ann)
            assert (await own("get_run_status", run_id=of_ann))["run_id"] == of_ann

    asyncio.run(work())


def test_a_token_that_reads_is_shown_no_tool_that_acts(address: str) -> None:
    async def work() -> None:
        async with calling(address, EVE) as eve:
            tools = (await eve.client.list_tools()).tools
            assert all(tool.annotations and tool.annotations.read_only_hint for tool in tools)
            assert "scope act" in await eve.refusal("stop_search", run_id="last")

    asyncio.run(work())
    audit = Audit()
    assert [(call.who, call.what, call.outcome) for call in audit.calls()] == [("eve", "stop_search", "refused")]
    audit.close()


@pytest.mark.parametrize(
    ("tool", "arguments", "hint"),
    [
        ("describe_task", {"dataset": "/etc/passwd"}, "list_datasets"),
        ("start_search", {"key": "k", "llm": "openai:gpt@http://169.254.169.254/v1"}, "no LLM elsewhere"),
        ("start_search", {"key": "k", "llm": "gguf:/etc/passwd"}, "no LLM elsewhere"),
    ],
)
def test_a_client_names_no_files_or_addresses_of_the_server(
    address: str, tool: str, arguments: dict[str, Any], hint: str
) -> None:
    async def work() -> None:
        async with calling(address, ANN) as ann:
            assert hint in await ann.refusal(tool, **arguments)

    asyncio.run(work())


def test_test_accuracies_are_for_searches_alone(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert post(f"{address}/tools", Authorization=bearer(ANN)).status_code == 403
    assert post(f"{address}/mcp", Authorization=bearer(RAY)).status_code == 403

    async def work(url: str) -> str:
        async with connect(url) as tools:
            return (await tools.describe_search_space("nb201")).name

    with pytest.raises(IlluminasError, match="ILLUMINAS_TOKEN"):
        asyncio.run(work(f"{address}/tools"))
    monkeypatch.setenv("ILLUMINAS_TOKEN", RAY)
    assert asyncio.run(work(f"{address}/tools")) == "nb201"
    monkeypatch.setenv("ILLUMINAS_TOKEN", ANN)
    with pytest.raises(IlluminasError, match="ends in /tools"):
        asyncio.run(work(f"{address}/mcp"))


def test_other_addresses_than_loopback_want_a_token() -> None:
    with pytest.raises(IlluminasError, match="ILLUMINAS_TOKEN"):
        check_address("0.0.0.0", Tokens({}))
    check_address("0.0.0.0", Tokens({OWN: LOCAL}))
    check_address("127.0.0.1", Tokens({}))


def test_tokens_come_from_a_file_and_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ILLUMINAS_TOKEN", OWN)
    file = tmp_path / "tokens.toml"
    file.write_text(f'[[client]]\nname = "ann"\ntoken = "{ANN}"\nscope = "act"\n')
    tokens = Tokens.load(file)
    assert tokens.principal(ANN) == PRINCIPALS[ANN]
    assert tokens.principal(OWN) == LOCAL
    assert tokens.principal(ANN[:-1]) is None
    assert ANN not in repr(tokens) + str(vars(tokens).keys())


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ('[[client]]\nname = "ann"\ntoken = "short"\n', "characters"),
        (f'[[client]]\nname = "ann"\ntoken = "{ANN}"\nscope = "all"\n', "scope"),
        (f'[[client]]\nname = "local"\ntoken = "{ANN}"\n', "local"),
        (f'[[client]]\nname = "a"\ntoken = "{ANN}"\n[[client]]\nname = "a"\ntoken = "{BOB}"\n', "its own"),
        (f'[[client]]\nname = "a"\ntoken = "{ANN}"\n[[client]]\nname = "b"\ntoken = "{ANN}"\n', "same token"),
        ("client = 1", "Expected tables"),
        ("][", "no TOML"),
    ],
)
def test_a_tokens_file_that_is_wrong_says_so_without_a_secret(tmp_path: Path, text: str, hint: str) -> None:
    file = tmp_path / "tokens.toml"
    file.write_text(text)
    with pytest.raises(IlluminasError, match=hint) as raised:
        Tokens.load(file)
    assert ANN not in str(raised.value)
