"""Who is served by which LLM, and what is refused before anything is spent."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from illuminas.agents.llm.gate import LimitedLLM
from illuminas.agents.llm.limits import Limits
from illuminas.agents.llm.roles import Choices, LLMs, open_llms, read_choices, role_of
from illuminas.tools.errors import IlluminasError


def opened(choices: Choices, **settings: Any) -> LLMs:
    async def open_and_close() -> LLMs:
        async with AsyncExitStack() as stack:
            return open_llms(choices, stack=stack, **settings)

    return asyncio.run(open_and_close())


@pytest.fixture
def script(tmp_path: Path) -> str:
    (tmp_path / "a=b.jsonl").write_text('{"agent": "coder", "answer": [1]}')
    return f"scripted:{tmp_path / 'a=b.jsonl'}"


def test_every_agent_belongs_to_a_role() -> None:
    agents = ("planner", "coder", "coder-edit", "coder-source", "critic", "rules", "chat")
    assert [role_of(agent) for agent in agents] == ["planner", "coder", "coder", "coder", "critic", "critic", "chat"]


def test_a_plain_spec_serves_all_and_a_named_one_its_role(script: str) -> None:
    assert read_choices([]) == Choices("local", {})
    assert read_choices(["none", f"critic={script}"]) == Choices("none", {"critic": script})
    llms = opened(read_choices(["none", f"critic={script}"]))
    assert llms.of("coder") is None
    assert llms.names == {"planner": "none", "coder": "none", "critic": "scripted:a=b.jsonl", "chat": "none"}
    assert llms.name == "none + scripted:a=b.jsonl"


def test_a_spec_with_an_equals_sign_is_no_role(script: str) -> None:
    assert read_choices([script]).llm == script


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (["crtic=none"], "Did you mean 'critic'"),
        (["none", "local"], "expected one LLM for all, got 'local' too"),
        (["critic=none", "critic=local"], "expected one LLM for critic"),
    ],
)
def test_a_wrong_choice_is_answered_with_what_would_be_right(words: list[str], hint: str) -> None:
    with pytest.raises(IlluminasError, match=hint):
        read_choices(words)


def test_roles_with_the_same_spec_share_one_llm_and_its_limits(script: str) -> None:
    llms = opened(Choices(script, {"critic": script}), limits=Limits(requests=3))
    assert llms.of("planner") is llms.of("critic")
    assert isinstance(llms.of("planner"), LimitedLLM)


def test_the_profile_goes_to_the_llm_for_all_and_the_others_keep_theirs(script: str, tmp_path: Path) -> None:
    (tmp_path / "other.jsonl").write_text('{"agent": "critic", "answer": [1]}')
    llms = opened(Choices(script, {"critic": f"scripted:{tmp_path / 'other.jsonl'}"}), profile="capable")
    profiles = {role: llm.profile for role in ("coder", "critic") if (llm := llms.of(role))}  # type: ignore[arg-type]
    assert profiles == {"coder": "capable", "critic": "small"}


def test_a_cap_in_dollars_needs_every_price(script: str, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-any")
    opened(Choices(script, {})).check_prices()
    llms = opened(Choices(script, {"critic": "openai:own@http://10.0.0.1:8000/v1"}))
    with pytest.raises(IlluminasError, match=r"price of openai:own@10.0.0.1:8000 is unknown.*prices\.toml.*--tokens"):
        llms.check_prices()
    home.mkdir()
    (home / "prices.toml").write_text('["openai:own@*"]\ninput = 1\noutput = 1\n')
    opened(Choices(script, {"critic": "openai:own@http://10.0.0.1:8000/v1"})).check_prices()
