"""One run of llama.cpp in this process: messages in, text out token by token, stopped when told to."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from illuminas.agents.llm.base import LLMDownError, LLMError, Usage


class Written(NamedTuple):
    """What a run wrote, and whether it came to its own end, rather than to a limit or a stop.

    Attributes:
        usage: ``cache_read`` are tokens of the prompt that an earlier run had read.
    """

    text: str
    complete: bool
    usage: Usage


class Stopped(LLMDownError):
    """A run was broken off, by its time-out or by who asked."""


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
    known = cost.get("cache_n", 0)
    usage = Usage(cost.get("prompt_n", 0) + known, cost.get("predicted_n", 0), cache_read=known)
    if end.get("late"):
        raise Stopped("the model was stopped at its time-out. Ask for less, or raise the time-out.", usage=usage)
    if stop.is_set():
        raise Stopped("the model was stopped.", usage=usage)
    return Written("".join(pieces), end.get("reason") == "stop", usage)
