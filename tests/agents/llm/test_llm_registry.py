"""Specs of LLMs, and the scripted one."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from illuminas.agents.llm.base import Choice, LLMError, LLMRequest
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
        ("local:qwen", "unknown local model 'qwen'"),
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
