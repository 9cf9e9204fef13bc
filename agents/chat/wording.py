"""Wording: a capable LLM says in a few sentences what the tools just answered."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Sequence

from illuminas.agents.chat.scene import Scene
from illuminas.agents.chat.tools import Found
from illuminas.agents.llm.base import Conversation, LLMProvider, Turn
from illuminas.agents.llm_session import prompt

AGENT = "chat"
"""As the calls are counted, and as scripts name them."""
ONE, ALL = 6_000, 16_000
"""Characters of one tool's answer that the LLM sees, and of all together."""


async def reworded(
    message: str, found: Sequence[Found], scene: Scene, llm: LLMProvider, call: int
) -> AsyncGenerator[str]:
    """The answer to a message in words, piece by piece.

    Args:
        found: what the tools said; the LLM sees it as data, which :func:`prompt` keeps from closing its fence.
        call: its number within this chat, counted from 0.

    Raises:
        LLMError: the LLM cannot be reached, or broke off.
    """
    told = "\n".join(
        f"{each.tool} {json.dumps(each.arguments)}:\n{json.dumps(each.result, ensure_ascii=False)[:ONE]}"
        for each in found
    )
    aims = ", ".join(
        f"{each.words} ({each.unit or 'no unit'}, {'higher' if each.maximised else 'lower'} is better)"
        for each in scene.objectives
    )
    turn = prompt("chat_words", message=" ".join(message.split()), data=told[:ALL])
    conversation = Conversation(
        turns=(Turn(role="user", text=turn),),
        agent=AGENT,
        key=f"{AGENT}:{call}",
        system=prompt("chat_words_system", objectives=aims),
        temperature=0.2,
        max_tokens=400,
    )
    async for piece in llm.say(conversation):
        yield piece
