"""Examples: sentences beside the commands that say the same, found by likeness.

A small model is shown those that are most like a message; without a model they tell a person what there is to type.
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np

from illuminas.agents.chat.commands import COMMANDS, lines_of
from illuminas.tools.spaces import SearchSpace


class Example(NamedTuple):
    """A sentence and the command that says the same, without its slash."""

    sentence: str
    command: str

    @property
    def name(self) -> str:
        """Of the command."""
        return self.command.partition(" ")[0]


UNCLEAR = "unclear"
"""Stands for what no command says."""

_UNCLEAR = ("tell me a joke", "what is the capital of France", "write a poem about nature")

EXAMPLES = (
    *(Example(*pair) for command in COMMANDS.values() for pair in lines_of(command.slash.examples)),
    *(Example(sentence, UNCLEAR) for sentence in _UNCLEAR),
)


class Likeness(NamedTuple):
    """How like a message an example is: cosine similarity, up to 1."""

    example: Example
    value: float


@cache
def examples_of(space: SearchSpace) -> tuple[Example, ...]:
    """Examples of what is said to any search, and of what is said of a space's architectures."""
    tried, predicate = space.to_words(space.heaviest()), space.example_predicate
    return (
        *EXAMPLES,
        *(Example(*pair) for pair in space.chat_examples),
        Example(f"please evaluate {tried}", f"seed {tried}"),
        Example(f"all of them need {predicate}", f"require {predicate}"),
        Example(f"I believe that {predicate} makes networks more accurate", f"rule {predicate} raises accuracy"),
    )


def nearest(message: str, count: int, space: SearchSpace) -> list[Likeness]:
    """The examples most like a message, the nearest first."""
    from illuminas.memory.embeddings import embed

    examples = examples_of(space)
    likeness = _vectors(space) @ embed([message])[0]
    order = np.argsort(-likeness, kind="stable")[:count]
    return [Likeness(examples[place], float(likeness[place])) for place in order]


@cache
def _vectors(space: SearchSpace) -> np.ndarray:
    from illuminas.memory.embeddings import embed

    return embed([example.sentence for example in examples_of(space)])
