"""An LLM that answers from a script, for tests, demonstrations and offline runs of the whole graph.

The file has one JSON object a line::

    {"agent": "coder", "answer": [0, 3]}
    {"agent": "coder", "answer": ["|nor_conv_3x3~0|"]}
    {"agent": "critic", "answer": {"rule": "more skips"}}
    {"agent": "planner", "error": "no connection"}
    {"agent": "chat", "answer": "The best is under 3 ms."}

For a choice an answer is a list of options or of integers, each taken modulo the number of options; for lines
a list of lines; for a record its data; for a conversation its text. An ``error`` is raised as :class:`LLMDownError`.

Call ``n`` of an agent gets the agent's entry ``n`` (from 0), starting over after the last.
``n`` is the integer after the last colon of the request's key, so no state is kept between calls, and a resumed
run gets the same answers.
"""

from __future__ import annotations

import json
import re
from collections.abc import AsyncGenerator, Callable, Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError, model_validator

from illuminas.agents.llm.base import (
    Choice,
    Conversation,
    LLMAnswer,
    LLMDownError,
    LLMError,
    LLMProvider,
    LLMRequest,
    Profile,
    Usage,
    check,
)
from illuminas.tools.errors import IlluminasError
from illuminas.tools.frozen import Frozen


class ScriptEntry(Frozen):
    """One answer, or one failure, of one agent."""

    agent: str
    answer: list[int] | list[str] | dict[str, Any] | str | None = None
    error: str | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> ScriptEntry:
        if (self.answer is None) == (self.error is None):
            raise ValueError("expected either an answer or an error")
        return self


class ScriptedLLM(LLMProvider):
    """Answers from a list of entries.

    Args:
        entries: see the module's text.
        name: as reported.
        profile: what agents may ask of it.
    """

    def __init__(self, entries: Sequence[ScriptEntry], *, name: str = "scripted", profile: Profile = "small") -> None:
        self.name = name
        self.profile = profile
        self._entries: dict[str, list[ScriptEntry]] = {}
        for entry in entries:
            self._entries.setdefault(entry.agent, []).append(entry)

    @classmethod
    def read(cls, path: Path, *, profile: Profile = "small") -> ScriptedLLM:
        """The LLM of a JSONL file; blank lines are skipped.

        Raises:
            IlluminasError: the file is missing, or a line is no entry.
        """
        try:
            lines = path.read_text(encoding="utf-8").splitlines()
        except OSError as error:
            raise IlluminasError(f"the script {path} can't be read: {error.strerror}.") from error
        entries = []
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            try:
                entries.append(ScriptEntry.model_validate_json(line))
            except ValidationError as error:
                expected = '{"agent": NAME, "answer": ...} or {"agent": NAME, "error": TEXT}'
                raise IlluminasError(f"{path}:{number}: expected {expected}, got {line[:80]!r}.") from error
        return cls(entries, name=f"scripted:{path.name}", profile=profile)

    async def answer(self, request: LLMRequest) -> LLMAnswer:
        data: Any = self._said(request.agent, request.key)
        if isinstance(request.form, Choice) and isinstance(data, list):
            options = request.form.options
            data = [options[item % len(options)] if isinstance(item, int) else item for item in data]
        values, record = check(request.form, data)
        return LLMAnswer(values=values, record=record, text=json.dumps(data))

    async def say(
        self, conversation: Conversation, *, spent: Callable[[Usage], None] = lambda usage: None
    ) -> AsyncGenerator[str]:
        text = self._said(conversation.agent, conversation.key)
        if not isinstance(text, str):
            raise LLMError(f"expected a text to say as {conversation.agent!r}, the script has {str(text)[:80]}.")
        for piece in re.findall(r"\s*\S+\s*", text):
            yield piece
        spent(Usage())

    def _said(self, agent: str, key: str) -> Any:
        """What the script has for a call."""
        entries = self._entries.get(agent)
        if not entries:
            raise LLMError(f"the script says nothing of {agent!r}.")
        _, _, number = key.rpartition(":")
        if not number.isdecimal():
            raise LLMError(f"expected a key that ends in ':NUMBER', got {key!r}.")
        entry = entries[int(number) % len(entries)]
        if entry.error is not None:
            raise LLMDownError(entry.error)
        return entry.answer
