"""How statuses and changes look: a colour, a shape and a word each, so that none is told by colour alone."""

from __future__ import annotations

from typing import Final, NamedTuple

from illuminas.memory.heuristics import HeuristicStatus
from illuminas.memory.ledger import Change


class Sign(NamedTuple):
    """A look.

    Attributes:
        colour: of Okabe and Ito's palette.
        symbol: as plotly names a marker.
        glyph: the same for texts.
    """

    colour: str
    symbol: str
    glyph: str


GREEN, BLUE, ORANGE, PURPLE, GREY = "#009e73", "#0072b2", "#d55e00", "#cc79a7", "#8c8c8c"

STATUS: Final[dict[HeuristicStatus, Sign]] = {
    HeuristicStatus.ACTIVE: Sign(GREEN, "circle", "●"),
    HeuristicStatus.PROPOSED: Sign(BLUE, "circle-open", "○"),
    HeuristicStatus.CONTRADICTED: Sign(ORANGE, "x", "✕"),
    HeuristicStatus.SUPERSEDED: Sign(PURPLE, "triangle-right", "▶"),
    HeuristicStatus.RETIRED: Sign(GREY, "square-open", "□"),
}
"""What the data confirmed comes first."""

CHANGE: Final[dict[Change, Sign]] = {
    Change.BORN: Sign(BLUE, "diamond-open", "◇"),
    Change.ACTIVATED: Sign(GREEN, "circle", "●"),
    Change.CONTRADICTED: Sign(ORANGE, "x", "✕"),
    Change.SUPERSEDED: Sign(PURPLE, "triangle-right", "▶"),
    Change.RETIRED: Sign(GREY, "square-open", "□"),
    Change.REOPENED: Sign(BLUE, "circle-open", "○"),
    Change.PINNED: Sign("#e69f00", "star", "★"),
    Change.UNPINNED: Sign("#e69f00", "star-open", "☆"),
    Change.REWORDED: Sign("#56b4e9", "hexagon2-open", "✎"),
    Change.MEASURED: Sign(GREY, "line-ns-open", "·"),
}

MEANING: Final[dict[Change, str]] = {
    Change.BORN: "born",
    Change.ACTIVATED: "confirmed by the data",
    Change.CONTRADICTED: "contradicted by the data",
    Change.SUPERSEDED: "merged into a stronger rule",
    Change.RETIRED: "retired",
    Change.REOPENED: "open again",
    Change.PINNED: "pinned",
    Change.UNPINNED: "unpinned",
    Change.REWORDED: "reworded",
    Change.MEASURED: "more evidence",
}
"""Changes in words."""
