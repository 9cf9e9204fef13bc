"""Specs of LLMs, and the scripted one."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from illuminas.agents.llm.base import Choice, LLMError, LLMRequest
from illuminas.agents.llm.openai import OpenAILLM
from illuminas.agents.llm.registry import open_llm
from illuminas.agents.llm.scripted import ScriptedLLM, ScriptEntry
from illuminas.tools.errors import IlluminasError


def test_none_is_no_llm() -> None:
    assert open_llm("none") is None


@pytest.mark.parametrize(
    ("spec", "hint"),
    [
        ("locl", "Did you mean 'local'"),
        ("antropic:MODEL", "Did you mean 'anthropic:MODEL'"),
        ("openai", "expected openai:MODEL"),
        ("local:qwen", "unknown model 'qwen'"),
        ("local:efficientnet-lite0", "expected a language model, got the pretrained weights"),
        ("none:x", "unknown LLM"),
        ("gguf:/nowhere/model.gguf", "no model file at"),
        ("scripted:/nowhere/script.jsonl", "can't be read"),
    ],
)
def test_a_bad_spec_is_answered_with_what_to_do(spec: str, hint: str) -> None:
    with pytest.raises(IlluminasError, match=hint):
        open_llm(spec)


def test_a_missing_local_model_names_the_command_that_fetches_it(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ILLUMINAS_MODELS", raising=False)
    with pytest.raises(IlluminasError, match="illuminas models pull smollm2-135m"):
        open_llm("local:smollm2-135m")


def test_the_profile_can_be_overridden(tmp_path: Path) -> None:
    (tmp_path / "s.jsonl").write_text('{"agent": "coder", "answer": [1]}')
    provider = open_llm(f"scripted:{tmp_path / 's.jsonl'}", profile="capable")
    assert provider is not None
    assert provider.profile == "capable"


def ask(llm: ScriptedLLM, number: int, *, agent: str = "coder") -> tuple[str, ...]:
    form = Choice(options=("a", "b", "c"), count=2)
    request = LLMRequest(agent=agent, key=f"llm:4:{number}", system="", prompt="", form=form)
    return asyncio.run(llm.answer(request)).values


def test_the_number_of_a_call_finds_its_line_whatever_was_asked_before() -> None:
    entries = [
        ScriptEntry(agent="coder", answer=[0]),
        ScriptEntry(agent="planner", answer=["c"]),
        ScriptEntry(agent="coder", answer=[4, 5]),
    ]
    llm = ScriptedLLM(entries)
    assert ask(llm, 1) == ("b", "c")
    assert ask(llm, 0) == ask(llm, 2) == ("a",)
    assert ask(ScriptedLLM(entries), 1) == ("b", "c")
    assert ask(llm, 7, agent="planner") == ("c",)


def test_a_script_fails_where_it_says_so_or_says_nothing_valid() -> None:
    llm = ScriptedLLM([ScriptEntry(agent="coder", error="no connection"), ScriptEntry(agent="coder", answer=["d"])])
    with pytest.raises(LLMError, match="no connection"):
        ask(llm, 0)
    with pytest.raises(LLMError, match="'d' is none of the 3 options"):
        ask(llm, 1)
    with pytest.raises(LLMError, match="says nothing of 'critic'"):
        ask(llm, 0, agent="critic")


@pytest.mark.parametrize("line", ["{", '{"agent": "coder"}', '{"agent": "coder", "answer": [1], "error": "x"}'])
def test_a_line_that_is_no_entry_is_named_with_its_number(tmp_path: Path, line: str) -> None:
    path = tmp_path / "script.jsonl"
    path.write_text(f'{{"agent": "coder", "answer": [1]}}\n\n{line}\n')
    with pytest.raises(IlluminasError, match=r"script\.jsonl:3: expected"):
        ScriptedLLM.read(path)


@pytest.mark.parametrize(
    ("spec", "name", "url"),
    [
        ("ollama:qwen3", "ollama:qwen3", "http://127.0.0.1:11434/v1/"),
        ("ollama:qwen3:8b@myhost:9000", "ollama:qwen3:8b@myhost:9000", "http://myhost:9000/v1/"),
        ("vllm:org/model", "vllm:org/model", "http://127.0.0.1:8000/v1/"),
        ("llamacpp", "llamacpp:default", "http://127.0.0.1:8080/v1/"),
        ("llamacpp@http://box:8081", "llamacpp:default@box:8081", "http://box:8081/v1/"),
        ("llamacpp:mine@https://box/llm/v1", "llamacpp:mine@box", "https://box/llm/v1/"),
        ("openai:m@http://box:1/api", "openai:m@box:1", "http://box:1/api/"),
    ],
)
def test_servers_of_ones_own_have_short_names_and_their_usual_address(spec: str, name: str, url: str) -> None:
    provider = open_llm(spec)
    assert isinstance(provider, OpenAILLM)
    assert provider.name.startswith(name)
    assert str(provider._client.base_url) == url
    asyncio.run(provider.close())


def test_a_server_of_ones_own_gets_its_own_key_and_not_that_of_openai(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-of-openai")
    monkeypatch.setenv("VLLM_API_KEY", "of-vllm")
    keys = []
    for spec in ("vllm:m", "ollama:m", "openai:m@http://box:1"):
        provider = open_llm(spec)
        assert isinstance(provider, OpenAILLM)
        keys.append(provider._client.api_key)
        asyncio.run(provider.close())
    assert keys == ["of-vllm", "none", "sk-of-openai"]


@pytest.mark.parametrize(
    ("spec", "hint"),
    [
        ("openai:m@http://me:secret@box:1", "no secret belongs into the URL"),
        ("vllm:m@ftp://box", "expected a URL such as"),
        ("ollama:@box", "expected ollama:MODEL"),
    ],
)
def test_an_address_that_is_none_or_holds_a_secret_is_refused(spec: str, hint: str) -> None:
    with pytest.raises(IlluminasError, match=hint):
        open_llm(spec)
