"""Screens: how replies reach a person on a terminal or in a pipe, and a program as JSON lines."""

from __future__ import annotations

import json
import sys
import unicodedata
from typing import Protocol

from illuminas.agents.chat.replies import (
    Asks,
    Barred,
    Called,
    Drawn,
    Failed,
    Proposed,
    Reply,
    Said,
    Scattered,
    Tabled,
    Taken,
    Understood,
)
from illuminas.server.cli.chat.drawing import bars, scatter
from illuminas.server.cli.output import console, table

STYLES = {"understood": "dim", "drawing": "none", "failed": "red"}
"""Kind of a reply that is text alone -> its style."""


class Screen(Protocol):
    """Where replies are shown."""

    def show(self, reply: Reply) -> None:
        """One reply."""

    def event(self, who: str, what: str) -> None:
        """What the run does meanwhile."""

    def message(self, text: str) -> None:
        """What the person typed, where nothing else shows it."""

    def done(self) -> None:
        """The answer to a message is complete."""


def plain(text: str) -> str:
    """Text without what would move a terminal's cursor, colour it or ring its bell: others wrote some of it."""
    return "".join(char for char in text if char in "\n\t" or not unicodedata.category(char).startswith("C"))


class TextScreen:
    """Text for people: tables through rich, colours on a terminal alone."""

    def __init__(self) -> None:
        self._open_line = False

    def show(self, reply: Reply) -> None:
        out = console()
        if not isinstance(reply, Said) and self._open_line:
            out.print()
        self._open_line = isinstance(reply, Said) and not reply.text.endswith("\n")
        match reply:
            case Said():
                out.print(plain(reply.text), end="", soft_wrap=True)
                sys.stdout.flush()
            case Understood() | Drawn() | Failed():
                out.print(plain(reply.text), style=STYLES[reply.kind], soft_wrap=True)
            case Called():
                out.print(plain(f"· {reply.text}"), style="dim", overflow="ellipsis", no_wrap=True)
            case Tabled():
                made = table(*map(plain, reply.columns), title=plain(reply.title))
                for row in reply.rows:
                    made.add_row(*map(plain, row))
                out.print(made)
            case Scattered() | Barred():
                lines = scatter(reply) if isinstance(reply, Scattered) else bars(reply)
                out.print(plain("\n".join(lines)), soft_wrap=True)
            case Proposed():
                out.print(plain(f"Directive: {reply.words}."), style="bold", soft_wrap=True)
            case Taken():
                undo = f" /undo {reply.number} takes it back." if reply.undoable else ""
                out.print(plain(f"{reply.text}{undo}"), style="green", soft_wrap=True)
            case Asks():
                options = "".join(f"\n  {id_}: {words}" for id_, words in reply.options.items())
                out.print(plain(f"{reply.text}{options}"), style="yellow", soft_wrap=True)

    def event(self, who: str, what: str) -> None:
        console().print(plain(f"{who:>9}  {what}"), style="dim", overflow="ellipsis", no_wrap=True)

    def message(self, text: str) -> None:
        console().print(plain(f"> {text}"), soft_wrap=True)

    def done(self) -> None:
        if self._open_line:
            console().print()
        self._open_line = False


class JsonScreen:
    """One JSON object a line, each with its ``kind``."""

    def show(self, reply: Reply) -> None:
        print(reply.model_dump_json(), flush=True)

    def event(self, who: str, what: str) -> None:
        print(json.dumps({"kind": "event", "who": who, "what": what}), flush=True)

    def message(self, text: str) -> None:
        print(json.dumps({"kind": "message", "text": text}), flush=True)

    def done(self) -> None:
        print(json.dumps({"kind": "done"}), flush=True)
