"""Plotly figures that follow the page's colours, light or dark."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, TypeVar

from illuminas.server.viz.palette import ORANGE, PURPLE

T = TypeVar("T")
Figure = dict[str, Any]
"""A figure as plotly.js reads it: data, layout and config."""

SELECTED = PURPLE
"""What a person has picked out, in every tab."""
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
