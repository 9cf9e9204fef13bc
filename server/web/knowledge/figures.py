"""Parts of the plots of the knowledge for the browser, beside those that all plots are made of.

Texts in them are escaped, because plotly reads some HTML in hovers.
"""

from __future__ import annotations

import math
import textwrap
from html import escape

from illuminas.server.web.figure import Figure

MANY = 1500
"""Points from which a plot is drawn by the graphics card."""
_WIDTH = 60
"""Characters of a line in a hover."""


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


def step_of(rounds: int) -> int:
    """Rounds between two ticks of an axis that is so long; whole ones."""
    least = max(1, rounds / 14)
    scale: int = 10 ** int(math.log10(least))
    return next(step * scale for step in (1, 2, 5, 10) if step * scale >= least)
