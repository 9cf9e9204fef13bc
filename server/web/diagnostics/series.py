"""Plots of lines, points and bars as plotly takes them, several things in one told apart by more than their colour."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from nicegui import ui

from illuminas.server.viz.palette import AMBER, BLUE, GREEN, GREY, ORANGE, PURPLE, SKY
from illuminas.server.web.figure import CONFIG, Figure, axis, layout
from illuminas.server.web.plot import plot

COLORS: Final = (BLUE, AMBER, GREEN, PURPLE, SKY, ORANGE, GREY)
"""Of Okabe and Ito, in the order in which several things in one plot take them."""
DASHES: Final = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot", "solid")
SYMBOLS: Final = ("circle", "square", "diamond", "triangle-up", "x", "star", "cross")
"""A second sign beside each colour."""
MANY: Final = 3_000
"""Points from which a scatter is drawn by WebGL."""
Trace = dict[str, Any]


def figure(traces: Sequence[Trace], *, x: str, y: str, height: int = 300, **more: Any) -> Figure:
    """A figure of ``traces``.

    Args:
        x, y: titles of the axes, with units.
        more: of plotly's layout; ``xaxis`` and ``yaxis`` are added to what is here.
    """
    axes = {name: axis(title, **more.pop(name, {})) for name, title in (("xaxis", x), ("yaxis", y))}
    plain = layout(height=height, hovermode="closest", showlegend=sum(bool(each.get("name")) for each in traces) > 1)
    return {"data": list(traces), "layout": plain | axes | more, "config": {**CONFIG, "displayModeBar": False}}


def line(x: Sequence[Any], y: Sequence[Any], *, name: str, place: int = 0, **more: Any) -> Trace:
    """A line that looks as the ``place``-th of several."""
    look = {"color": COLORS[place % len(COLORS)], "dash": DASHES[place % len(DASHES)], "width": 2}
    return {"type": "scatter", "mode": "lines", "x": list(x), "y": list(y), "name": name, "line": look, **more}


def guide(x: Sequence[float], y: Sequence[float]) -> Trace:
    """A dotted line that says where things should lie."""
    look = {"color": GREY, "dash": "dot", "width": 1.5}
    return line(x, y, name="", line=look, hoverinfo="skip", showlegend=False)


def dots(x: Sequence[Any], y: Sequence[Any], *, name: str = "", place: int = 0, **more: Any) -> Trace:
    """Points that look as the ``place``-th of several."""
    marker = {"color": COLORS[place % len(COLORS)], "symbol": SYMBOLS[place % len(SYMBOLS)], "size": 7}
    kind = "scattergl" if len(x) >= MANY else "scatter"
    trace = {"type": kind, "mode": "markers", "x": list(x), "y": list(y), "name": name}
    return {**trace, **more, "marker": marker | more.get("marker", {})}


class Chart:
    """A plot under its title, or what is said where there is nothing to plot.

    Attributes:
        about: how it is read.

    Args:
        wide: it takes the whole row of the grid that it stands in.
    """

    def __init__(self, title: str, about: str, *, wide: bool = False) -> None:
        self._title, self.about = title, about
        self._plot: ui.plotly | None = None
        with ui.element("section").style("min-width: 0").classes("col-span-full" if wide else "") as self._section:
            ui.label(title).classes("text-base font-bold").props("role=heading aria-level=3")
            self._words = ui.label(about).classes("text-sm opacity-80")

    def show(self, figure: Figure | None, otherwise: str) -> ui.plotly | None:
        """Show the figure, or say ``otherwise``; returns the plot where it is a new one."""
        self._words.text = otherwise if figure is None else self.about
        if figure is None:
            if self._plot is not None:
                self._plot.delete()
                self._plot = None
            return None
        if self._plot is not None:
            self._plot.update_figure(figure)
            return None
        with self._section:
            self._plot = plot(figure, self._title).mark(self._title)
        return self._plot


def grid() -> ui.element:
    """Charts side by side, as many as have room."""
    columns = "grid-template-columns: repeat(auto-fit, minmax(min(26rem, 100%), 1fr)); gap: 1.5rem"
    return ui.element("div").classes("w-full").style(f"display: grid; {columns}")
