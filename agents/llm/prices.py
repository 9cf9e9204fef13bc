"""Costs of calls: token prices, a user's own before those that ship, and upper bounds of what a question can cost."""

from __future__ import annotations

import json
import tomllib
from datetime import date
from fnmatch import fnmatchcase
from importlib.resources import files
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from illuminas.agents.llm.base import Choice, Conversation, LLMProvider, LLMRequest, Usage
from illuminas.agents.llm.hosted import REASON, room, schema_of
from illuminas.tools.errors import IlluminasError
from illuminas.tools.frozen import Frozen
from illuminas.tools.paths import home

MILLION = 1_000_000


class Price(Frozen):
    """US dollars a million tokens.

    Attributes:
        input, output: of prompts and of answers.
        cache_read, cache_write: of what the provider's cache gives back and takes in; None is as ``input``.
        as_of: when this was the public price.
        source: where it stood.
    """

    input: float = Field(ge=0, allow_inf_nan=False)
    output: float = Field(ge=0, allow_inf_nan=False)
    cache_read: float | None = Field(default=None, ge=0, allow_inf_nan=False)
    cache_write: float | None = Field(default=None, ge=0, allow_inf_nan=False)
    as_of: date | None = None
    source: str = ""

    def of(self, usage: Usage) -> float:
        """Dollars of a call."""
        read = self.input if self.cache_read is None else self.cache_read
        kept = self.input if self.cache_write is None else self.cache_write
        plain = usage.prompt_tokens - usage.cache_read - usage.cache_write
        dollars = (
            plain * self.input + usage.cache_read * read + usage.cache_write * kept
        ) + usage.completion_tokens * self.output
        return dollars / MILLION

    def at_most(self, usage: Usage) -> float:
        """Dollars of a call whatever the cache does."""
        dearest = max(self.input, self.cache_read or 0.0, self.cache_write or 0.0)
        return (usage.prompt_tokens * dearest + usage.completion_tokens * self.output) / MILLION


class PriceLine(BaseModel):
    """One line of the table.

    Attributes:
        pattern: a provider's name; ``*`` in it stands for anything.
        table: file that it stands in.
    """

    model_config = ConfigDict(frozen=True)

    pattern: str
    price: Price
    table: str


class PriceTable:
    """Prices by provider name. The user's file takes precedence over the package's, an exact name over a pattern."""

    def __init__(self, lines: list[PriceLine]) -> None:
        self.lines = lines

    @classmethod
    def read(cls) -> PriceTable:
        """The table as it stands.

        Raises:
            IlluminasError: the user's file is not of the form that the package's describes.
        """
        own = user_file()
        shipped = files("illuminas.agents.llm").joinpath("prices.toml").read_text(encoding="utf-8")
        lines = _lines(own.read_text(encoding="utf-8"), str(own)) if own.is_file() else []
        return cls([*lines, *_lines(shipped, "illuminas")])

    def find(self, name: str) -> Price | None:
        """The price of a provider; None if it is unknown."""
        tables = list(dict.fromkeys(line.table for line in self.lines))
        fitting = [line for line in self.lines if fnmatchcase(name, line.pattern)]
        fitting.sort(key=lambda line: (tables.index(line.table), line.pattern != name))
        return fitting[0].price if fitting else None


def user_file() -> Path:
    """Path of the user's own prices."""
    return home() / "prices.toml"


def _lines(text: str, where: str) -> list[PriceLine]:
    try:
        table: dict[str, Any] = tomllib.loads(text)
        return [
            PriceLine(pattern=name, price=Price.model_validate(entry), table=where) for name, entry in table.items()
        ]
    except (tomllib.TOMLDecodeError, ValidationError) as error:
        expected = '["openai:MODEL"] with input = DOLLARS and output = DOLLARS a million tokens'
        raise IlluminasError(f"{where}: expected {expected}, got {error}.") from error


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
