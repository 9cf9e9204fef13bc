"""What providers over HTTP share: answers as JSON schemas, dialects, a second try, and errors without secrets.

Servers differ in what they accept. A provider lists its dialects, the best first; one that a server refuses is not
tried again. An answer that does not fit the form is asked for once more, with the reason.

OpenAI's and Anthropic's clients are of one make: they retry by themselves, after as long as the server's
``Retry-After`` says (two minutes at most), and name their errors alike.
"""

from __future__ import annotations

import asyncio
import importlib
import json
import os
import time
from abc import abstractmethod
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing
from typing import Any, ClassVar, Generic, NamedTuple, TypeVar
from urllib.parse import urlsplit

from illuminas.agents.llm.base import (
    AnswerForm,
    Choice,
    Conversation,
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
from illuminas.tools.errors import MissingExtraError

Dialect = TypeVar("Dialect")

ATTEMPTS = 2
"""Answers asked for: one more, with the reason, where the first does not fit."""
TIMEOUT = 120.0
"""Seconds that one try may take."""
RETRIES = 2
"""Further tries after a failed connection, a time-out, a rate limit, or a server error."""
WRAPPING = 32
"""Tokens of the JSON around each line of an answer."""
REASON = 400
"""Most characters of a refusal in the prompt that asks again."""
CHARACTERS_A_TOKEN = 3
"""A low ratio, so that token counts are overestimated rather than underestimated."""
_LIST_KEY = "answers"
# Keywords that strict structured output refuses; the form's own check still enforces them.
_LOOSENED = {"default", "title", "minLength", "maxLength", "uniqueItems", "format"}


class Reply(NamedTuple):
    """A server's answer, with its JSON still to be checked; without a usage it is estimated."""

    data: Any
    text: str
    usage: Usage | None


class Spoken(NamedTuple):
    """A part of a stream: text, what the call cost, whether the answer has come to its end."""

    text: str = ""
    usage: Usage | None = None
    ended: bool = False


class RefusedError(LLMError):
    """The server accepts none of the dialects, or the question itself is invalid."""


def room(request: LLMRequest) -> int:
    """Tokens that an answer may take: the form's own, and those of the JSON around it with its white space."""
    form = request.form
    if isinstance(form, Choice):  # agents allow for the few tokens that tell the options apart
        return form.count * (max(len(option.encode()) for option in form.options) + WRAPPING)
    return request.max_tokens + (form.count * WRAPPING if isinstance(form, Lines) else 0)


class HostedLLM(LLMProvider, Generic[Dialect]):
    """A model behind an HTTP endpoint. Its key comes only from the environment.

    Args:
        model: the endpoint's name of the model.
        url: base URL of a custom endpoint, which may need no key; None for the provider's own.
        kind: beginning of the name, as typed after ``--llm``; None for the package's name.
        key: environment variable with the key; None for the provider's own.
        profile: what agents may ask of it.
        timeout: seconds that a try may take.
        retries: further tries after a failed connection, a time-out, a rate limit, or a server error.
    """

    sdk: ClassVar[str]
    """Package of the client, and the extra that installs it."""
    client: ClassVar[str]
    """Name of the client's class."""
    default_key: ClassVar[str]
    dialects: tuple[Dialect, ...]
    """Ways to ask, the best first."""
    attempts = ATTEMPTS
    overhead = 600  # a forced tool brings a system prompt of the provider's own

    def __init__(
        self,
        *,
        model: str,
        url: str | None = None,
        kind: str | None = None,
        key: str | None = None,
        profile: Profile = "capable",
        timeout: float = TIMEOUT,
        retries: int = RETRIES,
    ) -> None:
        kind, key = kind or self.sdk, key or self.default_key
        try:
            sdk: Any = importlib.import_module(self.sdk)
        except ImportError as error:
            raise MissingExtraError(feature=f"--llm {kind}:MODEL", extra=self.sdk) from error
        self._secret = os.environ.get(key, "")
        if not self._secret and url is None:
            raise LLMError(f"{key} is not set. Set it, or name another LLM, such as openai:MODEL@URL.")
        self.name = f"{kind}:{model}{'' if url is None else f'@{urlsplit(url).netloc}'}"
        self.profile = profile
        self._model = model
        self._patience = timeout * (1 + retries)
        self._dialect = 0
        self._client: Any = getattr(sdk, self.client)(
            api_key=self._secret or "none", base_url=url, timeout=timeout, max_retries=retries
        )
        self._refusals: tuple[type[Exception], ...] = (sdk.BadRequestError, sdk.UnprocessableEntityError)
        self._failure: type[Exception] = sdk.APIError.__base__

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.name!r})"

    @abstractmethod
    async def exchange(self, request: LLMRequest, prompt: str, dialect: Dialect) -> Reply | str:
        """One exchange with the server; the body, as text, of a reply that is none."""

    @abstractmethod
    def speak(self, conversation: Conversation) -> AsyncGenerator[Spoken]:
        """The stream of a conversation."""

    async def close(self) -> None:
        await self._client.close()

    async def answer(self, request: LLMRequest) -> LLMAnswer:
        began = time.monotonic()
        prompt, usage = request.prompt, Usage()
        for attempt in range(ATTEMPTS):
            try:
                reply = await self._ask(request, prompt)
                usage = usage.plus(reply.usage or _estimated(request, prompt, reply.text))
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
        seconds = time.monotonic() - began
        return LLMAnswer(values=values, record=record, text=reply.text, **usage._asdict(), seconds=seconds)

    async def _ask(self, request: LLMRequest, prompt: str) -> Reply:
        """A reply in the first dialect that the server accepts."""
        while True:
            try:
                async with asyncio.timeout(self._patience):
                    reply = await self.exchange(request, prompt, self.dialects[self._dialect])
            except TimeoutError as error:
                raise LLMDownError(f"{self.name}: timed out after {self._patience:g} s, retries included.") from error
            except self._refusals as refusal:
                if self._dialect + 1 == len(self.dialects):
                    self._dialect = 0
                    raise RefusedError(f"it refuses every way to ask: {self._told(refusal)}") from refusal
                self._dialect += 1
                continue
            except self._failure as error:
                raise LLMDownError(f"{self.name}: {self._told(error)}") from error
            except json.JSONDecodeError as error:
                reply = self._told(error)
            if isinstance(reply, str):  # not what the protocol defines: the question is asked once more
                return Reply(f"a reply that cannot be read: {reply}", reply, usage=None)
            return reply

    async def say(
        self, conversation: Conversation, *, spent: Callable[[Usage], None] = lambda usage: None
    ) -> AsyncGenerator[str]:
        ended = False
        try:
            async with aclosing(self.speak(conversation)) as stream:
                async for spoken in stream:
                    if spoken.text:
                        yield spoken.text
                    ended = ended or spoken.ended
                    if spoken.usage is not None and ended:
                        spent(spoken.usage)
        except self._failure as error:
            raise LLMDownError(f"{self.name}: {self._told(error)}") from error
        except ValueError as error:  # an event of the stream that is no JSON
            raise LLMDownError(f"{self.name}: the stream cannot be read: {self._told(error)}") from error
        if not ended:
            raise LLMDownError(f"{self.name}: the stream broke off before the end of the answer.")

    def _told(self, error: Exception) -> str:
        """The error's text without the key, which some servers repeat."""
        text = str(error)[:400]
        return text.replace(self._secret, "***") if self._secret else text


def _estimated(request: LLMRequest, prompt: str, text: str) -> Usage:
    """An upper estimate of an exchange's cost, for servers that do not count tokens."""
    return Usage((len(request.system) + len(prompt)) // CHARACTERS_A_TOKEN + 1, len(text) // CHARACTERS_A_TOKEN + 1)


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
