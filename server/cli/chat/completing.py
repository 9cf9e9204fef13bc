"""Completion: commands, and what each takes as arguments in this run."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document

from illuminas.agents.chat.commands import COMMANDS, split
from illuminas.agents.chat.scene import Scene

QUIT = "/quit"


class CommandCompleter(Completer):
    """Offers the names of commands after a slash, and after a name what its next argument can be.

    Args:
        scene: the run as it stood at the last turn; None before the first.
    """

    def __init__(self, scene: Callable[[], Scene | None]) -> None:
        self._scene = scene

    def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterable[Completion]:
        text = document.text_before_cursor.lstrip()
        if not text.startswith("/"):
            return
        name, _ = split(text)
        if " " not in text:
            known = {f"/{each.name}": each.help for each in COMMANDS.values()} | {QUIT: "leave the chat"}
            for command, meaning in known.items():
                if command.startswith(text):
                    yield Completion(command, start_position=-len(text), display_meta=meaning)
            return
        command_, scene = COMMANDS.get(name), self._scene()
        if command_ is None or scene is None or not command_.arguments:
            return
        words = text.split(" ")[1:]
        argument = command_.arguments[min(len(words), len(command_.arguments)) - 1]
        for offer in argument.offers(scene):
            if offer.lower().startswith(words[-1].lower()):
                yield Completion(offer, start_position=-len(words[-1]))
