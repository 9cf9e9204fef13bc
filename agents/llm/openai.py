"""Any endpoint that speaks OpenAI's chat completions: OpenAI itself, vLLM, Ollama, llama.cpp and others."""

from __future__ import annotations

import json
import os
from collections.abc import AsyncGenerator, Callable
from enum import StrEnum
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit

from illuminas.agents.llm.base import Conversation, LLMDownError, LLMError, LLMRequest, Profile, Usage
from illuminas.agents.llm.hosted import (
    RETRIES,
    TIMEOUT,
    HostedLLM,
    Refused,
    Reply,
    estimated,
    json_or_text,
    room,
    schema_of,
    unreadable,
)
from illuminas.tools.errors import MissingExtraError

if TYPE_CHECKING:
    from openai import AsyncStream
    from openai.types import CompletionUsage
    from openai.types.chat import ChatCompletionChunk


class OpenAIDialect(StrEnum):
    """How the schema of the answer is handed over."""

    SCHEMA = "response_format json_schema"
    SCHEMA_UNSAMPLED = "response_format json_schema, for models that fix their own sampling"
    TOOL = "a forced tool call"
    JSON = "response_format json_object, the schema in the prompt"


class OpenAILLM(HostedLLM[OpenAIDialect]):
    """A model behind an OpenAI-compatible endpoint.

    The key comes from the environment alone; with an endpoint of one's own it may be missing.

    The client waits before a retry as long as the server's ``Retry-After`` says (at most two minutes), else longer
    each time.

    Args:
        model: the endpoint's name of the model.
        url: base URL of the endpoint; OpenAI's own when None.
        kind: what the name begins with.
        key: environment variable with the key.
        profile: what agents may ask of it.
        timeout: seconds a try may take.
        retries: further tries after a failed connection, a time-out, a limit, or a server in trouble.
    """

    dialects = tuple(OpenAIDialect)

    def __init__(
        self,
        *,
        model: str,
        url: str | None = None,
        kind: str = "openai",
        key: str = "OPENAI_API_KEY",
        profile: Profile = "capable",
        timeout: float = TIMEOUT,
        retries: int = RETRIES,
    ) -> None:
        try:
            import openai
        except ImportError as error:
            raise MissingExtraError(feature=f"--llm {kind}:MODEL", extra="openai") from error
        at = "" if url is None else f"@{urlsplit(url).netloc}"
        super().__init__(name=f"{kind}:{model}{at}", profile=profile, patience=timeout * (1 + retries))
        self._secret = os.environ.get(key, "")
        if not self._secret and url is None:
            raise LLMError(f"{key} is not set. Set it, or name an endpoint: {kind}:MODEL@URL.")
        self._model = model
        self._client = openai.AsyncOpenAI(
            api_key=self._secret or "none", base_url=url, timeout=timeout, max_retries=retries
        )

    async def ask(self, request: LLMRequest, prompt: str, dialect: OpenAIDialect) -> Reply:
        import openai
        from openai.types.chat import ChatCompletion

        try:
            completion = await self._client.chat.completions.create(**self._question(request, prompt, dialect))
        except (openai.BadRequestError, openai.UnprocessableEntityError) as error:
            raise Refused(self._told(error)) from error
        except openai.OpenAIError as error:
            raise LLMDownError(f"{self.name}: {self._told(error)}") from error
        except json.JSONDecodeError as error:
            return unreadable(request, prompt, self._told(error))
        if not isinstance(completion, ChatCompletion) or not completion.choices:  # a body that is none
            return unreadable(request, prompt, str(completion))
        message = completion.choices[0].message
        text = message.content or ""
        if message.tool_calls and message.tool_calls[0].type == "function":
            text = message.tool_calls[0].function.arguments
        usage = estimated(request, prompt, text) if completion.usage is None else _usage(completion.usage)
        return Reply(data=json_or_text(text), text=text, usage=usage)

    async def say(
        self, conversation: Conversation, *, spent: Callable[[Usage], None] = lambda usage: None
    ) -> AsyncGenerator[str]:
        import openai

        ended = False
        try:
            async with await self._speak(conversation) as stream:
                async for chunk in stream:
                    if chunk.usage is not None:
                        spent(_usage(chunk.usage))
                    for choice in chunk.choices:
                        ended = ended or choice.finish_reason is not None
                        if choice.delta.content:
                            yield choice.delta.content
        except openai.OpenAIError as error:
            raise LLMDownError(f"{self.name}: {self._told(error)}") from error
        except ValueError as error:  # an event of the stream that is no JSON
            raise LLMDownError(f"{self.name}: the stream cannot be read: {self._told(error)}") from error
        if not ended:
            raise LLMDownError(f"{self.name}: the stream broke off before the end of the answer.")

    async def _speak(self, conversation: Conversation) -> AsyncStream[ChatCompletionChunk]:
        """An open stream of the answer; models that fix their own sampling are asked again without any."""
        import openai

        question: dict[str, Any] = {
            "model": self._model,
            "messages": [
                {"role": "system", "content": conversation.system},
                *({"role": turn.role, "content": turn.text} for turn in conversation.turns),
            ],
            "stream": True,
            "stream_options": {"include_usage": True},
        }
        sampled: dict[str, Any] = {
            "max_tokens": conversation.max_tokens,
            "temperature": conversation.temperature,
            "seed": conversation.seed,
        }
        speak = self._client.chat.completions.create
        try:
            stream = await speak(**question, **sampled)
        except (openai.BadRequestError, openai.UnprocessableEntityError):
            stream = await speak(**question, max_completion_tokens=conversation.max_tokens)
        return cast("AsyncStream[ChatCompletionChunk]", stream)

    async def close(self) -> None:
        await self._client.close()

    def _question(self, request: LLMRequest, prompt: str, dialect: OpenAIDialect) -> dict[str, Any]:
        schema = schema_of(request.form)
        question: dict[str, Any] = {"model": self._model}
        match dialect:
            case OpenAIDialect.SCHEMA | OpenAIDialect.SCHEMA_UNSAMPLED:
                described = {"name": "answer", "schema": schema, "strict": True}
                question["response_format"] = {"type": "json_schema", "json_schema": described}
            case OpenAIDialect.TOOL:
                function = {"name": "answer", "description": "Give the answer.", "parameters": schema}
                question["tools"] = [{"type": "function", "function": function}]
                question["tool_choice"] = {"type": "function", "function": {"name": "answer"}}
            case OpenAIDialect.JSON:
                question["response_format"] = {"type": "json_object"}
                prompt = f"{prompt}\n\nAnswer with JSON of this schema alone: {json.dumps(schema)}"
        if dialect is OpenAIDialect.SCHEMA_UNSAMPLED:
            question["max_completion_tokens"] = room(request)
        else:
            question |= {
                "max_tokens": room(request),
                "temperature": request.temperature,
                "seed": request.seed,
            }
        question["messages"] = [
            {"role": "system", "content": request.system},
            {"role": "user", "content": prompt},
        ]
        return question

    def _told(self, error: Exception) -> str:
        """What went wrong, without the key, which some servers repeat."""
        text = str(error)[:400]
        return text.replace(self._secret, "***") if self._secret else text


def _usage(usage: CompletionUsage) -> Usage:
    details = usage.prompt_tokens_details
    cached = 0 if details is None else details.cached_tokens or 0
    return Usage(usage.prompt_tokens, usage.completion_tokens, cache_read=cached)
