"""A GGUF file as an LLM, in this process, through ``xllamacpp`` (llama.cpp).

A grammar constrains every answer. Prompts that share a prefix, such as the system text, reuse its cache: on one thread
reading a prompt costs most (tens of tokens a second).

llama.cpp also opens an HTTP port on loopback, which nothing here uses; a random key locks it.
"""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import threading
import time
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

from illuminas.agents.llm import grammar
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
    Record,
    Usage,
    check,
)
from illuminas.tools.errors import IlluminasError

TIMEOUT = 60.0
"""Seconds that a question may take."""
_CACHE_MIB = 256
# Reading a prompt can be stopped between two batches only; a batch takes one to two seconds at worst.
_BATCH = 64


class Written(NamedTuple):
    """What the model wrote, and whether it ended by itself, rather than at a limit or by a stop.

    Attributes:
        usage: ``cache_read`` counts the tokens of the prompt that were cached.
    """

    text: str
    complete: bool
    usage: Usage


class Stopped(LLMDownError):
    """The generation was stopped, by its time-out or by the caller."""


def write(
    server: Any,
    messages: Sequence[Mapping[str, str]],
    *,
    sampling: Mapping[str, Any],
    deadline: float,
    stop: threading.Event,
    enough: Callable[[str], bool] = lambda text: False,
) -> Written:
    """Generate text after ``messages`` with a loaded model; blocks its thread.

    Args:
        server: xllamacpp's.
        sampling: further fields of the request: grammar, temperature, seed, max_tokens.
        deadline: by :func:`time.monotonic`.
        stop: set from another thread to break off.
        enough: called with the whole text after each token; True ends the generation.

    Raises:
        Stopped: at the deadline, or by ``stop``.
        LLMError: the model refused the question.
    """
    pieces: list[str] = []
    end: dict[str, Any] = {}
    cost: dict[str, int] = {}

    def take(chunk: dict[str, Any]) -> bool:
        """Take a chunk, which comes after each batch of the prompt and each token; True stops the model."""
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


class LocalLLM(LLMProvider):
    """One GGUF file. Loaded at the first question; questions wait for each other.

    Args:
        path: the GGUF file.
        name: as reported.
        profile: what agents may ask of it.
        threads: CPU threads; ``$ILLUMINAS_LLM_THREADS`` or 1 when None. More pay only on an idle machine.
        context: tokens of prompt and answer together.
        timeout: seconds a question may take, waiting excluded, :data:`TIMEOUT` when None; then the model is stopped.
        verbose: let llama.cpp log to stderr.
    """

    def __init__(
        self,
        *,
        path: Path,
        name: str,
        profile: Profile = "small",
        threads: int | None = None,
        context: int = 4096,
        timeout: float | None = None,
        verbose: bool = False,
    ) -> None:
        if not path.is_file():
            raise IlluminasError(f"no model file at {path}. Give the path of a GGUF file.")
        self.name = name
        self.profile = profile
        self._path = path
        self.threads = _threads() if threads is None else threads
        self._context = context
        self._timeout = TIMEOUT if timeout is None else timeout
        self._verbose = verbose
        self._server: Any = None
        self._worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="llm")

    async def answer(self, request: LLMRequest) -> LLMAnswer:
        stop = threading.Event()
        work = asyncio.get_running_loop().run_in_executor(self._worker, self._answer, request, stop)
        try:
            return await work
        except asyncio.CancelledError:
            stop.set()
            raise

    async def say(
        self, conversation: Conversation, *, spent: Callable[[Usage], None] = lambda usage: None
    ) -> AsyncGenerator[str]:
        stop = threading.Event()
        loop = asyncio.get_running_loop()
        heard: asyncio.Queue[str | Usage | LLMError] = asyncio.Queue()

        def hear(item: str | Usage | LLMError) -> None:
            loop.call_soon_threadsafe(heard.put_nowait, item)

        loop.run_in_executor(self._worker, self._say, conversation, stop, hear)
        try:
            while isinstance(item := await heard.get(), str):
                yield item
        finally:
            stop.set()
        if isinstance(item, LLMError):
            raise item
        spent(item)

    async def load(self) -> float:
        """Load the model now rather than at the first question; returns the seconds that took."""
        began = time.monotonic()
        await asyncio.get_running_loop().run_in_executor(self._worker, self._load)
        return time.monotonic() - began

    async def close(self) -> None:
        if self._server is not None:
            await asyncio.get_running_loop().run_in_executor(self._worker, self._unload)
        self._worker.shutdown(wait=False)

    def _unload(self) -> None:
        self._server = None

    def _answer(self, request: LLMRequest, stop: threading.Event) -> LLMAnswer:
        """One answer, in the worker thread."""
        self._load()
        began = time.monotonic()
        call = _Call(self._server, request, began + self._timeout, stop)
        try:
            values, record = check(request.form, call.answer(request.form))
        except LLMError as error:
            raise type(error)(str(error), usage=call.usage) from error
        return LLMAnswer(
            values=values,
            record=record,
            text=call.text,
            prompt_tokens=call.usage.prompt_tokens,
            completion_tokens=call.usage.completion_tokens,
            seconds=time.monotonic() - began,
        )

    def _say(
        self, conversation: Conversation, stop: threading.Event, hear: Callable[[str | Usage | LLMError], None]
    ) -> None:
        """Free text, in the worker thread; its cost or its error comes last."""
        told = 0

        def listen(text: str) -> bool:
            nonlocal told
            if len(text) > told:
                hear(text[told:])
                told = len(text)
            return False

        try:
            self._load()
            written = write(
                self._server,
                conversation.messages,
                sampling={
                    "temperature": conversation.temperature,
                    "seed": conversation.seed,
                    "max_tokens": conversation.max_tokens,
                },
                deadline=time.monotonic() + self._timeout,
                stop=stop,
                enough=listen,
            )
        except LLMError as error:
            hear(error)
        else:
            hear(written.usage)

    def _load(self) -> None:
        if self._server is not None:
            return
        import xllamacpp

        params = xllamacpp.CommonParams()
        params.model.path = str(self._path)
        params.n_ctx = self._context
        params.n_parallel = 1
        params.n_batch = params.n_ubatch = _BATCH
        params.cpuparams.n_threads = params.cpuparams_batch.n_threads = self.threads
        params.cache_ram_mib = _CACHE_MIB
        params.warmup = False
        params.api_keys = [secrets.token_urlsafe(32)]
        if not self._verbose:
            params.verbosity = -1
        try:
            self._server = xllamacpp.Server(params)
        except (RuntimeError, ValueError) as error:
            raise LLMDownError(f"{self._path} could not be loaded: {error}. Is it a complete GGUF file?") from error


class _Call:
    """One question to a loaded model: the text so far, and its cost."""

    def __init__(self, server: Any, request: LLMRequest, deadline: float, stop: threading.Event) -> None:
        self._server = server
        self._request = request
        self._deadline = deadline
        self._stop = stop
        self.text = ""
        self.usage = Usage()

    def answer(self, form: AnswerForm) -> Any:
        """Data for :func:`~illuminas.agents.llm.base.check`."""
        if isinstance(form, Choice):
            return self.choose(form)
        return self.lines(form) if isinstance(form, Lines) else self.record(form)

    def choose(self, form: Choice) -> list[str]:
        """Pick different options one after the other, each under a grammar of those that are left.

        A pick ends as soon as the text fits one option alone, which saves most of its tokens.
        """
        left, picks = list(dict.fromkeys(form.options)), list[str]()
        while left and len(picks) < form.count:
            pick = left[0] if len(left) == 1 else self._pick(left, number=len(picks))
            picks.append(pick)
            left.remove(pick)
            self.text = "".join(f"{pick}\n" for pick in picks)
        return picks

    def lines(self, form: Lines) -> list[str]:
        text, complete = self._write(grammar.of_lines(form), limit=self._request.max_tokens)
        self.text = text
        lines = text.splitlines()
        return lines if complete else lines[:-1]

    def record(self, form: Record) -> Any:
        asked = ", ".join(
            f"{name} ({field.description})" if field.description else name
            for name, field in form.model.model_fields.items()
        )
        self.text, complete = self._write(
            grammar.of_record(form.model),
            limit=self._request.max_tokens,
            asked=f"\n\nAnswer with JSON: {asked}.",
        )
        if not complete:
            raise LLMError(f"the answer was cut at {self._request.max_tokens} tokens; raise max_tokens.")
        return json.loads(self.text)

    def _pick(self, left: list[str], *, number: int) -> str:
        def fits(text: str) -> list[str]:
            return [option for option in left if option.startswith(text)]

        text, complete = self._write(
            grammar.of_options(left),
            limit=max(len(option.encode()) for option in left) + 1,  # a token is one byte at least
            number=number,
            enough=lambda text: len(fits(text)) == 1,
        )
        return text if complete and text in left else fits(text)[0]

    def _write(
        self,
        gbnf: str,
        *,
        limit: int,
        number: int = 0,
        asked: str = "",
        enough: Callable[[str], bool] = lambda text: False,
    ) -> tuple[str, bool]:
        """Continue :attr:`text`; returns ``(new text, whether the model ended by itself)``."""
        request = self._request
        messages = [
            {"role": "system", "content": request.system},
            {"role": "user", "content": request.prompt + asked},
        ]
        if self.text:
            messages.append({"role": "assistant", "content": self.text})
        sampling = {
            "grammar": gbnf,
            "temperature": request.temperature,
            "seed": request.seed + number,
            "max_tokens": limit,
        }
        try:
            written = write(
                self._server, messages, sampling=sampling, deadline=self._deadline, stop=self._stop, enough=enough
            )
        except Stopped as stopped:
            self._pay(stopped.usage, number)
            raise
        self._pay(written.usage, number)
        return written.text, written.complete

    def _pay(self, usage: Usage, number: int) -> None:
        """Add the cost; later picks of a choice reuse the first one's prompt, which counts once."""
        known = usage.cache_read if number else 0
        self.usage = self.usage.plus(Usage(usage.prompt_tokens - known, usage.completion_tokens))


def _threads() -> int:
    said = os.environ.get("ILLUMINAS_LLM_THREADS", "1")
    if not said.isdecimal() or int(said) < 1:
        raise IlluminasError(f"ILLUMINAS_LLM_THREADS: expected a whole number from 1, got {said!r}.")
    return int(said)
