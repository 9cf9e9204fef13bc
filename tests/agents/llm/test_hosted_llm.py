"""Providers over HTTP: dialects, second tries, time-outs, secrets."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from illuminas.agents.llm.anthropic import AnthropicLLM
from illuminas.agents.llm.base import Choice, Conversation, LLMAnswer, LLMError, LLMProvider, LLMRequest, Turn
from illuminas.agents.llm.openai import OpenAILLM

SECRET = "sk-very-secret"
REQUEST = LLMRequest(
    agent="coder", key="coder:0", system="Be brief.", prompt="Pick.", form=Choice(options=("left", "right"))
)


@pytest.fixture(params=["openai", "anthropic"])
def provider(request: pytest.FixtureRequest, server: Any, monkeypatch: pytest.MonkeyPatch) -> LLMProvider:
    monkeypatch.setenv("OPENAI_API_KEY", SECRET)
    monkeypatch.setenv("ANTHROPIC_API_KEY", SECRET)
    if request.param == "openai":
        return OpenAILLM(model="m", url=f"{server.url}/v1", timeout=5.0)
    return AnthropicLLM(model="m", url=server.url, timeout=5.0)


def ask(provider: LLMProvider, times: int = 1) -> LLMAnswer:
    async def all_of_them() -> LLMAnswer:
        try:
            answers = [await provider.answer(REQUEST) for _ in range(times)]
        finally:
            await provider.close()
        return answers[-1]

    return asyncio.run(all_of_them())


def test_a_server_in_trouble_is_asked_again(provider: LLMProvider, server: Any) -> None:
    server.faults = ["broken", "broken"]
    assert ask(provider).values == ("left",)
    assert len(server.requests) == 3


def test_a_server_that_stays_in_trouble_is_an_error_that_says_so(provider: LLMProvider, server: Any) -> None:
    server.faults = ["broken"] * 3
    with pytest.raises(LLMError, match=f"{provider.name}: .*in trouble"):
        ask(provider)


@pytest.mark.parametrize("fault", ["malformed", "misfit"])
def test_an_answer_that_does_not_fit_is_asked_for_once_more_with_the_reason(
    provider: LLMProvider, server: Any, fault: str
) -> None:
    server.faults = [fault]
    answer = ask(provider)
    assert answer.values == ("left",)
    assert answer.tokens == 2 * 18, "both exchanges are paid for"
    assert "refused: expected" in server.requests[-1]["messages"][-1]["content"]


def test_a_second_misfit_is_an_error(provider: LLMProvider, server: Any) -> None:
    server.faults = ["misfit", "malformed"]
    with pytest.raises(LLMError, match="expected"):
        ask(provider)


def test_a_slow_server_is_a_time_out(server: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", SECRET)
    server.faults = ["slow", "slow"]
    for provider in (
        OpenAILLM(model="m", url=f"{server.url}/v1", timeout=0.2, retries=0),
        AnthropicLLM(model="m", url=server.url, timeout=0.2, retries=0),
    ):
        with pytest.raises(LLMError, match="timed out"):
            ask(provider)


@pytest.mark.parametrize(
    ("fault", "message"), [("cut", "broke off|closed|incomplete"), ("malformed", "cannot be read")]
)
def test_a_stream_that_breaks_off_is_an_error_after_what_came(
    provider: LLMProvider, server: Any, fault: str, message: str
) -> None:
    server.faults = [fault]
    heard: list[str] = []

    async def listen() -> None:
        try:
            async for piece in provider.say(Conversation(system="", turns=(Turn(role="user", text="Go."),))):
                heard.append(piece)
        finally:
            await provider.close()

    with pytest.raises(LLMError, match=message):
        asyncio.run(listen())
    assert heard == ["Every ", "word "]


def test_a_refused_dialect_is_not_tried_again(provider: LLMProvider, server: Any) -> None:
    refused = "temperature" if provider.name.startswith("openai") else "tools"
    server.refused = {refused}
    assert ask(provider, times=2).values == ("left",)
    assert [refused in body for body in server.requests] == [True, False, False]


def test_openai_servers_without_schemas_get_tools_and_those_without_tools_json(server: Any) -> None:
    provider = OpenAILLM(model="m", url=f"{server.url}/v1")
    server.refused = {"response_format"}
    assert ask(provider).values == ("left",)
    assert "tools" in server.requests[-1]

    provider = OpenAILLM(model="m", url=f"{server.url}/v1")
    server.refused = {"tools"}
    server.faults = ["bad request"] * 2
    assert ask(provider).values == ("left",)
    assert server.requests[-1]["response_format"] == {"type": "json_object"}


def test_a_server_that_refuses_everything_is_an_error(provider: LLMProvider, server: Any) -> None:
    server.refused = {"model"}
    with pytest.raises(LLMError, match=r"refuses every way to ask: .*not supported here"):
        ask(provider)


def test_the_key_is_sent_and_never_told(provider: LLMProvider, server: Any) -> None:
    server.faults = ["leak"]
    with pytest.raises(LLMError) as failure:
        ask(provider)
    assert SECRET in server.keys[-1]
    assert SECRET not in str(failure.value)
    assert "***" in str(failure.value)
    assert SECRET not in repr(provider)


def test_a_missing_key_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    monkeypatch.delenv("ANTHROPIC_API_KEY", raising=False)
    with pytest.raises(LLMError, match="OPENAI_API_KEY is not set"):
        OpenAILLM(model="m")
    with pytest.raises(LLMError, match="ANTHROPIC_API_KEY is not set"):
        AnthropicLLM(model="m")
