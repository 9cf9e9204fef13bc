"""A real OpenAI-compatible server on loopback, llama.cpp with a local model, behind a proxy that plants faults."""

from __future__ import annotations

import asyncio
import json
import secrets
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Literal
from urllib.request import Request, urlopen

import pytest
from pydantic import BaseModel, Field

from illuminas.agents.config import SearchConfig
from illuminas.agents.llm.base import (
    AnswerForm,
    Choice,
    Conversation,
    Lines,
    LLMAnswer,
    LLMDownError,
    LLMError,
    LLMProvider,
    LLMRequest,
    Record,
    Turn,
    Usage,
)
from illuminas.agents.llm.limits import Limits
from illuminas.agents.llm.registry import open_llm
from illuminas.agents.search import Search
from illuminas.memory.events import Event, EventLog
from illuminas.memory.kinds import LLMCalled, LLMStateChanged, RoundEnded
from illuminas.tools import models

Fault = Literal["slow", "busy", "broken", "malformed", "misfit", "cut"]
WAIT = 1
"""Seconds that a busy server asks to be left alone."""
KEY = secrets.token_urlsafe(16)


class Proxy(ThreadingHTTPServer):
    """Passes requests on, but for faults.

    Attributes:
        faults: what goes wrong with the next requests, in order; then all goes well.
        dead: every request fails.
        asked: bodies that came, with the time of their coming.
        last: body and kind of the server's last answer; a fault spoils it again rather than have another written.
    """

    daemon_threads = True

    def __init__(self, server: str) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.server = server
        self.faults: list[Fault] = []
        self.dead = False
        self.asked: list[tuple[float, dict[str, Any]]] = []
        self.last: tuple[bytes, str] | None = None
        self.released = threading.Event()

    @property
    def spec(self) -> str:
        return f"llamacpp:any@http://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    server: Proxy

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        proxy = self.server
        proxy.asked.append((time.monotonic(), json.loads(body)))
        fault = "broken" if proxy.dead else proxy.faults.pop(0) if proxy.faults else None
        match fault:
            case "slow":
                proxy.released.wait(30)
                return
            case "busy":
                return self._reply(429, b'{"error": {"message": "too many requests"}}', {"Retry-After": str(WAIT)})
            case "broken":
                return self._reply(500, b'{"error": {"message": "in trouble"}}', {"retry-after-ms": "1"})
        streamed = "stream" in proxy.asked[-1][1]
        if fault is None or streamed or proxy.last is None:
            headers = {"Content-Type": "application/json", "Authorization": f"Bearer {KEY}"}
            with urlopen(Request(f"{proxy.server}{self.path}", body, headers)) as answer:
                data, kind = answer.read(), answer.headers["Content-Type"]
            proxy.last = proxy.last if streamed else (data, kind)
        else:
            data, kind = proxy.last
        match fault:
            case "malformed":
                data = data[: len(data) // 2]
            case "misfit":
                told = json.loads(data)
                told["choices"][0]["message"]["content"] = '{"something": "else"}'
                data = json.dumps(told).encode()
            case "cut":
                return self._reply(200, data[: len(data) // 2], {"Content-Type": kind}, promised=len(data))
        self._reply(200, data, {"Content-Type": kind})

    def _reply(self, status: int, data: bytes, headers: dict[str, str], *, promised: int | None = None) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", **headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(data) if promised is None else promised))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """Where llama.cpp listens, with the smallest model that is here."""
    for known in sorted(models.catalogue("llm"), key=lambda model: model.size):
        if (path := models.find(known.name)) is not None:
            break
    else:
        pytest.skip("no local model file: run `illuminas models pull`, or set ILLUMINAS_MODELS to a folder with one")
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = str(path)
    params.n_ctx = 2048
    params.n_parallel = 1
    params.n_batch = params.n_ubatch = 64
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = 1
    params.warmup = False
    params.verbosity = -1
    params.api_keys = [KEY]
    server = xllamacpp.Server(params)
    yield server.listening_address
    del server


@pytest.fixture
def proxy(address: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Proxy]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with Proxy(address) as made:
        thread = threading.Thread(target=made.serve_forever, daemon=True)
        thread.start()
        yield made
        made.released.set()
        made.shutdown()
        thread.join()


class Mood(BaseModel):
    word: str = Field(max_length=12)
    good: bool


SIDES = Choice(options=("left", "right"))


def ask(proxy: Proxy, form: AnswerForm = SIDES, *, prompt: str = "Pick.", **limits: Any) -> LLMAnswer:
    async def once() -> LLMAnswer:
        llm = open_llm(proxy.spec, limits=Limits(**limits))
        assert llm is not None
        request = LLMRequest(
            agent="coder", key="coder:0", system="Be brief.", prompt=prompt, form=form, temperature=0, max_tokens=40
        )
        try:
            return await llm.answer(request)
        finally:
            await llm.close()

    return asyncio.run(once())


def test_every_form_is_answered_over_http(proxy: Proxy) -> None:
    assert ask(proxy).values[0] in SIDES.options
    lines = Lines(grammar='("a" | "b") [0-9]', pattern="(a|b)[0-9]", count=2)
    assert ask(proxy, lines).values
    record = ask(proxy, Record(model=Mood)).record
    assert record is not None
    assert set(record) == {"word", "good"}
    assert all("response_format" in body for _, body in proxy.asked), "the server has schemas: no way round them"


@pytest.mark.parametrize(("fault", "wait"), [("busy", WAIT), ("broken", 0.0), ("cut", 0.0)])
def test_what_may_pass_is_tried_again_after_the_wait_that_the_server_asks_for(
    proxy: Proxy, fault: Fault, wait: float
) -> None:
    proxy.faults = [fault]
    answer = ask(proxy)
    assert answer.values[0] in SIDES.options
    (first, one), (second, other) = proxy.asked
    assert one == other
    assert second - first >= wait


@pytest.mark.parametrize("fault", ["malformed", "misfit"])
def test_an_answer_that_cannot_be_read_is_asked_for_once_more_with_the_reason(proxy: Proxy, fault: Fault) -> None:
    proxy.faults = [fault]
    answer = ask(proxy)
    assert answer.values[0] in SIDES.options
    assert answer.tokens > 60, "both exchanges are paid for"
    assert "Your last answer was refused: expected" in proxy.asked[-1][1]["messages"][-1]["content"]
    proxy.faults = [fault, fault]
    with pytest.raises(LLMError, match=r"llamacpp:any@127.0.0.1:\d+: expected") as failure:
        ask(proxy)
    assert not isinstance(failure.value, LLMDownError), "it answers, if badly"
    assert failure.value.usage.tokens > 0


@pytest.mark.parametrize(
    ("fault", "message"),
    [("slow", "timed out"), ("busy", "too many requests"), ("broken", "in trouble"), ("cut", "Connection error")],
)
def test_what_does_not_pass_is_reported_as_what_it_is(proxy: Proxy, fault: Fault, message: str) -> None:
    proxy.faults = [fault]
    limits = {"timeout": 0.5} if fault == "slow" else {}
    with pytest.raises(LLMDownError, match=rf"llamacpp:any@127.0.0.1:\d+: .*{message}"):
        ask(proxy, retries=0, **limits)


def listen(proxy: Proxy, said: list[str], costs: list[Usage]) -> None:
    async def all_of_it() -> None:
        llm = open_llm(proxy.spec)
        assert isinstance(llm, LLMProvider)
        talk = Conversation(
            system="Be brief.", turns=(Turn(role="user", text="Count to five."),), temperature=0, max_tokens=16
        )
        try:
            async for piece in llm.say(talk, spent=costs.append):
                said.append(piece)
        finally:
            await llm.close()

    asyncio.run(all_of_it())


def test_a_conversation_streams_and_a_cut_stream_is_an_error_after_what_came(proxy: Proxy) -> None:
    said: list[str] = []
    costs: list[Usage] = []
    listen(proxy, said, costs)
    assert len(said) > 1
    assert costs[0].completion_tokens > 1
    proxy.faults = ["cut"]
    part: list[str] = []
    with pytest.raises(LLMDownError):
        listen(proxy, part, costs)
    assert part == said[: len(part)] != said
    assert len(costs) == 1


def test_a_search_goes_on_through_every_fault_and_ends(proxy: Proxy, planted: Path) -> None:
    proxy.faults = ["busy"]
    plans: list[list[Fault]] = [
        ["malformed", "misfit"],
        ["misfit", "malformed"],
        ["cut", "cut"],
        ["broken", "broken"],
        ["broken", "broken"],  # the third without an answer
        [],  # left alone
    ]
    config = SearchConfig(
        dataset="table:planted/toy",
        device="table:planted/chip_ms",
        llm=proxy.spec,
        profile="small",
        roles={"coder": "none", "critic": "none"},
        limits=Limits(retries=1),
        proxies=("params",),
        evaluations=16,
        batch=2,
        batch_growth=0,
    )

    def spoil(event: Event) -> None:
        if isinstance(event.data, RoundEnded) and plans:
            proxy.faults = list(plans.pop(0))

    search = Search(config, listen=spoil)
    summary = search.run()
    log = EventLog(search.run_folder.log, read_only=True)
    calls = {event.round: event.data.error or "" for event in log.read(LLMCalled)}
    states = [(event.round, event.data.state) for event in log.read(LLMStateChanged)]
    log.close()
    assert (summary.status, summary.evaluations) == ("finished", 16)
    expected = ("", "expected", "expected", "Connection error", "in trouble", "in trouble", None, "")
    for round_, message in enumerate(expected, start=1):
        if message is None:
            assert round_ not in calls
        else:
            assert message in calls[round_] and bool(message) == bool(calls[round_]), (round_, calls[round_])
    assert states == [(6, "down"), (8, "up")]
    assert summary.llm.failures == 5
