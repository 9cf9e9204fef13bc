"""How operators and statuses look on a family tree: each has a colour and a sign, as not all see colours."""

from __future__ import annotations

from typing import Final, NamedTuple

from illuminas.memory.candidate import Operator
from illuminas.tools.evaluation import Status

FAILURES: Final = {Status.FAILED: "failed", Status.TIMEOUT: "time", Status.MEMORY: "memory"}
"""What stands in place of an accuracy; two words have no room."""


class OperatorSign(NamedTuple):
    """An operator on a drawing.

    Attributes:
        letters: one or two, on its candidates.
        color: of Okabe and Ito's palette.
        ink: that is read on it.
        words: as people say it.
    """

    letters: str
    color: str
    ink: str
    words: str


OPERATORS: Final = {
    Operator.LLM_FRESH: OperatorSign("LN", "#E69F00", "#000000", "new by the LLM"),
    Operator.LLM_MUTATE: OperatorSign("LM", "#D55E00", "#000000", "mutated by the LLM"),
    Operator.LLM_CROSSOVER: OperatorSign("LX", "#CC79A7", "#000000", "crossed by the LLM"),
    Operator.MUTATE: OperatorSign("M", "#56B4E9", "#000000", "mutation"),
    Operator.CROSSOVER: OperatorSign("X", "#009E73", "#000000", "crossover"),
    Operator.RANDOM: OperatorSign("R", "#999999", "#000000", "random"),
    Operator.USER: OperatorSign("P", "#F0E442", "#000000", "from a person, or the start"),
}
"""Operator -> how it looks; the colours are those of Okabe and Ito."""
