"""How a page shows what the chat replies: text as it comes, tool calls in a line, tables, plots and drawings.

Every text goes to the page as text, whoever wrote it.
"""

from __future__ import annotations

from typing import Final

from nicegui import ui

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
from illuminas.server.viz.palette import BLUE, ORANGE
from illuminas.server.web.figure import Figure, bars, dots, figure
from illuminas.server.web.plot import plot
from illuminas.server.web.table import columns

_PAGE: Final = 12
"""Rows of a table that are shown at once."""
_CLASSES: Final = {
    "understood": "chat-call",
    "called": "chat-call ellipsis",
    "drawing": "chat-drawing",
    "taken": "chat-taken",
    "failed": "chat-failed",
}
"""Kind of a reply that is text alone -> its classes."""


class Replies:
    """Writes replies into the element that is open, one below the other."""

    def __init__(self) -> None:
        self._speech: ui.label | None = None

    def show(self, reply: Reply) -> None:
        """Write one reply."""
        if isinstance(reply, Said):
            self._say(reply.text)
            return
        self._speech = None
        match reply:
            case Understood() | Called() | Drawn() | Taken() | Failed():
                _line(reply.text, _CLASSES[reply.kind])
            case Tabled():
                _table(reply)
            case Scattered():
                _plot(reply.title, scatter_figure(reply))
            case Barred():
                _plot(reply.title, bars_figure(reply))
            case Proposed():
                _line(f"{reply.words[:1].upper()}{reply.words[1:]}.", "chat-proposed")
            case Asks():
                _line(reply.text, "chat-asks")
                for id_, words in reply.options.items():
                    _line(f"{id_}: {words}", "chat-asks")

    def _say(self, text: str) -> None:
        """Go on with the paragraph that is being said; a line break ends it."""
        *ended, rest = text.split("\n")
        for paragraph in ended:
            self._add(paragraph)
            self._speech = None
        self._add(rest)

    def _add(self, text: str) -> None:
        if not text:
            return
        if self._speech is None:
            self._speech = _line("", "chat-said")
        self._speech.text += text


def _line(text: str, classes: str) -> ui.label:
    label = ui.label(text).classes(f"wrap w-full {classes}")
    if "ellipsis" in classes:
        label.tooltip(text)
    return label


def _table(reply: Tabled) -> None:
    made = columns({str(place): column.removeprefix("=") for place, column in enumerate(reply.columns)})
    rows = [{"id": at, **{str(place): text for place, text in enumerate(row)}} for at, row in enumerate(reply.rows)]
    if reply.title:
        _line(reply.title, "font-medium")
    table = ui.table(columns=made, rows=rows, row_key="id", pagination=_PAGE).classes("w-full chat-table")
    table.props("flat bordered dense wrap-cells" + ("" if len(rows) > _PAGE else " hide-pagination"))


def _plot(title: str, figure: Figure) -> None:
    _line(title, "font-medium")
    plot(figure, title)


def scatter_figure(reply: Scattered) -> Figure:
    """Dots, and those that stand out."""
    traces = []
    for marked, name, colour, symbol in ((False, "others", BLUE, "circle"), (True, reply.marked, ORANGE, "diamond")):
        points = [point for point in reply.points if point.marked is marked]
        if points:
            look = {"color": colour, "symbol": symbol, "size": 9 if marked else 6}
            traces.append(dots([point.x for point in points], [point.y for point in points], name=name, marker=look))
    return figure(traces, x=reply.x, y=reply.y, height=260)


def bars_figure(reply: Barred) -> Figure:
    """Bars from left to right, in the order they came; a missing value has no bar."""
    values = [bar.value for bar in reply.bars if bar.value is not None]
    least = min(values, default=0.0)
    room = (max(values, default=1.0) - least) or 1.0
    trace = bars(
        [bar.value for bar in reply.bars],
        [bar.label for bar in reply.bars],
        ["none" if bar.value is None else f"{bar.value:.4g} {bar.note}" for bar in reply.bars],
        BLUE,
        textposition="auto",
        hovertemplate="%{y}: %{x}<extra></extra>",
    )
    span = [max(0.0, least - 0.1 * room), least + 1.1 * room]
    return figure([trace], x="value", y="", height=80 + 26 * len(reply.bars), xaxis={"range": span})
