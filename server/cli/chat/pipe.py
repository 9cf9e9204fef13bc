"""Lines through a pipe: one message each, as tests and scripts send them."""

from __future__ import annotations

import asyncio
import sys
import threading

from illuminas.agents.chat.replies import Asks, Proposed, Reply
from illuminas.server.cli.chat.screen import Screen

YES = ("y", "yes")


class Pipe:
    """Standard input, line by line; it never blocks the conversation."""

    def __init__(self, screen: Screen) -> None:
        self._screen = screen
        self._lines: asyncio.Queue[str | None] = asyncio.Queue()
        self._held: list[str | None] = []
        loop = asyncio.get_running_loop()

        def listen() -> None:
            for line in sys.stdin:
                loop.call_soon_threadsafe(self._lines.put_nowait, line.strip())
            loop.call_soon_threadsafe(self._lines.put_nowait, None)

        # a daemon: nobody can interrupt a thread that waits for a line
        threading.Thread(target=listen, name="standard-input", daemon=True).start()

    def show(self, reply: Reply) -> None:
        self._screen.show(reply)

    async def message(self) -> str | None:
        """The next line; None at the end."""
        line = self._held.pop() if self._held else await self._lines.get()
        if line:
            self._screen.message(line)
        return line

    async def agree(self, proposed: Proposed) -> bool:
        """Whether the next line is a yes; one that is no answer at all leaves things as they are, and is a message."""
        self._screen.show(Asks(text="Take effect? [y/n]"))
        line = await self._lines.get()
        if line is None or line.lower() not in (*YES, "n", "no"):
            self._held.append(line)
            return False
        self._screen.message(line)
        return line.lower() in YES
