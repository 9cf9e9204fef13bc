"""Parts of the plots for the browser, which are plotly's dictionaries.

Texts in them are escaped, because plotly reads some HTML in hovers. Backgrounds are transparent, and the colour of
writing comes from the page, which may be light or dark.
"""

from __future__ import annotations

import textwrap
from html import escape
from typing import Any, Final

Figure = dict[str, Any]

MANY = 1500
"""Points from which a plot is drawn by the graphics card."""
_WIDTH = 60
"""Characters of a line in a hover."""
_GRID = "rgba(128,128,128,0.22)"

CONFIG: Final[Figure] = {
    "displaylogo": False,
    "responsive": True,
    "modeBarButtonsToRemove": ["select2d", "lasso2d", "autoScale2d"],
}


def layout(**given: Any) -> Figure:
    """A layout without a colour of its own."""
    return {
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"family": "inherit", "size": 12},
        "hoverlabel": {"align": "left", "namelength": -1},
        **given,
    }


def axis(title: str | None, **given: Any) -> Figure:
    """An axis; its title names the unit."""
    return {
        "title": {"text": title, "standoff": 8, "font": {"size": 13}},
        "gridcolor": _GRID,
        "zeroline": False,
        "automargin": True,
        **given,
    }


def rule(x: float, bottom: float, top: float, *, width: float = 1.5, dash: str = "solid") -> Figure:
    """A vertical line."""
    line = {"color": "rgba(128,128,128,0.9)", "width": width, "dash": dash}
    return {"type": "line", "x0": x, "x1": x, "y0": bottom, "y1": top, "line": line, "layer": "above"}


def kind_of(points: int) -> str:
    """The type of trace for so many points."""
    return "scattergl" if points > MANY else "scatter"


def hover(text: str) -> str:
    """A text for a hover: escaped, in short lines, and not too many of them."""
    lines = textwrap.wrap(text, _WIDTH, max_lines=6, placeholder=" …")
    return "<br>".join(escape(line, quote=False) for line in lines)
