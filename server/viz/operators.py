"""What operators are called: a word, and letters where there is no room, as not all see colours."""

from __future__ import annotations

from typing import Final, NamedTuple

from illuminas.memory.candidate import Operator


class OperatorSign(NamedTuple):
    """An operator on a drawing.

    Attributes:
        letters: one or two, on its candidates.
        words: as people say it, also after "by".
    """

    letters: str
    words: str


OPERATORS: Final = {
    Operator.LLM_FRESH: OperatorSign("LN", "the LLM, anew"),
    Operator.LLM_MUTATE: OperatorSign("LM", "the LLM's mutation"),
    Operator.LLM_CROSSOVER: OperatorSign("LX", "the LLM's crossover"),
    Operator.MUTATE: OperatorSign("M", "mutation"),
    Operator.CROSSOVER: OperatorSign("X", "crossover"),
    Operator.RANDOM: OperatorSign("R", "random draw"),
    Operator.USER: OperatorSign("P", "a person, or the start"),
}
"""Operator -> what stands for it; its colour is :data:`illuminas.server.viz.palette.OPERATOR`'s."""
