"""Examples: sentences beside the commands that say the same, found by likeness.

A small model is shown those that are most like a message; without a model they tell a person what there is to type.
They name a run's objectives as ``{primary}`` and ``{second}``, and what changes them as ``{improves}``, ``{worsens}``
and ``{worsens_second}``; a run of one objective leaves those with a second out.
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np

from illuminas.agents.chat.commands import COMMANDS, lines_of
from illuminas.agents.chat.quantities import quantities
from illuminas.agents.chat.scene import Scene
from illuminas.tools.objectives import KINDS, Objective
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


def examples_of(scene: Scene) -> tuple[Example, ...]:
    """Examples of what is said to any search, of its space's architectures, and of its objectives."""
    return _examples(scene.space, scene.objectives)


@cache
def _examples(space: SearchSpace, objectives: tuple[Objective, ...]) -> tuple[Example, ...]:
    tried, predicate = space.to_words(space.heaviest()), space.example_predicate
    primary, *others = quantities(objectives)[: len(objectives)]
    improves = primary.verb(better=True)
    names = {"primary": primary.name, "improves": improves, "worsens": primary.verb(better=False)}
    if others:
        names |= {"second": others[0].name, "worsens_second": others[0].verb(better=False)}
    told = (*EXAMPLES, *space.chat_examples)
    return (
        *(
            Example(*(text.format_map(names) for text in pair))
            for pair in told
            if others or "second}" not in "".join(pair)
        ),
        *(Example(*pair) for kind in KINDS.values() for pair in kind.chat_examples),
        Example(f"please evaluate {tried}", f"seed {tried}"),
        Example(f"all of them need {predicate}", f"require {predicate}"),
        Example(f"I believe that {predicate} makes networks better", f"rule {predicate} {improves} {primary.name}"),
    )


def nearest(message: str, count: int, scene: Scene) -> list[Likeness]:
    """The examples most like a message, the nearest first."""
    from illuminas.memory.embeddings import embed

    examples = examples_of(scene)
    likeness = _vectors(examples) @ embed([message])[0]
    order = np.argsort(-likeness, kind="stable")[:count]
    return [Likeness(examples[place], float(likeness[place])) for place in order]


@cache
def _vectors(examples: tuple[Example, ...]) -> np.ndarray:
    from illuminas.memory.embeddings import embed

    return embed([example.sentence for example in examples])
