"""How a page shows what the chat replies: text as it comes, tool calls in a line, tables, plots and drawings.

Every text goes to the page as text, whoever wrote it.
"""

from __future__ import annotations

from typing import Any, Final

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
from illuminas.server.web.figure import CONFIG, Figure, axis, layout
from illuminas.server.web.plot import plot

_PAGE: Final = 12
"""Rows of a table that are shown at once."""


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
            case Understood():
                _line(f"{reply.by} reads that as {'; '.join(reply.commands)}", "chat-call")
            case Called():
                sign = "✗" if reply.failed else "→"
                _line(f"{reply.tool}({reply.arguments}) {sign} {reply.outcome}", "chat-call ellipsis")
            case Tabled():
                _table(reply)
            case Scattered():
                _plot(reply.title, scatter_figure(reply))
            case Barred():
                _plot(reply.title, bars_figure(reply))
            case Drawn():
                _line(reply.text, "chat-drawing")
            case Proposed():
                _line(f"{reply.words[:1].upper()}{reply.words[1:]}.", "chat-proposed")
            case Taken():
                _line(f"AnyDirective {reply.number} is in force {reply.obeyed}.", "chat-taken")
            case Asks():
                _line(reply.text, "chat-asks")
                for id_, words in reply.options.items():
                    _line(f"{id_}: {words}", "chat-asks")
            case Failed():
                _line(reply.text, "chat-failed")

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
    columns = [
        {
            "name": str(place),
            "label": column.lstrip(">="),
            "field": str(place),
            "align": "right" if column.startswith(">") else "left",
        }
        for place, column in enumerate(reply.columns)
    ]
    rows = [{"id": at, **{str(place): text for place, text in enumerate(row)}} for at, row in enumerate(reply.rows)]
    if reply.title:
        _line(reply.title, "font-medium")
    table = ui.table(columns=columns, rows=rows, row_key="id", pagination=_PAGE).classes("w-full chat-table")
    table.props("flat bordered dense wrap-cells" + ("" if len(rows) > _PAGE else " hide-pagination"))


def _plot(title: str, figure: Figure) -> None:
    _line(title, "font-medium")
    plot(figure, title)


def scatter_figure(reply: Scattered) -> Figure:
    """Dots, and those that stand out."""
    groups = [(False, "others", BLUE, "circle"), (True, reply.marked, ORANGE, "diamond")]
    data: list[dict[str, Any]] = []
    for marked, name, colour, symbol in groups:
        points = [point for point in reply.points if point.marked is marked]
        if points:
            data.append(
                {
                    "type": "scattergl",
                    "mode": "markers",
                    "name": name,
                    "x": [point.x for point in points],
                    "y": [point.y for point in points],
                    "marker": {"color": colour, "symbol": symbol, "size": 9 if marked else 6},
                }
            )
    return {
        "data": data,
        "layout": layout(height=260, xaxis=axis(reply.x), yaxis=axis(reply.y), showlegend=len(data) > 1),
        "config": CONFIG,
    }


def bars_figure(reply: Barred) -> Figure:
    """Bars from left to right, in the order they came; nothing at all has no bar."""
    bars = reply.bars[::-1]
    values = [bar.value for bar in bars if bar.value is not None]
    least = min(values, default=0.0)
    room = (max(values, default=1.0) - least) or 1.0
    data = {
        "type": "bar",
        "orientation": "h",
        "x": [bar.value for bar in bars],
        "y": [bar.label for bar in bars],
        "text": ["none" if bar.value is None else f"{bar.value:.4g} {bar.note}" for bar in bars],
        "textposition": "auto",
        "marker": {"color": BLUE},
        "hovertemplate": "%{y}: %{x}<extra></extra>",
    }
    return {
        "data": [data],
        "layout": layout(
            height=80 + 26 * len(bars),
            xaxis=axis("value", range=[max(0.0, least - 0.1 * room), least + 1.1 * room]),
            yaxis=axis(""),
        ),
        "config": CONFIG,
    }
