"""The chat's LLM, whose calls stand in the run's log and fit under its caps, as those of the agents do."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import AsyncExitStack, aclosing, contextmanager
from typing import Any

from illuminas.agents.budget import Budget
from illuminas.agents.config import SearchConfig
from illuminas.agents.llm.base import Conversation, LLMAnswer, LLMError, LLMProvider, LLMRequest, LLMWrapper, Usage
from illuminas.agents.llm.prices import PriceTable, most_of_speech, worst_case
from illuminas.agents.llm.roles import Choices, open_llms
from illuminas.memory.events import EventLog
from illuminas.memory.kinds import LLMCalled
from illuminas.memory.runs import RunFolder
from illuminas.memory.state import RunState


def open_chat_llm(config: SearchConfig, stack: AsyncExitStack) -> LLMProvider | None:
    """The LLM that a run names for its chat, closed with the stack; None where it has none.

    Raises:
        IlluminasError: it cannot be opened here.
    """
    choices = Choices(config.roles.get("chat", config.llm), {})
    return open_llms(choices, stack=stack, limits=config.limits).of("chat")


class MeteredLLM(LLMWrapper):
    """Asks another provider, and notes in the run what that cost.

    Args:
        llm: the provider.
        run: the run that the chat is about.
    """

    def __init__(self, llm: LLMProvider, run: RunFolder) -> None:
        super().__init__(llm)
        self._run = run
        self._state = RunState()
        self._price = PriceTable.read().find(llm.name)

    async def answer(self, request: LLMRequest) -> LLMAnswer:
        with self._metered(request.prompt, worst_case(self._llm, request)) as told:
            answer = await self._llm.answer(request)
            told |= answer.model_dump(mode="json")
        return answer

    async def say(
        self, conversation: Conversation, *, spent: Callable[[Usage], None] = lambda usage: None
    ) -> AsyncGenerator[str]:
        pieces: list[str] = []

        def cost(usage: Usage) -> None:
            told.update(usage._asdict())
            spent(usage)

        with self._metered(conversation.turns[-1].text, most_of_speech(self._llm, conversation)) as told:
            async with aclosing(self._llm.say(conversation, spent=cost)) as speech:
                async for piece in speech:
                    pieces.append(piece)
                    told["text"] = "".join(pieces)
                    yield piece

    @contextmanager
    def _metered(self, prompt: str, worst: Usage) -> Iterator[dict[str, Any]]:
        """Log one call with what the block tells of it, also where it fails or a person stops it.

        Raises:
            LLMError: it may cost more than the run's caps leave.
        """
        log = EventLog(self._run.log)
        try:
            for event in log.read(after=self._state.cursor):
                self._state.apply(event)
            self._check(worst)
            told: dict[str, Any] = {"agent": "chat", "role": "chat", "llm": self.name, "prompt": prompt}
            told |= Usage()._asdict()
            try:
                yield told
            except LLMError as error:
                told |= {"error": str(error), **error.usage._asdict()}
                raise
            finally:
                usage = Usage(**{name: told[name] for name in Usage._fields})
                told["dollars"] = None if self._price is None else self._price.of(usage)
                log.append(LLMCalled(**told), round=self._state.round)
        finally:
            log.close()

    def _check(self, worst: Usage) -> None:
        budget = Budget(SearchConfig.model_validate(self._state.started.config), self._state)
        spent = self._state.llm
        if budget.tokens is not None and spent.tokens + worst.tokens > budget.tokens:
            raise LLMError(
                f"this may take {worst.tokens:,} tokens, and of its {budget.tokens:,} the run has "
                f"{max(0, budget.tokens - spent.tokens):,} left. Raise the cap: /budget tokens N"
            )
        if budget.dollars is None:
            return
        most = None if self._price is None else self._price.at_most(worst)
        if most is None or spent.dollars + most > budget.dollars:
            cost = "an unknown sum" if most is None else f"${most:.4f}"
            raise LLMError(
                f"this may cost {cost}, and the run has ${max(0.0, budget.dollars - spent.dollars):.4f} of its "
                f"${budget.dollars:.4f} left. Raise the cap: /budget dollars N"
            )
