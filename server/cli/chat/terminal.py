"""A terminal: a prompt with history, completion and several lines, below what the run does."""

from __future__ import annotations

from collections.abc import Callable

from prompt_toolkit import PromptSession
from prompt_toolkit.history import FileHistory
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.shortcuts import CompleteStyle

from illuminas.agents.chat.replies import Proposed, Reply
from illuminas.agents.chat.scene import Scene
from illuminas.server.cli.chat.completing import CommandCompleter
from illuminas.server.cli.chat.screen import Screen, plain
from illuminas.tools.paths import home

HINT = "Ctrl-C once more, or Ctrl-D, leaves the chat; the search goes on."


class Terminal:
    """Asks for messages at a prompt.

    Args:
        in_short: how the run stands, for the line at the bottom.
        scene: what completion can offer.
    """

    def __init__(self, screen: Screen, in_short: Callable[[], str], scene: Callable[[], Scene | None]) -> None:
        self._screen = screen
        history = home() / "chat-history"
        history.parent.mkdir(parents=True, exist_ok=True)
        self._prompt: PromptSession[str] = PromptSession(
            history=FileHistory(str(history)),
            completer=CommandCompleter(scene),
            complete_style=CompleteStyle.MULTI_COLUMN,
            complete_while_typing=True,
            multiline=True,
            key_bindings=_keys(),
            bottom_toolbar=lambda: plain(in_short()),
            refresh_interval=1.0,
        )
        self._question: PromptSession[str] = PromptSession()

    def show(self, reply: Reply) -> None:
        self._screen.show(reply)

    async def message(self) -> str | None:
        """The next message; None where the person leaves."""
        hinted = False
        while True:
            try:
                text = (await self._prompt.prompt_async("> ", handle_sigint=False)).strip()
            except EOFError:
                return None
            except KeyboardInterrupt:
                empty = not self._prompt.default_buffer.text
                if empty and hinted:
                    return None
                if empty:
                    self._screen.event("chat", HINT)
                hinted = empty
                continue
            if text:
                return text

    async def agree(self, proposed: Proposed) -> bool:
        """Whether the person says yes to a directive that was shown."""
        try:
            answer = await self._question.prompt_async("Take effect? [y/n] ", handle_sigint=False)
        except (EOFError, KeyboardInterrupt):
            return False
        return answer.strip().lower() in ("y", "yes")


def _keys() -> KeyBindings:
    """Enter sends, unless the line ends with a backslash; Alt-Enter begins a new line."""
    keys = KeyBindings()

    @keys.add("enter")
    def _(event: KeyPressEvent) -> None:
        buffer = event.current_buffer
        if buffer.document.text_before_cursor.endswith("\\"):
            buffer.delete_before_cursor()
            buffer.insert_text("\n")
        else:
            buffer.validate_and_handle()

    @keys.add("escape", "enter")
    def _(event: KeyPressEvent) -> None:
        event.current_buffer.insert_text("\n")

    return keys
