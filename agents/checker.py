"""The checker of LLM-NAS (arXiv 2510.01472): says why a proposal is refused before anything is spent on it."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from illuminas.agents.context import Context
from illuminas.agents.rules.base import RuleSource
from illuminas.memory.plan import PlanItem
from illuminas.tools.spaces import Architecture


class Refusal(NamedTuple):
    """Why a proposal is refused; false where nothing speaks against it.

    Attributes:
        reason: in words for the LLM; empty where nothing does.
        repeated: it was evaluated or proposed before.
    """

    reason: str = ""
    repeated: bool = False

    def __bool__(self) -> bool:
        return bool(self.reason)


class Checker:
    """Refuses what is known, and what lies outside its niche where the run's rules bind proposals to it.

    Args:
        context: of the run.
        rules: of the run.
    """

    def __init__(self, context: Context, rules: RuleSource) -> None:
        self._context = context
        self.rules = rules

    def refusal(self, architecture: Architecture, item: PlanItem, taken: Collection[str]) -> Refusal:
        """What is known against it without asking a tool.

        Args:
            taken: hashes of what this round has already.
        """
        context, title = self._context, self._context.space.title
        evaluation = context.state.evaluations.get(architecture.hash)
        if evaluation is not None:
            came = context.outcome(evaluation)
            return Refusal(f"{title(architecture)} was evaluated before: {came}", repeated=True)
        if architecture.hash in taken:
            return Refusal(f"{title(architecture)} was proposed before", repeated=True)
        breach = context.compliance.breach(architecture)
        if breach:
            return Refusal(f"{title(architecture)} {breach}")
        if self.rules.binding and item.target is not None:
            niche = context.niche_of(architecture)
            if niche != item.target:
                is_ = "nowhere" if niche is None else f"in '{context.partition.describe(niche)}'"
                wanted = context.partition.describe(item.target)
                return Refusal(f"{title(architecture)} lies {is_}, not in '{wanted}'")
        return Refusal()

    async def unbuildable(self, architecture: Architecture) -> Refusal:
        """Why the tools can't build it for the images at hand."""
        config = self._context.config
        tools, texts = self._context.tools, [architecture.text]
        (answer,) = (await tools.validate_architecture(config.space, config.dataset, texts)).results
        return Refusal() if answer.valid else Refusal(answer.reason)
