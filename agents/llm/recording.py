"""Records the LLM calls of a run in a file, and replays them, so that the run can be reproduced.

A recording is JSON, one object a line. The first names the LLMs; every other is one call::

    {"recording": 1, "llms": {"planner": {"name": "openai:gpt-5", "profile": "capable", ...}, "critic": null, ...}}
    {"key": "llm:1:planner:0", "hash": "5f0c...", "asked": {"agent": "planner", ...}, "answer": {...}}
    {"key": "llm:1:coder:0", "hash": "a811...", "asked": {...}, "error": {"text": "timed out", "down": true, ...}}
    {"key": "say:0", "hash": "77d0...", "asked": {...}, "said": {"text": "...", ...}}

A replayed call is found by its key; the hash of the question must match.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import AsyncGenerator, Callable, Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ValidationError

from illuminas.agents.llm.base import (
    Conversation,
    LLMAnswer,
    LLMDownError,
    LLMError,
    LLMProvider,
    LLMRequest,
    LLMWrapper,
    Profile,
    Record,
    Role,
    Usage,
)
from illuminas.tools.errors import IlluminasError
from illuminas.tools.frozen import Frozen


class RecordedName(Frozen):
    """What a replay needs to know of a recorded LLM to plan and count as the run did."""

    name: str
    profile: Profile
    attempts: int
    overhead: int

    @classmethod
    def of(cls, llm: LLMProvider) -> RecordedName:
        return cls(**{name: getattr(llm, name) for name in cls.model_fields})


class _Head(Frozen):
    recording: Literal[1]
    llms: dict[Role, RecordedName | None]


class _Failure(Frozen):
    text: str
    down: bool
    usage: Usage


class _Speech(Frozen):
    pieces: list[str]
    usage: Usage | None


class _Call(Frozen):
    """One call: exactly one of answer, error and said, except for a conversation that broke off."""

    key: str
    hash: str
    asked: dict[str, Any]
    answer: LLMAnswer | None = None
    said: _Speech | None = None
    error: _Failure | None = None


def _asked(question: LLMRequest | Conversation) -> dict[str, Any]:
    """All of a question but its key, as JSON data; a record's form by its schema."""
    data = question.model_dump(mode="json", exclude={"key", "form"})
    if isinstance(question, LLMRequest):
        form = question.form
        data["form"] = form.model.model_json_schema() if isinstance(form, Record) else form.model_dump(mode="json")
    return data


def _hash(asked: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()


class Recorder:
    """Appends calls to a file; each is written before its answer is used.

    Args:
        path: of the recording.
        llms: role -> its LLM.
        go_on: the run was recorded before; without it the file must be new.

    Raises:
        IlluminasError: there is something in the file already, or it cannot be written.
    """

    def __init__(self, path: Path, llms: Mapping[Role, LLMProvider | None], *, go_on: bool) -> None:
        if path.is_file() and path.stat().st_size and not go_on:
            raise IlluminasError(f"--record {path}: the file is not empty. Name a new one, or remove it.")
        try:
            self._file = path.open("a", encoding="utf-8")
            if go_on:  # a kill may have cut the last line off
                text = path.read_bytes()
                self._file.truncate(text.rfind(b"\n") + 1)
        except OSError as error:
            raise IlluminasError(f"--record {path}: it cannot be written ({error.strerror}).") from error
        if not path.stat().st_size:
            self._write(_Head(recording=1, llms={role: llm and RecordedName.of(llm) for role, llm in llms.items()}))

    def note(self, question: LLMRequest | Conversation, **came: LLMAnswer | _Speech | _Failure | None) -> None:
        """Write one call."""
        asked = _asked(question)
        self._write(_Call(key=question.key, hash=_hash(asked), asked=asked, **came))

    def _write(self, line: BaseModel) -> None:
        absent = {name for name in ("answer", "said", "error") if getattr(line, name, None) is None}
        self._file.write(line.model_dump_json(exclude=absent) + "\n")
        self._file.flush()

    def close(self) -> None:
        """Close the file. Idempotent."""
        self._file.close()


class RecordedLLM(LLMWrapper):
    """A provider whose calls are written to a recording."""

    def __init__(self, llm: LLMProvider, recorder: Recorder) -> None:
        super().__init__(llm)
        self._recorder = recorder

    async def answer(self, request: LLMRequest) -> LLMAnswer:
        try:
            answer = await self._llm.answer(request)
        except LLMError as error:
            self._recorder.note(request, error=_failure(error))
            raise
        self._recorder.note(request, answer=answer)
        return answer

    async def say(
        self, conversation: Conversation, *, spent: Callable[[Usage], None] = lambda usage: None
    ) -> AsyncGenerator[str]:
        said: list[str] = []
        costs: list[Usage] = []
        failure: _Failure | None = None
        pieces = self._llm.say(conversation, spent=costs.append)
        try:
            async for piece in pieces:
                said.append(piece)
                yield piece
        except LLMError as error:
            failure = _failure(error)
            raise
        finally:  # an answer that a person stopped is recorded as far as it came
            await pieces.aclose()
            speech = _Speech(pieces=said, usage=costs[0] if costs else None)
            self._recorder.note(conversation, said=speech, error=failure)
        if costs:
            spent(costs[0])

    async def close(self) -> None:
        await super().close()
        self._recorder.close()


def _failure(error: LLMError) -> _Failure:
    return _Failure(text=str(error), down=isinstance(error, LLMDownError), usage=error.usage)


class Recording:
    """A recording, read.

    Raises:
        IlluminasError: the file cannot be read, or is none.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            first, *rest = path.read_text(encoding="utf-8").splitlines()
            self.llms = _Head.model_validate_json(first).llms
            calls = [_Call.model_validate_json(line) for line in rest if line.strip()]
        except OSError as error:
            raise IlluminasError(f"the recording {path} can't be read: {error.strerror}.") from error
        except (ValidationError, ValueError) as error:
            raise IlluminasError(
                f"{path} is no recording of illuminas ({str(error).splitlines()[0]}). "
                "`illuminas search --record FILE` makes one."
            ) from error
        self._calls = {call.key: call for call in calls}

    def llm(self, role: Role) -> ReplayLLM | None:
        """The LLM of a role; None where the recorded run had none."""
        named = self.llms.get(role)
        return None if named is None else ReplayLLM(self, named)

    def find(self, question: LLMRequest | Conversation) -> _Call:
        """The recorded call.

        Raises:
            LLMError: there is none under its key, or another question was asked.
        """
        call = self._calls.get(question.key)
        if call is None:
            raise LLMError(f"{self.path.name} holds no call {question.key!r}: the recorded run went another way.")
        asked = _asked(question)
        if call.hash != _hash(asked):
            differing = [name for name in asked if asked[name] != call.asked.get(name)] or ["what was written down"]
            raise LLMError(
                f"{self.path.name}: the call {question.key!r} asked something else when it was recorded "
                f"(other {', '.join(differing)}). Replay with the recorded run's settings."
            )
        return call


class ReplayLLM(LLMProvider):
    """Answers as a recording does, under the name of the LLM that was recorded."""

    def __init__(self, recording: Recording, named: RecordedName) -> None:
        self.name, self.profile = named.name, named.profile
        self.attempts, self.overhead = named.attempts, named.overhead
        self._recording = recording

    async def answer(self, request: LLMRequest) -> LLMAnswer:
        call = self._recording.find(request)
        if call.answer is None:
            raise _again(call)
        return call.answer

    async def say(
        self, conversation: Conversation, *, spent: Callable[[Usage], None] = lambda usage: None
    ) -> AsyncGenerator[str]:
        call = self._recording.find(conversation)
        for piece in call.said.pieces if call.said is not None else []:
            yield piece
        if call.error is not None:
            raise _again(call)
        if call.said is not None and call.said.usage is not None:
            spent(call.said.usage)


def _again(call: _Call) -> LLMError:
    if call.error is None:
        return LLMError(f"the call {call.key!r} was recorded without an answer.")
    kind = LLMDownError if call.error.down else LLMError
    return kind(call.error.text, usage=call.error.usage)
