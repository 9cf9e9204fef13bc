"""Any endpoint that speaks OpenAI's chat completions: OpenAI itself, vLLM, Ollama, llama.cpp and others."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from illuminas.agents.llm.base import Conversation, LLMRequest, Usage
from illuminas.agents.llm.hosted import HostedLLM, Reply, Spoken, json_or_text, room, schema_of

if TYPE_CHECKING:
    from openai.types import CompletionUsage


class OpenAIDialect(StrEnum):
    """How the schema of the answer is handed over."""

    SCHEMA = "response_format json_schema"
    SCHEMA_UNSAMPLED = "response_format json_schema, for models that fix their own sampling"
    TOOL = "a forced tool call"
    JSON = "response_format json_object, the schema in the prompt"


class OpenAILLM(HostedLLM[OpenAIDialect]):
    """A model behind an OpenAI-compatible endpoint."""

    sdk, client, default_key = "openai", "AsyncOpenAI", "OPENAI_API_KEY"
    dialects = tuple(OpenAIDialect)

    async def exchange(self, request: LLMRequest, prompt: str, dialect: OpenAIDialect) -> Reply | str:
        from openai.types.chat import ChatCompletion

        completion = await self._client.chat.completions.create(**self._question(request, prompt, dialect))
        if not isinstance(completion, ChatCompletion) or not completion.choices:
            return str(completion)
        message = completion.choices[0].message
        text = message.content or ""
        if message.tool_calls and message.tool_calls[0].type == "function":
            text = message.tool_calls[0].function.arguments
        return Reply(json_or_text(text), text, _usage(completion.usage) if completion.usage else None)

    async def speak(self, conversation: Conversation) -> AsyncGenerator[Spoken]:
        question: dict[str, Any] = {
            "model": self._model,
            "messages": conversation.messages,
            "stream": True,
            "stream_options": {"include_usage": True},
        }
        sampled = {
            "max_tokens": conversation.max_tokens,
            "temperature": conversation.temperature,
            "seed": conversation.seed,
        }
        create = self._client.chat.completions.create
        try:
            stream = await create(**question, **sampled)
        except self._refusals:  # a model that fixes its own sampling
            stream = await create(**question, max_completion_tokens=conversation.max_tokens)
        async with stream:
            async for chunk in stream:
                for choice in chunk.choices:
                    yield Spoken(choice.delta.content or "", ended=choice.finish_reason is not None)
                if chunk.usage is not None:
                    yield Spoken(usage=_usage(chunk.usage))

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
            question |= {"max_tokens": room(request), "temperature": request.temperature, "seed": request.seed}
        question["messages"] = [{"role": "system", "content": request.system}, {"role": "user", "content": prompt}]
        return question


def _usage(usage: CompletionUsage) -> Usage:
    details = usage.prompt_tokens_details
    cached = 0 if details is None else details.cached_tokens or 0
    return Usage(usage.prompt_tokens, usage.completion_tokens, cache_read=cached)
