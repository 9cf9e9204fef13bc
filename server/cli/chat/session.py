"""A session: one conversation about one run, until the person leaves. The search goes on without it."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Protocol

from illuminas.agents.chat.agent import ChatAgent, Person
from illuminas.agents.chat.scene import Scene
from illuminas.server.cli.chat.completing import QUIT
from illuminas.server.cli.chat.screen import Screen


class MessageSource(Person, Protocol):
    """A person who also says something."""

    async def message(self) -> str | None:
        """The next message; None where the person leaves."""


class Session:
    """Takes messages, one turn each.

    Attributes:
        scene: as it was after the last turn, for completion.
    """

    def __init__(self, agent: ChatAgent, screen: Screen) -> None:
        self._agent = agent
        self._screen = screen
        self.scene: Scene | None = None

    async def talk(self, source: MessageSource) -> None:
        """Until the person leaves."""
        self.scene = await self._agent.scene()
        while (message := await source.message()) is not None and message != QUIT:
            if message:
                await self._turn(message)
                self._screen.done()
                self.scene = await self._agent.scene()

    async def _turn(self, message: str) -> None:
        """One turn, which Ctrl-C cancels; the search does not hear it."""
        turn = asyncio.ensure_future(self._agent.turn(message))
        with _cancelled_by_interrupt(turn):
            try:
                await turn
            except asyncio.CancelledError:
                if not turn.cancelled():  # it is this session that is cancelled
                    raise
                self._screen.event("chat", "stopped; the search goes on")


@contextmanager
def _cancelled_by_interrupt(task: asyncio.Future[Any]) -> Iterator[None]:
    """Let Ctrl-C cancel a task, and nothing else, while the block runs."""
    loop, before = asyncio.get_running_loop(), signal.getsignal(signal.SIGINT)
    loop.add_signal_handler(signal.SIGINT, task.cancel)
    try:
        yield
    finally:
        loop.remove_signal_handler(signal.SIGINT)
        signal.signal(signal.SIGINT, before)
