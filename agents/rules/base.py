"""Rule sources: which heuristics guide a niche's proposals, and which ones are tested next."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import ClassVar, NamedTuple

from illuminas.agents.context import Context
from illuminas.agents.quoting import line
from illuminas.memory.evidence import Direction, Record
from illuminas.memory.heuristics import Heuristic, scope_of
from illuminas.memory.predicates import Predicate

NEW_RULES = 2
"""Rules proposed a round, so that each gets a fair trial."""


class Review(NamedTuple):
    """What a rule source makes of a round.

    Attributes:
        proposed: new heuristics.
        author: ``statistics`` or the LLM's name.
        story: the round in the LLM's words; empty where none wrote it.
        refused: why rules that an LLM wrote could not be read.
    """

    proposed: list[Heuristic]
    author: str = "statistics"
    story: str = ""
    refused: Sequence[str] = ()


class RuleSource(ABC):
    """Chooses the rules that guide a niche's proposals, and proposes new ones after each round."""

    binding: ClassVar[bool] = False
    """Whether a proposal for a niche is refused if it lies outside."""
    edit_prompt: ClassVar[str] = "coder_edit_small"
    """Name of the prompt that asks a small LLM for edits under these rules."""

    def __init__(self, context: Context) -> None:
        self._context = context

    @abstractmethod
    def of_niche(self, niche: int) -> tuple[str, ...]:
        """Ids of the heuristics that guide proposals for a niche."""

    async def review(self, round: int, records: list[Record], found: list[Heuristic]) -> Review:
        """Propose heuristics after a round.

        Args:
            records: the run's measurements of the primary objective so far.
            found: heuristics mined from them, most promising first.
        """
        return Review(found[:NEW_RULES])

    def heuristic(
        self, text: str, predicate: Predicate, direction: Direction, round: int, niche: str | None = None
    ) -> Heuristic:
        """A heuristic about the primary objective that the critic proposes in a round, for one niche or for all."""
        config, primary = self._context.config, self._context.state.primary
        scope = scope_of(config.space, config.dataset, primary)
        return Heuristic(
            text=text,
            predicate=predicate,
            direction=direction,
            objective=primary,
            scope=scope.model_copy(update={"niche": niche}) if niche is not None else scope,
            origin="critic",
            born_round=round,
            since=round,
        )

    def language(self) -> dict[str, str]:
        """Values of a prompt that say how a predicate is written."""
        space = self._context.space
        features = "\n".join(f"{name}: {text}" for name, text in space.feature_docs.items())
        return {"features": features, "example": space.example_predicate}

    def lines(self, rules: list[Heuristic]) -> str:
        """The rules as a prompt lists them."""
        return "\n".join(f"- {line(rule.text)}" for rule in rules) or "none yet"


def effect_lines(options: dict[str, Heuristic]) -> str:
    """Options of a prompt, each with its effect on its objective, where it is known."""
    lines = []
    for text, rule in options.items():
        if rule.found_with is not None and rule.found_with.effect is not None:
            lines.append(f"{text}: {rule.found_with.effect / rule.objective.scale:+.3g}")
    return "\n".join(lines)


class ObservedRules(RuleSource):
    """Applies no rule."""

    def of_niche(self, niche: int) -> tuple[str, ...]:
        return ()
