"""SVG by hand: elements as strings, every text and every attribute escaped."""

from __future__ import annotations

from html import escape
from typing import Final

from illuminas.server.viz.palette import AMBER, BLUE, GREEN, GREY, ORANGE, PURPLE, SKY, YELLOW

INK: Final = "currentColor"
"""Whatever the page writes in, so that a drawing is read in light and in dark."""
MARK: Final = YELLOW
"""Behind what differs; it is never the only sign."""
COLORS: Final = (GREY, SKY, BLUE, ORANGE, GREEN, AMBER, PURPLE)
"""By the number that a picture gives; whatever is coloured is named as well."""


def color_of(number: int | None) -> str:
    """A colour of :data:`COLORS`, or that of the text around."""
    return INK if number is None else COLORS[number % len(COLORS)]


def tag(name: str, *inside: str, **attributes: object) -> str:
    """An element around what is markup already; ``stroke_width=2`` is ``stroke-width="2"``, ``class_`` is ``class``."""
    written = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(_figure(value))}"'
        for key, value in attributes.items()
        if value is not None
    )
    return f"<{name}{written}>{''.join(inside)}</{name}>"


def words(text: str, x: float, y: float, *, size: float = 12, **attributes: object) -> str:
    """A line of text, which may be anybody's."""
    return tag("text", escape(text), **{"x": x, "y": y, "font_size": size, "fill": INK, **attributes})


def hint(text: str) -> str:
    """What is shown when the pointer rests on the element around it."""
    return tag("title", escape(text))


def picture(*inside: str, width: float, height: float, label: str) -> str:
    """A whole drawing, as wide as it is drawn and narrower where the page is; ``label`` is read aloud in its place."""
    return tag(
        "svg",
        *inside,
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {_figure(width)} {_figure(height)}",
        width=width,
        style="max-width: 100%; height: auto; font-family: inherit",
        role="img",
        aria_label=label,
    )


def _figure(value: object) -> str:
    return f"{value:.1f}".removesuffix(".0") if isinstance(value, float) else str(value)
