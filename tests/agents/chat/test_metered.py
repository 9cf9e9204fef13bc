"""What the chat's LLM costs is the run's."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from pathlib import Path

import pytest

from illuminas.agents.chat.metered import MeteredLLM
from illuminas.agents.llm.base import (
    Choice,
    Conversation,
    LLMAnswer,
    LLMDownError,
    LLMError,
    LLMProvider,
    LLMRequest,
    Turn,
    Usage,
)
from illuminas.agents.steering import steer
from illuminas.memory.directives import SetBudget
from illuminas.memory.runs import RunFolder, find_run, open_state
from tests.server.mcp.conftest import searched  # noqa: F401

QUESTION = LLMRequest(agent="chat", key="chat:0", system="s", prompt="which?", form=Choice(options=("a", "b")))
CONVERSATION = Conversation(turns=(Turn(role="user", text="why?"),), system="s", max_tokens=20)


class Dear(LLMProvider):
    """Takes ten tokens a question, and none of a scripted LLM's patience."""

    name = "dear:model"
    profile = "capable"

    def __init__(self, *, fails: bool = False) -> None:
        self.asked = 0
        self._fails = fails

    async def answer(self, request: LLMRequest) -> LLMAnswer:
        self.asked += 1
        if self._fails:
            raise LLMDownError("no connection", usage=Usage(3, 0))
        return LLMAnswer(values=("a",), prompt_tokens=8, completion_tokens=2)

    async def say(
        self, conversation: Conversation, *, spent: Callable[[Usage], None] = lambda usage: None
    ) -> AsyncGenerator[str]:
        self.asked += 1
        for piece in ("so ", "it ", "is"):
            yield piece
        spent(Usage(6, 3))


@pytest.fixture
def run(searched: Path) -> RunFolder:  # noqa: F811
    return find_run("last")


def test_a_call_stands_in_the_runs_log_as_one_of_the_chats(run: RunFolder) -> None:
    before = open_state(run)
    assert asyncio.run(MeteredLLM(Dear(), run).answer(QUESTION)).values == ("a",)
    after = open_state(run)
    assert after.llm.tokens == before.llm.tokens + 10
    assert after.llm_roles["chat"].calls == 1
    assert after.llm.unpriced == before.llm.unpriced + 1, "nobody knows what that model costs"
    assert after.seconds == before.seconds, "a chat takes none of the run's time"


def test_a_conversation_is_counted_also_when_the_person_stops_it(run: RunFolder) -> None:
    async def hear(pieces: int) -> list[str]:
        heard: list[str] = []
        async with aclosing(MeteredLLM(Dear(), run).say(CONVERSATION)) as speech:
            async for piece in speech:
                heard.append(piece)
                if len(heard) == pieces:
                    break
        return heard

    assert asyncio.run(hear(99)) == ["so ", "it ", "is"]
    assert open_state(run).llm_roles["chat"].prompt_tokens == 6
    assert asyncio.run(hear(1)) == ["so "]
    use = open_state(run).llm_roles["chat"]
    assert use.calls == 2
    assert use.prompt_tokens == 6, "a provider says nothing of what it bills for a call that was broken off"


def test_a_failure_is_counted_and_does_not_put_the_searchs_llm_down(run: RunFolder) -> None:
    metered = MeteredLLM(Dear(fails=True), run)
    for _ in range(4):
        with pytest.raises(LLMDownError):
            asyncio.run(metered.answer(QUESTION))
    view = open_state(run)
    assert view.llm_roles["chat"].failures == 4
    assert view.llm_roles["chat"].prompt_tokens == 12
    assert not view.llm_health["dear:model"].shut(view.round)


@pytest.mark.parametrize("cap", [SetBudget(tokens=5), SetBudget(dollars=1.0)], ids=["tokens", "unknown price"])
def test_what_may_break_a_cap_of_the_run_is_not_asked(cap: SetBudget, run: RunFolder) -> None:
    steer(run, cap, author="ann", via="chat")
    llm = Dear()
    with pytest.raises(LLMError, match="Raise the cap"):
        asyncio.run(MeteredLLM(llm, run).answer(QUESTION))
    assert llm.asked == 0
    assert open_state(run).llm_roles["chat"].calls == 0
