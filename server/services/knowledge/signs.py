"""How statuses and changes look: a colour, a shape and a word each, so that none is told by colour alone."""

from __future__ import annotations

from typing import Final, NamedTuple

from illuminas.memory.chronicle import Moment
from illuminas.memory.heuristics import HeuristicStatus
from illuminas.memory.ledger import Change
from illuminas.server.viz.palette import AMBER, BLUE, GREEN, GREY, ORANGE, PURPLE, SKY


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
    Change.PINNED: Sign(AMBER, "star", "★"),
    Change.UNPINNED: Sign(AMBER, "star-open", "☆"),
    Change.REWORDED: Sign(SKY, "hexagon2-open", "✎"),
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


def meaning(moment: Moment) -> str:
    """A change in words; what the data had said before comes back by an undo, not by the data."""
    change = moment.change
    if moment.act is not None and change.change in (Change.ACTIVATED, Change.CONTRADICTED, Change.SUPERSEDED):
        return f"brought back as {change.heuristic.status}"
    return MEANING[change.change]
