"""Upper bounds of what a question can cost, known before it is asked."""

from __future__ import annotations

import json

from illuminas.agents.llm.base import Choice, Conversation, LLMProvider, LLMRequest, Usage
from illuminas.agents.llm.hosted import REASON, room, schema_of


def worst_case(llm: LLMProvider, request: LLMRequest) -> Usage:
    """An upper bound of a call's tokens: one a byte, with all that the provider adds, in each of its attempts.

    Text takes three or four bytes a token, so a call costs a fraction of this; but a cap that relied on that could be
    exceeded.
    """
    asked = _bytes(request.system) + _bytes(request.prompt) + _bytes(json.dumps(schema_of(request.form)))
    prompt = llm.attempts * (asked + llm.overhead) + (llm.attempts - 1) * (REASON * 4 + llm.overhead)
    if isinstance(request.form, Choice):  # may be written pick by pick, each after a prompt with those before it
        longest = max(map(_bytes, request.form.options)) + 1
        prompt += request.form.count * (request.form.count * longest + llm.overhead)
    return Usage(prompt, llm.attempts * room(request))


def most_of_speech(llm: LLMProvider, conversation: Conversation) -> Usage:
    """The same for a conversation, which is asked once."""
    asked = _bytes(conversation.system) + sum(_bytes(turn.text) + llm.overhead for turn in conversation.turns)
    return Usage(asked + llm.overhead, conversation.max_tokens)


def _bytes(text: str) -> int:
    return len(text.encode())
