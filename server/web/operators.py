"""What operators are called: a word, and letters where there is no room, as not all see colours."""

from __future__ import annotations

from typing import Final, NamedTuple

from illuminas.memory.candidate import Operator


class OperatorSign(NamedTuple):
    """An operator on a drawing.

    Attributes:
        letters: one or two, on its candidates.
        words: as people say it.
    """

    letters: str
    words: str


OPERATORS: Final = {
    Operator.LLM_FRESH: OperatorSign("LN", "new by the LLM"),
    Operator.LLM_MUTATE: OperatorSign("LM", "mutated by the LLM"),
    Operator.LLM_CROSSOVER: OperatorSign("LX", "crossed by the LLM"),
    Operator.MUTATE: OperatorSign("M", "mutation"),
    Operator.CROSSOVER: OperatorSign("X", "crossover"),
    Operator.RANDOM: OperatorSign("R", "random"),
    Operator.USER: OperatorSign("P", "from a person, or the start"),
}
"""Operator -> what stands for it; its colour is :data:`illuminas.server.palette.OPERATOR`'s."""
