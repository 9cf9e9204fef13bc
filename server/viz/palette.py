"""Colours that the colour-blind too tell apart (Okabe & Ito, "Color Universal Design", 2008), and what they mean."""

from __future__ import annotations

from typing import Final

from illuminas.memory.candidate import Operator
from illuminas.memory.heuristics import HeuristicStatus

BLUE, ORANGE, GREEN, PURPLE, AMBER, SKY = "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9"
YELLOW: Final = "#f0e442"
GREY: Final = "#8c8c8c"

STATUS: Final[dict[HeuristicStatus, str]] = {
    HeuristicStatus.ACTIVE: GREEN,
    HeuristicStatus.PROPOSED: BLUE,
    HeuristicStatus.CONTRADICTED: ORANGE,
    HeuristicStatus.SUPERSEDED: PURPLE,
    HeuristicStatus.RETIRED: GREY,
}
"""What the data confirmed comes first."""

OPERATOR: Final[dict[Operator, str]] = {
    Operator.LLM_FRESH: AMBER,
    Operator.LLM_MUTATE: ORANGE,
    Operator.LLM_CROSSOVER: PURPLE,
    Operator.MUTATE: SKY,
    Operator.CROSSOVER: GREEN,
    Operator.RANDOM: GREY,
    Operator.USER: YELLOW,
}
"""Warm ones are the LLM's, cold ones chance's."""
