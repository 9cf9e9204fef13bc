"""The LLMs of the chats beside the pages: each is opened once, for everybody who talks about a run that has it."""

from __future__ import annotations

from contextlib import AsyncExitStack
from typing import NamedTuple

from illuminas.agents.chat.metered import open_chat_llm
from illuminas.agents.config import SearchConfig
from illuminas.agents.llm.base import LLMProvider
from illuminas.memory.run import Run
from illuminas.tools.errors import IlluminasError


class ChatLLM(NamedTuple):
    """What understands a person.

    Attributes:
        llm: None for plain sentences and commands alone.
        words: the same, for the person.
    """

    llm: LLMProvider | None
    words: str


PLAIN = ChatLLM(None, "plain sentences and commands, without an LLM")


class ChatModels:
    """Opens the LLM that a run names for its chat; nothing is loaded before the first question."""

    def __init__(self) -> None:
        self._stack = AsyncExitStack()
        self._opened: dict[str, ChatLLM] = {}

    def of(self, run: Run) -> ChatLLM:
        """What a chat about the run hears with; the run's LLM, where that can be had."""
        try:
            config = SearchConfig.model_validate(run.settings)
        except IlluminasError as error:  # of another version
            return ChatLLM(None, f"{PLAIN.words}; the run's settings are not understood: {error}")
        key = f"{config.roles.get('chat', config.llm)} {config.limits.model_dump_json()}"
        if key not in self._opened:
            self._opened[key] = self._open(config)
        return self._opened[key]

    def _open(self, config: SearchConfig) -> ChatLLM:
        try:
            llm = open_chat_llm(config, self._stack)
        except IlluminasError as error:
            return ChatLLM(None, f"{PLAIN.words}; that of the run is not at hand: {error}")
        return PLAIN if llm is None else ChatLLM(llm, f"with {llm.name}")

    async def close(self) -> None:
        """Close them all."""
        await self._stack.aclose()
