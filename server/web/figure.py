"""Plotly figures that follow the page's colours, light or dark; what they show is told apart by more than colour."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, TypeVar

from illuminas.server.viz.palette import AMBER, BLUE, GREEN, GREY, ORANGE, PURPLE, SKY

T = TypeVar("T")
Figure = dict[str, Any]
"""A figure as plotly.js reads it: data, layout and config."""
Trace = dict[str, Any]
"""One of its data."""

SELECTED = PURPLE
"""What a person has picked out, in every tab."""
COLORS: Final = (BLUE, AMBER, GREEN, PURPLE, SKY, ORANGE, GREY)
"""In the order in which several things in one plot take them."""
DASHES: Final = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot", "solid")
SYMBOLS: Final = ("circle", "square", "diamond", "triangle-up", "x", "star", "cross")
"""A second sign beside each colour."""
MANY: Final = 1_500
"""Points from which a scatter is drawn by WebGL."""
LEGEND: Final = {"orientation": "h", "yref": "container", "y": 1, "yanchor": "top", "x": 0, "bgcolor": "rgba(0,0,0,0)"}
"""Above the plot, which makes room for it."""
_LINES = "rgba(128,128,128,0.3)"


def axis(title: str, **more: Any) -> dict[str, Any]:
    """An axis with its title and unit."""
    plain = {"title": {"text": title, "standoff": 8}, "gridcolor": _LINES, "zeroline": False, "automargin": True}
    return {**plain, "linecolor": _LINES, **more}


def layout(**more: Any) -> dict[str, Any]:
    """A layout without background; zoom outlives an update."""
    return {
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"size": 12, "family": "inherit"},
        "margin": {"l": 50, "r": 16, "t": 16, "b": 40},
        "legend": LEGEND,
        "hoverlabel": {"bgcolor": "#333333", "font": {"color": "#ffffff"}},
        "uirevision": "kept",
        **more,
    }


CONFIG: Final[dict[str, Any]] = {"displaylogo": False, "responsive": True}


def figure(traces: Sequence[Trace], *, x: str, y: str, height: int = 300, **more: Any) -> Figure:
    """A figure of ``traces``.

    Args:
        x, y: titles of the axes, with units.
        more: of plotly's layout; ``xaxis`` and ``yaxis`` are added to what is here.
    """
    axes = {name: axis(title, **more.pop(name, {})) for name, title in (("xaxis", x), ("yaxis", y))}
    plain = layout(height=height, hovermode="closest", showlegend=sum(bool(each.get("name")) for each in traces) > 1)
    return {"data": list(traces), "layout": plain | axes | more, "config": CONFIG}


def line(x: Sequence[Any], y: Sequence[Any], *, name: str = "", place: int = 0, **more: Any) -> Trace:
    """A line that looks as the ``place``-th of several."""
    look = {"color": COLORS[place % len(COLORS)], "dash": DASHES[place % len(DASHES)], "width": 2}
    return {"type": "scatter", "mode": "lines", "x": list(x), "y": list(y), "name": name, "line": look, **more}


def guide(x: Sequence[float], y: Sequence[float]) -> Trace:
    """A dotted line that says where things should lie."""
    return line(x, y, line={"color": GREY, "dash": "dot", "width": 1.5}, hoverinfo="skip", showlegend=False)


def dots(x: Sequence[Any], y: Sequence[Any], *, name: str = "", place: int = 0, **more: Any) -> Trace:
    """Points that look as the ``place``-th of several."""
    marker = {"color": COLORS[place % len(COLORS)], "symbol": SYMBOLS[place % len(SYMBOLS)], "size": 7}
    kind = "scattergl" if len(x) > MANY else "scatter"
    trace = {"type": kind, "mode": "markers", "x": list(x), "y": list(y), "name": name}
    return {**trace, **more, "marker": marker | more.get("marker", {})}


def bars(x: Sequence[Any], y: Sequence[str], text: Sequence[str], color: Any, **more: Any) -> Trace:
    """Horizontal bars, the first at the top, with their figures beside them."""
    flipped = {"x": x[::-1], "y": y[::-1], "text": text[::-1], "marker": {"color": color}}
    return {"type": "bar", "orientation": "h", "textposition": "outside", "cliponaxis": False, **flipped, **more}


def thinned(points: Sequence[T], most: int) -> Sequence[T]:
    """Every second, third and so on of too many points, in order: more of them on top of each other tell no more."""
    return points[:: -(-len(points) // most)] if len(points) > most else points


def moment(round: int) -> dict[str, Any]:
    """A line across the whole plot at the round that is looked at."""
    return {
        "type": "line",
        "x0": round,
        "x1": round,
        "y0": 0,
        "y1": 1,
        "yref": "paper",
        "line": {"color": ORANGE, "width": 2, "dash": "dot"},
    }


def note(words: str) -> dict[str, Any]:
    """Words in the middle of a plot that has nothing to show."""
    return {"text": words, "showarrow": False, "xref": "paper", "yref": "paper", "x": 0.5, "y": 0.5}
