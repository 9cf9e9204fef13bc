"""Colours that the colour-blind too tell apart (Okabe & Ito, "Color Universal Design", 2008), and what they mean."""

from __future__ import annotations

from typing import Final

from illuminas.memory.heuristics import HeuristicStatus

BLUE, ORANGE, GREEN, PURPLE, AMBER, SKY = "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9"
GREY: Final = "#8c8c8c"

STATUS: Final[dict[HeuristicStatus, str]] = {
    HeuristicStatus.ACTIVE: GREEN,
    HeuristicStatus.PROPOSED: BLUE,
    HeuristicStatus.CONTRADICTED: ORANGE,
    HeuristicStatus.SUPERSEDED: PURPLE,
    HeuristicStatus.RETIRED: GREY,
}
"""What the data confirmed comes first."""
