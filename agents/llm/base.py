"""What an LLM is to an agent: a request with a fixed form of answer, and a validated answer with its cost.

Three forms of answer cover every agent. :class:`Choice` and :class:`Lines` are what small models can do under
a grammar; :class:`Record` is a pydantic model, for capable ones. No answer is ever parsed from free text.

Only the chat lets a model answer freely: it goes on with a :class:`Conversation` and yields text as it is written.
That text triggers no action.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, Callable
from typing import Any, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field

from illuminas.tools.errors import IlluminasError
from illuminas.tools.frozen import Frozen

Profile = Literal["none", "small", "capable"]
"""What may be asked of a model: nothing, choices and lines, or records with reasons of its own."""


Role = Literal["planner", "coder", "critic", "chat"]
"""Whom an LLM serves; each may have its own."""


class Usage(NamedTuple):
    """Tokens of one call, as the provider counts them.

    Attributes:
        prompt_tokens: read, from a cache or not.
        cache_read, cache_write: of those, read from the provider's cache, and kept in it.
    """

    prompt_tokens: int = 0
    completion_tokens: int = 0
    cache_read: int = 0
    cache_write: int = 0

    @property
    def tokens(self) -> int:
        return self.prompt_tokens + self.completion_tokens

    def plus(self, other: Usage) -> Usage:
        return Usage(*(mine + yours for mine, yours in zip(self, other, strict=True)))


class LLMError(IlluminasError):
    """The provider gave no valid answer; agents continue without one.

    Attributes:
        usage: what the failed attempt cost.
    """

    def __init__(self, message: str, *, usage: Usage = Usage()) -> None:  # noqa: B008 - immutable
        super().__init__(message)
        self.usage = usage


class LLMDownError(LLMError):
    """The provider gave no answer at all: unreachable, too slow, overloaded, or interrupted. It may recover."""


class Choice(Frozen):
    """Pick ``count`` different ones of the listed options; the answer is their texts, best first."""

    options: tuple[str, ...] = Field(min_length=1)
    count: int = Field(default=1, ge=1)


class Lines(Frozen):
    """Write up to ``count`` lines of one kind; the answer is the lines, in order.

    Attributes:
        grammar: a GBNF expression that matches exactly one line (no rules of its own).
        pattern: the same as a regular expression.
    """

    grammar: str
    pattern: str
    count: int = Field(default=1, ge=1)


class Record(BaseModel):
    """Fill in a pydantic model; the answer is an instance of it."""

    model_config = ConfigDict(frozen=True, arbitrary_types_allowed=True)

    model: type[BaseModel]


AnswerForm = Choice | Lines | Record


class LLMRequest(BaseModel):
    """One question to an LLM.

    Attributes:
        agent: who asks, and for what where there are several: planner, coder, coder-edit, coder-list, critic.
        key: names this call within its run, for replay: equal keys get equal answers from the event log.
        system: what does not change from call to call; providers cache it as a shared prefix.
        prompt: the question.
        form: the form of the answer.
        temperature: 0 is greedy.
        seed: for providers that can sample repeatably.
        max_tokens: limit of the answer.
    """

    model_config = ConfigDict(frozen=True, arbitrary_types_allowed=True)

    agent: str
    key: str
    system: str
    prompt: str
    form: AnswerForm
    temperature: float = 0.7
    seed: int = 0
    max_tokens: int = 512


class LLMAnswer(Frozen):
    """A valid answer and its cost.

    Attributes:
        values: the picks of a choice or the lines; empty for a record.
        record: the filled-in model of a record, as JSON data; None otherwise.
        text: what the model wrote, for the log.
        prompt_tokens, completion_tokens, cache_read, cache_write: see :class:`Usage`.
        seconds: wall-clock time.
    """

    values: tuple[str, ...] = ()
    record: dict[str, Any] | None = None
    text: str = ""
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cache_read: int = 0
    cache_write: int = 0
    seconds: float = 0.0

    @property
    def usage(self) -> Usage:
        return Usage(self.prompt_tokens, self.completion_tokens, self.cache_read, self.cache_write)

    @property
    def tokens(self) -> int:
        return self.usage.tokens


class Turn(Frozen):
    """What one side said in a conversation."""

    role: Literal["user", "assistant"]
    text: str


class Conversation(Frozen):
    """What was said so far, for an LLM to go on with in free text.

    Attributes:
        turns: in their order; the last is the user's.
        agent: whose calls it counts among.
        key: names the call, as that of an :class:`LLMRequest`; ends in ``:NUMBER`` for a scripted LLM.
        system, temperature, seed, max_tokens: as of an :class:`LLMRequest`.
    """

    turns: tuple[Turn, ...] = Field(min_length=1)
    agent: str = "chat"
    key: str = "say:0"
    system: str
    temperature: float = 0.7
    seed: int = 0
    max_tokens: int = 512

    @property
    def messages(self) -> list[dict[str, str]]:
        """The system text and the turns, in the form of OpenAI's chat completions."""
        system = {"role": "system", "content": self.system}
        return [system, *({"role": turn.role, "content": turn.text} for turn in self.turns)]


class LLMProvider(ABC):
    """Answers questions. Every implementation passes ``tests/agents/llm/test_contract.py``."""

    name: str
    """As reported everywhere, for example ``local:qwen2.5-coder-0.5b`` or ``scripted:answers.jsonl``."""
    profile: Profile
    attempts: int = 1
    """Most exchanges that one question can cost."""
    overhead: int = 64
    """Most tokens that an exchange adds to its request: the chat template, the wrapping of the form."""

    @abstractmethod
    async def answer(self, request: LLMRequest) -> LLMAnswer:
        """The answer, checked against the form.

        Raises:
            LLMDownError: no answer after the provider's own retries.
            LLMError: an answer that does not fit the form, or a question that cannot be asked.
        """

    @abstractmethod
    def say(
        self, conversation: Conversation, *, spent: Callable[[Usage], None] = lambda usage: None
    ) -> AsyncGenerator[str]:
        """Free text, piece by piece as it is written; closing the iterator or cancelling its task stops the model.

        Use it under :func:`contextlib.aclosing`, so that leaving early stops it at once.

        Args:
            spent: told once what the call cost, where the provider says it; not after a stop.

        Raises:
            LLMDownError: it cannot be reached, or broke off early; what came before was yielded.
            LLMError: it cannot go on with the conversation.
        """

    async def close(self) -> None:  # noqa: B027 - most hold nothing
        """Release what the provider holds. Idempotent."""


class LLMWrapper(LLMProvider):
    """A provider around another one, under the other's name; closing it closes that."""

    def __init__(self, llm: LLMProvider) -> None:
        self.name, self.profile = llm.name, llm.profile
        self.attempts, self.overhead = llm.attempts, llm.overhead
        self._llm = llm

    async def close(self) -> None:
        await self._llm.close()


def check(form: AnswerForm, data: Any) -> tuple[tuple[str, ...], dict[str, Any] | None]:
    """``(values, record)`` of an answer's data, or :class:`LLMError` saying what was expected and what came.

    A choice is a list of options, lines a list of strings, a record a mapping.
    """
    if isinstance(form, Record):
        try:
            return (), form.model.model_validate(data).model_dump(mode="json")
        except ValueError as error:
            raise LLMError(f"the answer does not fit {form.model.__name__}: {error}") from error
    if not isinstance(data, list) or not data or not all(isinstance(item, str) for item in data):
        raise LLMError(f"expected a list of strings, got {str(data)[:120]!r}")
    values = tuple(dict.fromkeys(item.strip() for item in data))[: form.count]
    for value in values:
        if isinstance(form, Choice) and value not in form.options:
            raise LLMError(f"{value[:80]!r} is none of the {len(form.options)} options")
        if isinstance(form, Lines) and re.fullmatch(form.pattern, value) is None:
            raise LLMError(f"the line {value[:80]!r} does not match {form.pattern}")
    return values, None
