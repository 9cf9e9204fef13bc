"""What providers over HTTP have in common: forms of answers as JSON schemas, dialects, and a second try.

Servers differ in what they accept. A provider lists its dialects, the best first; one that a server refuses
is not tried again. An answer that does not fit the form is asked for once more, with the reason.
"""

from __future__ import annotations

import asyncio
import json
import time
from abc import abstractmethod
from collections.abc import Mapping
from typing import Any, Generic, NamedTuple, TypeVar

from illuminas.agents.llm.base import (
    AnswerForm,
    Choice,
    Lines,
    LLMAnswer,
    LLMDownError,
    LLMError,
    LLMProvider,
    LLMRequest,
    Profile,
    Usage,
    check,
)
from illuminas.agents.quoting import line

Dialect = TypeVar("Dialect")

ATTEMPTS = 2
"""Answers asked for: one more, with the reason, where the first does not fit."""
TIMEOUT = 120.0
"""Seconds that one try may take."""
RETRIES = 2
"""Further tries after a failed connection, a time-out, a limit, or a server in trouble."""
WRAPPING = 32
"""Tokens of the JSON around each line of an answer."""
REASON = 400
"""Characters of a refusal that the model is told."""
CHARACTERS_A_TOKEN = 3
"""Few, so that tokens are over- rather than underestimated."""
_LIST_KEY = "answers"
# Keywords that strict structured output refuses; the form's own check still enforces them.
_LOOSENED = {"default", "title", "minLength", "maxLength", "uniqueItems", "format"}


class Reply(NamedTuple):
    """A server's answer, with its JSON still to be checked."""

    data: Any
    text: str
    usage: Usage


class Refused(Exception):
    """The server does not speak this dialect."""


def unreadable(request: LLMRequest, prompt: str, what: str) -> Reply:
    """The reply of a server that wrote something else than its protocol wants; it is asked for once more."""
    return Reply(data=f"a reply that cannot be read: {what}", text=what, usage=estimated(request, prompt, what))


def room(request: LLMRequest) -> int:
    """Tokens that an answer may take: the form's own, and those of the JSON around it with its white space."""
    form = request.form
    if isinstance(form, Choice):  # agents allow for the few tokens that tell the options apart
        return form.count * (max(len(option.encode()) for option in form.options) + WRAPPING)
    return request.max_tokens + (form.count * WRAPPING if isinstance(form, Lines) else 0)


class RefusedError(LLMError):
    """The server speaks none of the dialects, or the question itself is wrong for it."""


def estimated(request: LLMRequest, prompt: str, text: str) -> Usage:
    """What an exchange cost, where the server does not count: rather too much than too little."""
    return Usage((len(request.system) + len(prompt)) // CHARACTERS_A_TOKEN + 1, len(text) // CHARACTERS_A_TOKEN + 1)


class HostedLLM(LLMProvider, Generic[Dialect]):
    """A model behind an HTTP endpoint.

    Args:
        name: as reported.
        profile: what agents may ask of it.
        patience: seconds that one exchange may take, the client's own retries and their waits included.
    """

    attempts = ATTEMPTS
    overhead = 600  # a forced tool brings a system prompt of the provider's own
    dialects: tuple[Dialect, ...]
    """Ways to ask, the best first."""

    def __init__(self, *, name: str, profile: Profile, patience: float) -> None:
        self.name = name
        self.profile = profile
        self._patience = patience
        self._dialect = 0

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.name!r})"

    @abstractmethod
    async def ask(self, request: LLMRequest, prompt: str, dialect: Dialect) -> Reply:
        """One exchange with the server.

        Raises:
            Refused: the server does not accept the dialect.
            LLMDownError: no reply after the client's own retries.
        """

    async def answer(self, request: LLMRequest) -> LLMAnswer:
        began = time.monotonic()
        prompt, usage = request.prompt, Usage()
        for attempt in range(ATTEMPTS):
            try:
                reply = await self._ask(request, prompt)
                usage = usage.plus(reply.usage)
                values, record = check(request.form, unwrap(request.form, reply.data))
            except LLMDownError as error:
                raise LLMDownError(str(error), usage=usage) from error
            except LLMError as error:
                if attempt + 1 == ATTEMPTS or isinstance(error, RefusedError):
                    raise LLMError(f"{self.name}: {error}", usage=usage) from error
                prompt = (
                    f"{request.prompt}\n\nYour last answer was refused: {line(str(error), limit=REASON)} Answer again."
                )
            else:
                break
        return LLMAnswer(
            values=values,
            record=record,
            text=reply.text,
            **usage._asdict(),
            seconds=time.monotonic() - began,
        )

    async def _ask(self, request: LLMRequest, prompt: str) -> Reply:
        while True:
            try:
                async with asyncio.timeout(self._patience):
                    return await self.ask(request, prompt, self.dialects[self._dialect])
            except TimeoutError as error:
                raise LLMDownError(f"{self.name}: timed out after {self._patience:g} s, retries included.") from error
            except Refused as refusal:
                if self._dialect + 1 == len(self.dialects):
                    self._dialect = 0
                    raise RefusedError(f"it refuses every way to ask: {refusal}") from refusal
                self._dialect += 1


def schema_of(form: AnswerForm) -> dict[str, Any]:
    """The strict JSON schema of a form's answer: an object, all of it required, nothing else allowed."""
    if isinstance(form, Choice):
        return _listed({"type": "string", "enum": list(form.options)}, form.count)
    if isinstance(form, Lines):
        return _listed({"type": "string", "pattern": f"^({form.pattern})$"}, form.count)
    strict: dict[str, Any] = _strict(form.model.model_json_schema())
    return strict


def unwrap(form: AnswerForm, data: Any) -> Any:
    """What :func:`~illuminas.agents.llm.base.check` wants, out of data in the shape of :func:`schema_of`."""
    if isinstance(form, Choice | Lines):
        if not isinstance(data, Mapping) or _LIST_KEY not in data:
            raise LLMError(f'expected {{"{_LIST_KEY}": [...]}}, got {str(data)[:120]!r}.')
        return data[_LIST_KEY]
    return data


def json_or_text(text: str) -> Any:
    """The JSON of an answer; text that is none stays text, and the form's check refuses it."""
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return text


def _listed(item: dict[str, Any], count: int) -> dict[str, Any]:
    items = {"type": "array", "items": item, "minItems": 1, "maxItems": count}
    return {
        "type": "object",
        "properties": {_LIST_KEY: items},
        "required": [_LIST_KEY],
        "additionalProperties": False,
    }


def _strict(schema: Any, *, named: bool = False) -> Any:
    """A schema without loosened keywords, its objects closed; ``named``: a mapping of names to schemas."""
    if isinstance(schema, list):
        return [_strict(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    if named:
        return {name: _strict(item) for name, item in schema.items()}
    kept = {
        key: _strict(value, named=key in {"properties", "$defs"})
        for key, value in schema.items()
        if key not in _LOOSENED
    }
    if "properties" in kept:
        kept |= {"required": list(kept["properties"]), "additionalProperties": False}
    return kept
