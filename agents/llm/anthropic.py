"""Anthropic's models, answering through one forced tool whose input is the answer.

Their sampling is their own: a request's temperature and seed are not sent.
"""

from __future__ import annotations

import json
import os
from collections.abc import AsyncGenerator, Callable
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from illuminas.agents.llm.base import Conversation, LLMDownError, LLMError, LLMRequest, Profile, Usage
from illuminas.agents.llm.hosted import (
    RETRIES,
    TIMEOUT,
    HostedLLM,
    Refused,
    Reply,
    json_or_text,
    room,
    schema_of,
    unreadable,
)
from illuminas.tools.errors import MissingExtraError

if TYPE_CHECKING:
    from anthropic.types import Usage as Counted


class AnthropicDialect(StrEnum):
    """How the schema of the answer is handed over."""

    TOOL = "forced tool use"
    SCHEMA = "a JSON schema of the output, for models that think first and refuse a forced tool"


class AnthropicLLM(HostedLLM[AnthropicDialect]):
    """One of Anthropic's models. The key comes from ``$ANTHROPIC_API_KEY`` alone.

    Args:
        model: Anthropic's name of the model.
        url: base URL, for a gateway of one's own.
        profile: what agents may ask of it.
        timeout: seconds a try may take.
        retries: further tries after a failed connection, a time-out, a limit, or a server in trouble.
    """

    dialects = tuple(AnthropicDialect)

    def __init__(
        self,
        *,
        model: str,
        url: str | None = None,
        profile: Profile = "capable",
        timeout: float = TIMEOUT,
        retries: int = RETRIES,
    ) -> None:
        try:
            import anthropic
        except ImportError as error:
            raise MissingExtraError(feature="--llm anthropic:MODEL", extra="anthropic") from error
        super().__init__(name=f"anthropic:{model}", profile=profile, patience=timeout * (1 + retries))
        self._model = model
        self._secret = os.environ.get("ANTHROPIC_API_KEY", "")
        if not self._secret:
            raise LLMError("ANTHROPIC_API_KEY is not set. Set it, or choose another model with --llm.")
        self._client = anthropic.AsyncAnthropic(
            api_key=self._secret, base_url=url, timeout=timeout, max_retries=retries
        )

    async def ask(self, request: LLMRequest, prompt: str, dialect: AnthropicDialect) -> Reply:
        import anthropic
        from anthropic.types import Message

        try:
            message = await self._client.messages.create(**self._question(request, prompt, dialect))
        except (anthropic.BadRequestError, anthropic.UnprocessableEntityError) as error:
            raise Refused(self._told(error)) from error
        except anthropic.AnthropicError as error:
            raise LLMDownError(f"{self.name}: {self._told(error)}") from error
        except json.JSONDecodeError as error:
            return unreadable(request, prompt, self._told(error))
        if not isinstance(message, Message):  # a body that is none
            return unreadable(request, prompt, str(message))
        used = [block.input for block in message.content if block.type == "tool_use"]
        said = "".join(block.text for block in message.content if block.type == "text")
        return Reply(
            data=used[0] if used else json_or_text(said),
            text=json.dumps(used[0]) if used else said,
            usage=_usage(message.usage),
        )

    async def say(
        self, conversation: Conversation, *, spent: Callable[[Usage], None] = lambda usage: None
    ) -> AsyncGenerator[str]:
        import anthropic

        turns: Any = [{"role": turn.role, "content": turn.text} for turn in conversation.turns]
        try:
            async with self._client.messages.stream(
                model=self._model,
                system=[{"type": "text", "text": conversation.system, "cache_control": {"type": "ephemeral"}}],
                messages=turns,
                max_tokens=conversation.max_tokens,
            ) as stream:
                async for text in stream.text_stream:
                    yield text
                message = await stream.get_final_message()
        except anthropic.AnthropicError as error:
            raise LLMDownError(f"{self.name}: {self._told(error)}") from error
        except ValueError as error:  # an event of the stream that is no JSON
            raise LLMDownError(f"{self.name}: the stream cannot be read: {self._told(error)}") from error
        if message.stop_reason is None:
            raise LLMDownError(f"{self.name}: the stream broke off before the end of the answer.")
        spent(_usage(message.usage))

    async def close(self) -> None:
        await self._client.close()

    def _question(self, request: LLMRequest, prompt: str, dialect: AnthropicDialect) -> dict[str, Any]:
        schema = schema_of(request.form)
        question: dict[str, Any] = {
            "model": self._model,
            # What comes before the mark is cached between calls.
            "system": [{"type": "text", "text": request.system, "cache_control": {"type": "ephemeral"}}],
            "messages": [{"role": "user", "content": prompt}],
            "max_tokens": room(request),
        }
        match dialect:
            case AnthropicDialect.TOOL:
                tool = {"name": "answer", "description": "Give the answer.", "input_schema": schema}
                question |= {"tools": [tool], "tool_choice": {"type": "tool", "name": "answer"}}
            case AnthropicDialect.SCHEMA:
                question["output_config"] = {"format": {"type": "json_schema", "schema": schema}}
        return question

    def _told(self, error: Exception) -> str:
        """What went wrong, without the key, which some servers repeat."""
        return str(error)[:400].replace(self._secret, "***")


def _usage(usage: Counted) -> Usage:
    """Anthropic counts what its cache has to do with aside."""
    read, kept = usage.cache_read_input_tokens or 0, usage.cache_creation_input_tokens or 0
    return Usage(usage.input_tokens + read + kept, usage.output_tokens, cache_read=read, cache_write=kept)
