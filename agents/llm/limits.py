"""How hard an LLM may be asked: time-outs, retries, calls at once, and how many a minute."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import aclosing, asynccontextmanager
from time import monotonic

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from illuminas.agents.llm.base import Conversation, LLMAnswer, LLMError, LLMProvider, LLMRequest, LLMWrapper, Usage
from illuminas.agents.llm.hosted import CHARACTERS_A_TOKEN
from illuminas.tools.errors import IlluminasError, unknown_name

MINUTE = 60.0


class Limits(BaseModel):
    """The traffic of one run with each of its LLMs; None sets no limit.

    Attributes:
        timeout: seconds until a try is given up; None takes the provider's own.
        retries: further tries of a hosted one after a failed connection, a time-out, a limit of its own or a server in
            trouble, each after a longer wait, or the wait that the server asks for.
        concurrency: calls at once.
        requests: calls a minute.
        tokens: tokens a minute, prompts included. A call goes ahead by an estimate, which its cost then replaces.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    timeout: float | None = Field(default=None, gt=0, allow_inf_nan=False)
    retries: int | None = Field(default=None, ge=0, le=10)
    concurrency: int | None = Field(default=None, ge=1)
    requests: int | None = Field(default=None, ge=1)
    tokens: int | None = Field(default=None, ge=1)

    @classmethod
    def read(cls, words: Sequence[str]) -> Limits:
        """From ``NAME=VALUE`` as people type them.

        Raises:
            IlluminasError: an unknown name, or no fitting value.
        """
        given = {}
        for word in words:
            name, _, value = word.partition("=")
            if name not in cls.model_fields:
                raise unknown_name("limit of the LLM", name, cls.model_fields)
            given[name] = value
        try:
            return cls.model_validate(given)
        except ValidationError as error:
            first = error.errors()[0]
            raise IlluminasError(f"--llm-limit {first['loc'][0]}={first['input']}: {first['msg']}.") from error

    @property
    def gated(self) -> bool:
        """Whether calls may have to wait for each other."""
        return (self.concurrency, self.requests, self.tokens) != (None, None, None)


class Gate:
    """Lets calls through one by one, as the limits allow, in the order of their coming.

    Args:
        limits: concurrency, requests and tokens a minute count here.
        clock: seconds, for the minute that moves with it.
        wait: passes that time.
    """

    def __init__(
        self,
        limits: Limits,
        *,
        clock: Callable[[], float] = monotonic,
        wait: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._limits = limits
        self._clock = clock
        self._wait = wait
        self._turn = asyncio.Lock()
        self._places = asyncio.Semaphore(limits.concurrency) if limits.concurrency else None
        self._minute: deque[_Call] = deque()

    @asynccontextmanager
    async def passage(self, tokens: int) -> AsyncGenerator[Callable[[int], None]]:
        """Wait for a place; yields what is told how many tokens it were in the end.

        Args:
            tokens: what the call is thought to cost.
        """
        if self._places is not None:
            await self._places.acquire()
        try:
            async with self._turn:
                while (seconds := self._seconds_to_wait(tokens)) > 0:
                    await self._wait(seconds)
                call = _Call(self._clock(), tokens)
                self._minute.append(call)
            yield call.settle
        finally:
            if self._places is not None:
                self._places.release()

    def _seconds_to_wait(self, tokens: int) -> float:
        """Until the oldest call of the last minute is out of it; 0 where one more fits, or nothing else was asked."""
        now = self._clock()
        while self._minute and self._minute[0].at + MINUTE <= now:
            self._minute.popleft()
        limits, made = self._limits, self._minute
        few = limits.requests is None or len(made) < limits.requests
        cheap = limits.tokens is None or sum(call.tokens for call in made) + tokens <= limits.tokens
        return 0.0 if not made or (few and cheap) else made[0].at + MINUTE - now


class _Call:
    """One call of the last minute."""

    def __init__(self, at: float, tokens: int) -> None:
        self.at = at
        self.tokens = tokens

    def settle(self, tokens: int) -> None:
        self.tokens = tokens


class LimitedLLM(LLMWrapper):
    """A provider behind a gate."""

    def __init__(self, llm: LLMProvider, gate: Gate) -> None:
        super().__init__(llm)
        self._gate = gate

    async def answer(self, request: LLMRequest) -> LLMAnswer:
        asked = len(request.system) + len(request.prompt)
        async with self._gate.passage(asked // CHARACTERS_A_TOKEN + request.max_tokens) as settle:
            try:
                answer = await self._llm.answer(request)
            except LLMError as error:
                settle(error.usage.tokens)
                raise
            settle(answer.tokens)
            return answer

    async def say(
        self, conversation: Conversation, *, spent: Callable[[Usage], None] = lambda usage: None
    ) -> AsyncGenerator[str]:
        asked = len(conversation.system) + sum(len(turn.text) for turn in conversation.turns)
        async with self._gate.passage(asked // CHARACTERS_A_TOKEN + conversation.max_tokens) as settle:

            def settled(usage: Usage) -> None:
                settle(usage.tokens)
                spent(usage)

            async with aclosing(self._llm.say(conversation, spent=settled)) as pieces:
                async for piece in pieces:
                    yield piece
