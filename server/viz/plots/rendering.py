"""How a plot becomes a file: PNG for papers and clients, SVG for pages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO, StringIO
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.figure import Figure

INK = "#1c2126"
"""The colour of writing and axes; a page puts its own in its place."""
DPI = 110
MANY = 1500
"""Points from which an SVG holds a picture of them."""


def dots(count: int) -> dict[str, Any]:
    """How so many points are drawn: many as small pale pixels, so that they can be told apart and files stay small."""
    return {"s": 5, "alpha": 0.45, "linewidths": 0, "rasterized": True} if count > MANY else {"s": 22}


@contextmanager
def look() -> Iterator[None]:
    """Draw inside of this."""
    from matplotlib import rc_context

    inked = ("text.color", "axes.labelcolor", "axes.edgecolor", "axes.titlecolor", "xtick.color", "ytick.color")
    settings: Any = {
        **dict.fromkeys(inked, INK),
        "text.parse_math": False,  # a text with a dollar sign is no formula
        "legend.framealpha": 0.0,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.titlesize": 12,
        "axes.titlelocation": "left",
    }
    with rc_context(settings):
        yield


def new_figure(width: float, height: float) -> Figure:
    """An empty figure that no window knows of; inches."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    made = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(made)
    return made


def png(figure: Figure) -> bytes:
    """The figure as a PNG image."""
    sink = BytesIO()
    figure.savefig(sink, format="png", dpi=DPI)
    return sink.getvalue()


def svg(figure: Figure, name: str) -> str:
    """The figure as an ``<svg>`` element to stand inside a page, whose colour of writing it takes.

    Args:
        name: apart from those of the page's other figures; equal figures of one name are equal texts.
    """
    from matplotlib import rc_context

    sink = StringIO()
    with rc_context({"svg.hashsalt": name, "svg.fonttype": "none"}):
        figure.savefig(sink, format="svg", transparent=True, metadata={"Date": None})
    text = sink.getvalue()
    text = text[text.index("<svg") :]
    text = re.sub(r"<metadata>.*?</metadata>", "", text, count=1, flags=re.DOTALL)
    # an id that nothing refers to is no use, and the page's other figures have it too
    used = set(re.findall(r'(?:href="#|url\(#)([^")]+)', text))
    text = re.sub(r' id="([^"]*)"', lambda found: found[0] if found[1] in used else "", text)
    return text.replace(INK, "currentColor").strip()
