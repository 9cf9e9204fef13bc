"""Plots as plotly takes them: one look for light and dark pages, every axis with a title and its unit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from nicegui import ui

COLORS: Final = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#999999")
"""Of Okabe and Ito, in the order in which several things in one plot take them."""
DASHES: Final = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot", "solid")
SYMBOLS: Final = ("circle", "square", "diamond", "triangle-up", "x", "star", "cross")
"""A second sign beside each colour."""
MANY: Final = 1_000
"""Points from which a scatter is drawn by WebGL."""
_GRID: Final = "rgba(128, 128, 128, 0.25)"
_CSS: Final = """
.plain-plot .xtitle, .plain-plot .ytitle, .plain-plot .xtick text, .plain-plot .ytick text, .plain-plot .legendtext,
.plain-plot .cbtitle text, .plain-plot .cbaxis text, .plain-plot .annotation-text, .plain-plot .textpoint text
  { fill: currentColor !important; }
.plain-plot .modebar { display: none; }
"""
Figure = dict[str, Any]
Trace = dict[str, Any]


def figure(traces: Sequence[Trace], *, x: str, y: str, height: int = 300, **layout: Any) -> Figure:
    """A figure of ``traces``.

    Args:
        x, y: titles of the axes, with units.
        layout: more of plotly's layout; ``xaxis`` and ``yaxis`` are added to what is here.
    """
    axes: dict[str, Any] = {}
    for name, title in (("xaxis", x), ("yaxis", y)):
        own = layout.pop(name, {})
        axes[name] = {
            "title": {"text": title, "standoff": 8},
            "gridcolor": _GRID,
            "linecolor": _GRID,
            "zerolinecolor": _GRID,
            "automargin": True,
            **own,
        }
    plain = {
        "height": height,
        "margin": {"l": 56, "r": 14, "t": 14, "b": 48},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"family": "inherit", "size": 12},
        "legend": {"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
        "showlegend": sum(bool(trace.get("name")) for trace in traces) > 1,
        "hovermode": "closest",
    }
    return {"data": list(traces), "layout": plain | axes | layout, "config": {"responsive": True}}


def line(x: Sequence[Any], y: Sequence[Any], *, name: str, place: int = 0, **more: Any) -> Trace:
    """A line that looks as the ``place``-th of several."""
    look = {"color": COLORS[place % len(COLORS)], "dash": DASHES[place % len(DASHES)], "width": 2}
    return {"type": "scatter", "mode": "lines", "x": list(x), "y": list(y), "name": name, "line": look, **more}


def dots(x: Sequence[Any], y: Sequence[Any], *, name: str = "", place: int = 0, **more: Any) -> Trace:
    """Points that look as the ``place``-th of several."""
    marker = {"color": COLORS[place % len(COLORS)], "symbol": SYMBOLS[place % len(SYMBOLS)], "size": 7}
    kind = "scattergl" if len(x) >= MANY else "scatter"
    trace = {"type": kind, "mode": "markers", "x": list(x), "y": list(y), "name": name}
    return {**trace, **more, "marker": marker | more.get("marker", {})}


def plot(figure: Figure, label: str) -> ui.plotly:
    """The figure on the page; ``label`` is read aloud in its place."""
    ui.add_css(_CSS)
    return ui.plotly(figure).classes("plain-plot w-full").props(f'role="img" aria-label="{label}"')
