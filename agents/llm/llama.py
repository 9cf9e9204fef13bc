"""One run of llama.cpp in this process: messages in, text out token by token, stopped when told to."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from illuminas.agents.llm.base import LLMError


class Written(NamedTuple):
    """What a run wrote.

    Attributes:
        complete: it came to its own end, rather than to a limit or a stop.
        prompt_tokens: read anew.
        cached_tokens: of the prompt, known from an earlier run.
    """

    text: str
    complete: bool
    prompt_tokens: int
    cached_tokens: int
    completion_tokens: int


class Stopped(LLMError):
    """A run was broken off, by its time-out or by who asked; :attr:`written` came until then."""

    def __init__(self, message: str, written: Written) -> None:
        super().__init__(
            message,
            prompt_tokens=written.prompt_tokens + written.cached_tokens,
            completion_tokens=written.completion_tokens,
        )
        self.written = written


def write(
    server: Any,
    messages: Sequence[Mapping[str, str]],
    *,
    sampling: Mapping[str, Any],
    deadline: float,
    stop: threading.Event,
    enough: Callable[[str], bool] = lambda text: False,
) -> Written:
    """Let a loaded model go on after ``messages``; blocks its thread.

    Args:
        server: xllamacpp's.
        sampling: further fields of the request: grammar, temperature, seed, max_tokens.
        deadline: by :func:`time.monotonic`.
        stop: set from another thread to break off.
        enough: told all that was written so far after each token; True ends the run.

    Raises:
        Stopped: at the deadline, or by ``stop``.
        LLMError: the model refused the question.
    """
    pieces: list[str] = []
    end: dict[str, Any] = {}
    cost: dict[str, int] = {}

    def take(chunk: dict[str, Any]) -> bool:
        """Called after each batch of the prompt and after each token; True stops the model."""
        if "error" in chunk:
            end["error"] = chunk["error"].get("message", "no reason given")
            return True
        cost.update(chunk.get("timings", {}))
        for choice in chunk.get("choices", ()):
            pieces.append(choice["delta"].get("content") or "")
            end["reason"] = choice["finish_reason"]
        if enough("".join(pieces)):
            return True
        end["late"] = time.monotonic() > deadline
        return end["late"] or stop.is_set()

    server.handle_chat_completions(
        {
            **sampling,
            "messages": list(messages),
            "cache_prompt": True,
            "stream": True,
            "return_progress": True,
            "timings_per_token": True,
        },
        take,
    )
    if "error" in end:
        raise LLMError(f"the model refused the question: {end['error']}")
    written = Written(
        text="".join(pieces),
        complete=end.get("reason") == "stop",
        prompt_tokens=cost.get("prompt_n", 0),
        cached_tokens=cost.get("cache_n", 0),
        completion_tokens=cost.get("predicted_n", 0),
    )
    if end.get("late"):
        raise Stopped("the model was stopped at its time-out. Ask for less, or raise the time-out.", written)
    if stop.is_set():
        raise Stopped("the model was stopped.", written)
    return written
