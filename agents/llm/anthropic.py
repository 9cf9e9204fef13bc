"""Anthropic's models, answering through one forced tool whose input is the answer.

Their sampling is their own: a request's temperature and seed are not sent.
"""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from illuminas.agents.llm.base import Conversation, LLMRequest, Usage
from illuminas.agents.llm.hosted import HostedLLM, Reply, Spoken, json_or_text, room, schema_of

if TYPE_CHECKING:
    from anthropic.types import Usage as Counted


class AnthropicDialect(StrEnum):
    """How the schema of the answer is handed over."""

    TOOL = "forced tool use"
    SCHEMA = "a JSON schema of the output, for models that think first and refuse a forced tool"


class AnthropicLLM(HostedLLM[AnthropicDialect]):
    """One of Anthropic's models, or of a gateway that speaks as they do."""

    sdk, client, default_key = "anthropic", "AsyncAnthropic", "ANTHROPIC_API_KEY"
    dialects = tuple(AnthropicDialect)

    async def exchange(self, request: LLMRequest, prompt: str, dialect: AnthropicDialect) -> Reply | str:
        from anthropic.types import Message

        asked = [{"role": "user", "content": prompt}]
        question = self._question(request.system, asked, max_tokens=room(request))
        schema = schema_of(request.form)
        match dialect:
            case AnthropicDialect.TOOL:
                tool = {"name": "answer", "description": "Give the answer.", "input_schema": schema}
                question |= {"tools": [tool], "tool_choice": {"type": "tool", "name": "answer"}}
            case AnthropicDialect.SCHEMA:
                question["output_config"] = {"format": {"type": "json_schema", "schema": schema}}
        message = await self._client.messages.create(**question)
        if not isinstance(message, Message):
            return str(message)
        used = [block.input for block in message.content if block.type == "tool_use"]
        said = "".join(block.text for block in message.content if block.type == "text")
        data, text = (used[0], json.dumps(used[0])) if used else (json_or_text(said), said)
        return Reply(data, text, _usage(message.usage))

    async def speak(self, conversation: Conversation) -> AsyncGenerator[Spoken]:
        question = self._question(conversation.system, conversation.messages[1:], max_tokens=conversation.max_tokens)
        async with self._client.messages.stream(**question) as stream:
            async for text in stream.text_stream:
                yield Spoken(text)
            message = await stream.get_final_message()
        yield Spoken(usage=_usage(message.usage), ended=message.stop_reason is not None)

    def _question(self, system: str, turns: list[dict[str, str]], *, max_tokens: int) -> dict[str, Any]:
        cached = {"type": "text", "text": system, "cache_control": {"type": "ephemeral"}}  # between calls, up to here
        return {"model": self._model, "system": [cached], "messages": turns, "max_tokens": max_tokens}


def _usage(usage: Counted) -> Usage:
    """Anthropic does not count what its cache reads and writes among the input tokens."""
    read, kept = usage.cache_read_input_tokens or 0, usage.cache_creation_input_tokens or 0
    return Usage(usage.input_tokens + read + kept, usage.output_tokens, cache_read=read, cache_write=kept)
