"""What every LLM provider keeps, whoever answers."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Iterator
from contextlib import aclosing
from enum import StrEnum
from pathlib import Path
from typing import Any, Literal

import pytest
from pydantic import BaseModel, Field

from illuminas.agents.llm.base import (
    AnswerForm,
    Choice,
    Conversation,
    Lines,
    LLMAnswer,
    LLMDownError,
    LLMProvider,
    LLMRequest,
    Record,
    Turn,
    Usage,
)
from illuminas.agents.llm.registry import open_llm
from illuminas.tools import models

SECRET = "sk-very-secret"
OPTIONS = tuple(f"edge {edge} to {op}" for edge in (1, 2, 3) for op in ("conv", "skip", "pool"))


class Mood(StrEnum):
    GOOD = "good"
    BAD = "bad"


class Claim(BaseModel):
    text: str = Field(max_length=30)
    weight: float = Field(ge=0)


class Plan(BaseModel):
    """One field of each kind that records may have."""

    title: str = Field(min_length=1, max_length=20)
    mood: Mood
    operator: Literal["mutate", 'cross"over']
    count: int = Field(ge=1, le=5)
    final: bool
    claims: list[Claim] = Field(min_length=1, max_length=2)
    parent: str | None = Field(max_length=10)


FORMS = {
    "choice": Choice(options=OPTIONS, count=3),
    "single": Choice(options=("only",), count=2),
    "lines": Lines(
        grammar='("conv" | "skip") " " ("conv" | "skip") " " [0-9]',
        pattern="(conv|skip) (conv|skip) [0-9]",
        count=2,
    ),
    "record": Record(model=Plan),
}


def request(form: AnswerForm, *, agent: str = "coder", number: int = 0, prompt: str = "Answer.") -> LLMRequest:
    return LLMRequest(
        agent=agent,
        key=f"round:{number}",
        system="You search for architectures.",
        prompt=prompt,
        form=form,
        max_tokens=200,
    )


def ask(provider: LLMProvider, *requests: LLMRequest) -> list[LLMAnswer]:
    """The answers; the provider is closed afterwards, twice."""

    async def all_of_them() -> list[LLMAnswer]:
        try:
            return [await provider.answer(each) for each in requests]
        finally:
            await provider.close()
            await provider.close()

    return asyncio.run(all_of_them())


@pytest.fixture(params=["scripted", "local", "openai", "anthropic"])
def open_provider(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[], LLMProvider]]:
    """Opens a provider through its spec, as people do; the agent is named after the form."""
    match request.param:
        case "scripted":
            plan = {
                "title": "a plan",
                "mood": "good",
                "operator": "mutate",
                "count": 2,
                "final": True,
                "claims": [{"text": "so", "weight": 1.5}],
                "parent": None,
            }
            answers: dict[str, Any] = {
                "choice": [1, 8, 13],
                "single": ["only"],
                "lines": ["conv skip 1", "skip skip 2"],
                "record": plan,
                "chat": "Every word counts.",
            }
            script = tmp_path / "script.jsonl"
            script.write_text(
                "\n".join(json.dumps({"agent": agent, "answer": answer}) for agent, answer in answers.items())
            )
            spec = f"scripted:{script}"
        case "local":
            there = [name for name in ("smollm2-135m", models.DEFAULT) if models.find(name)]
            if not there:
                pytest.skip("no local model: run `illuminas models pull smollm2-135m`, or set ILLUMINAS_MODELS")
            spec = f"local:{there[0]}"
        case "openai":
            monkeypatch.setenv("OPENAI_API_KEY", SECRET)
            spec = f"openai:some-model@{request.getfixturevalue('server').url}/v1"
        case _:
            monkeypatch.setenv("ANTHROPIC_API_KEY", SECRET)
            monkeypatch.setenv("ANTHROPIC_BASE_URL", request.getfixturevalue("server").url)
            spec = "anthropic:some-model"

    def open_it() -> LLMProvider:
        provider = open_llm(spec)
        assert provider is not None
        return provider

    yield open_it


def test_every_form_gets_an_answer_that_fits_it(open_provider: Callable[[], LLMProvider]) -> None:
    choice, single, lines, record = ask(open_provider(), *(request(form, agent=name) for name, form in FORMS.items()))
    assert len(choice.values) == len(set(choice.values)) == 3
    assert set(choice.values) <= set(OPTIONS)
    assert single.values == ("only",)
    assert lines.values
    assert choice.record is None and lines.record is None
    assert record.values == ()
    assert record.record is not None
    plan = Plan.model_validate(record.record)
    assert json.loads(plan.model_dump_json()) == record.record
    for answer in (choice, lines, record):
        assert answer.text
        assert answer.seconds >= 0
        assert answer.tokens == answer.prompt_tokens + answer.completion_tokens


def test_a_conversation_is_gone_on_with_piece_by_piece(open_provider: Callable[[], LLMProvider]) -> None:
    costs: list[Usage] = []

    async def listen() -> list[str]:
        provider = open_provider()
        try:
            talk = Conversation(
                system="Be brief.", turns=(Turn(role="user", text="Count the words."),), max_tokens=12, temperature=0
            )
            return [piece async for piece in provider.say(talk, spent=costs.append)]
        finally:
            await provider.close()

    pieces = asyncio.run(listen())
    assert len(pieces) > 1
    assert all(pieces)
    assert len(costs) == 1


def test_whoever_stops_listening_stops_the_model(open_provider: Callable[[], LLMProvider]) -> None:
    costs: list[Usage] = []

    async def leave() -> str:
        provider = open_provider()
        try:
            talk = Conversation(system="", turns=(Turn(role="user", text="Tell a long story."),), max_tokens=2000)
            async with aclosing(provider.say(talk, spent=costs.append)) as pieces:
                return await anext(pieces)
        finally:
            await provider.close()  # waits for a model that still writes

    began = time.monotonic()
    assert asyncio.run(leave())
    assert costs == []
    assert time.monotonic() - began < 20


def test_a_provider_has_a_name_and_a_profile_and_shows_no_secret(
    open_provider: Callable[[], LLMProvider],
) -> None:
    provider = open_provider()
    kind = provider.name.partition(":")[0]
    assert kind in {"scripted", "local", "openai", "anthropic"}
    assert provider.profile == ("small" if kind in {"scripted", "local"} else "capable")
    assert SECRET not in f"{provider!r} {provider.name}"
    asyncio.run(provider.close())


def test_questions_at_the_same_time_are_all_answered(open_provider: Callable[[], LLMProvider]) -> None:
    provider = open_provider()

    async def both() -> list[LLMAnswer]:
        answers = await asyncio.gather(
            *(provider.answer(request(FORMS["choice"], agent="choice", number=n)) for n in (0, 1))
        )
        await provider.close()
        return answers

    assert [len(answer.values) for answer in asyncio.run(both())] == [3, 3]


def test_a_question_to_nobody_says_that_nobody_is_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    provider = open_llm("openai:some-model@http://127.0.0.1:9/v1")
    assert provider is not None
    with pytest.raises(LLMDownError, match=r"openai:some-model@127.0.0.1:9: Connection error"):
        ask(provider, request(FORMS["choice"]))
