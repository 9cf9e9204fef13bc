"""How operators, statuses and changes look: a colour, a shape and a word each, so that none is told by colour alone.

The colours can be told apart by the colour-blind (Okabe & Ito, "Color Universal Design", 2008).
"""

from __future__ import annotations

from typing import Final, NamedTuple

from illuminas.memory.candidate import Operator
from illuminas.memory.heuristics import Change, HeuristicStatus
from illuminas.memory.knowledge_history import Moment

BLUE, ORANGE, GREEN, PURPLE, AMBER, SKY = "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9"
YELLOW: Final = "#f0e442"
GREY: Final = "#8c8c8c"


class OperatorSign(NamedTuple):
    """An operator on a drawing.

    Attributes:
        letters: one or two, on its candidates.
        words: as people say it, also after "by".
    """

    colour: str
    letters: str
    words: str


OPERATORS: Final = {
    Operator.LLM_FRESH: OperatorSign(AMBER, "LN", "LLM (new design)"),
    Operator.LLM_MUTATE: OperatorSign(ORANGE, "LM", "LLM (mutation)"),
    Operator.LLM_CROSSOVER: OperatorSign(PURPLE, "LX", "LLM (crossover)"),
    Operator.MUTATE: OperatorSign(SKY, "M", "mutation"),
    Operator.CROSSOVER: OperatorSign(GREEN, "X", "crossover"),
    Operator.RANDOM: OperatorSign(GREY, "R", "random sampling"),
    Operator.USER: OperatorSign(YELLOW, "P", "a person, or the start"),
}
"""Operator -> what stands for it; warm colours are the LLM's, cold ones chance's."""


class Sign(NamedTuple):
    """A look.

    Attributes:
        colour: of Okabe and Ito's palette.
        symbol: as plotly names a marker.
        glyph: the same for texts.
        words: what it stands for.
    """

    colour: str
    symbol: str
    glyph: str
    words: str = ""


STATUS: Final[dict[HeuristicStatus, Sign]] = {
    HeuristicStatus.ACTIVE: Sign(GREEN, "circle", "●"),
    HeuristicStatus.PROPOSED: Sign(BLUE, "circle-open", "○"),
    HeuristicStatus.CONTRADICTED: Sign(ORANGE, "x", "✕"),
    HeuristicStatus.SUPERSEDED: Sign(PURPLE, "triangle-right", "▶"),
    HeuristicStatus.RETIRED: Sign(GREY, "square-open", "□"),
}
"""What the data confirmed comes first."""

CHANGE: Final[dict[Change, Sign]] = {
    Change.BORN: Sign(BLUE, "diamond-open", "◇", "born"),
    Change.ACTIVATED: Sign(GREEN, "circle", "●", "confirmed by the data"),
    Change.CONTRADICTED: Sign(ORANGE, "x", "✕", "contradicted by the data"),
    Change.SUPERSEDED: Sign(PURPLE, "triangle-right", "▶", "merged into a stronger rule"),
    Change.RETIRED: Sign(GREY, "square-open", "□", "retired"),
    Change.REOPENED: Sign(BLUE, "circle-open", "○", "open again"),
    Change.PINNED: Sign(AMBER, "star", "★", "pinned"),
    Change.UNPINNED: Sign(AMBER, "star-open", "☆", "unpinned"),
    Change.REWORDED: Sign(SKY, "hexagon2-open", "✎", "reworded"),
    Change.MEASURED: Sign(GREY, "line-ns-open", "·", "more evidence"),
}


def meaning(moment: Moment) -> str:
    """A change in words; what the data had said before comes back by an undo, not by the data."""
    change = moment.change
    if moment.act is not None and change.change in (Change.ACTIVATED, Change.CONTRADICTED, Change.SUPERSEDED):
        return f"brought back as {change.heuristic.status}"
    return CHANGE[change.change].words
