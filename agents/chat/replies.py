"""Replies: what a turn of the chat shows, one after the other, for whichever screen there is."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from illuminas.memory.directives import AnyDirective
from illuminas.tools.frozen import Frozen


class Showing(Frozen):
    """Base of every reply. Texts may hold what an LLM or another person wrote: a screen shows them as they are."""


class Said(Showing):
    """A piece of text; a paragraph ends with a line break."""

    kind: Literal["said"] = "said"
    text: str


class Understood(Showing):
    """What an LLM made of a message: commands that say the same."""

    kind: Literal["understood"] = "understood"
    commands: tuple[str, ...]
    by: str

    @property
    def text(self) -> str:
        return f"{self.by} reads that as {'; '.join(self.commands)}"


class Called(Showing):
    """One call of a tool.

    Attributes:
        arguments: in short.
        outcome: in short; why it failed where it did.
        seconds: that it took.
    """

    kind: Literal["called"] = "called"
    tool: str
    arguments: str
    outcome: str
    seconds: float
    failed: bool = False

    @property
    def text(self) -> str:
        return f"{self.tool}({self.arguments}) {'✗' if self.failed else '→'} {self.outcome}"


class Tabled(Showing):
    """A small table.

    Attributes:
        columns: heads; one that starts with ``>`` holds figures, one with ``=`` ids.
    """

    kind: Literal["table"] = "table"
    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


class Point(Showing):
    """A dot of a scatter plot; ``marked`` stands out."""

    x: float
    y: float
    marked: bool = False


class Scattered(Showing):
    """A scatter plot.

    Attributes:
        x, y: what the axes are, with units.
        marked: what the dots that stand out are.
    """

    kind: Literal["scatter"] = "scatter"
    title: str
    x: str
    y: str
    marked: str
    points: tuple[Point, ...]


class Bar(Showing):
    """One bar; None is nothing at all."""

    label: str
    value: float | None
    note: str = ""


class Barred(Showing):
    """Bars of one quantity."""

    kind: Literal["bars"] = "bars"
    title: str
    bars: tuple[Bar, ...]


class Drawn(Showing):
    """A drawing of several lines, to be shown letter by letter."""

    kind: Literal["drawing"] = "drawing"
    text: str


class Proposed(Showing):
    """A directive in words, before it takes effect.

    Attributes:
        by_llm: an LLM read it out of the message; then a person confirms it in any case.
    """

    kind: Literal["proposed"] = "proposed"
    directive: AnyDirective
    words: str
    by_llm: bool = False


class Taken(Showing):
    """A directive that took effect.

    Attributes:
        number: takes it back with undo.
        obeyed: from when on; after 'in force'.
        undoable: whether it can be taken back at all.
    """

    kind: Literal["taken"] = "taken"
    number: int
    words: str
    obeyed: str
    undoable: bool = True

    @property
    def text(self) -> str:
        return f"Directive {self.number} is in force {self.obeyed}."


class Asks(Showing):
    """What the search, or the chat itself, asks the person.

    Attributes:
        options: of several things asked about, their ids and words.
    """

    kind: Literal["asks"] = "asks"
    text: str
    options: dict[str, str] = Field(default={})


class Failed(Showing):
    """Why something could not be done, and what to do next."""

    kind: Literal["failed"] = "failed"
    text: str


Reply = Annotated[
    Said | Understood | Called | Tabled | Scattered | Barred | Drawn | Proposed | Taken | Asks | Failed,
    Field(discriminator="kind"),
]
"""Any of them, told apart by ``kind``."""
