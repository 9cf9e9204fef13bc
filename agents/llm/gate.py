"""A gate before an LLM: calls at once, and how many a minute."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing, asynccontextmanager
from time import monotonic

from illuminas.agents.llm.base import Conversation, LLMAnswer, LLMError, LLMProvider, LLMRequest, LLMWrapper, Usage
from illuminas.agents.llm.hosted import CHARACTERS_A_TOKEN
from illuminas.agents.llm.limits import Limits

MINUTE = 60.0


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
        """Wait for a place; yields a function that takes the number of tokens that the call used.

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
