"""The checker of LLM-NAS (arXiv 2510.01472): says why a proposal is refused before anything is spent on it."""

from __future__ import annotations

from collections.abc import Collection

from illuminas.agents.context import Context
from illuminas.agents.plan import PlanItem
from illuminas.tools.spaces import Architecture


class Checker:
    """Refuses what is known, and what lies outside the niche it was asked for; a mode may do without the latter."""

    def __init__(self, context: Context) -> None:
        self._context = context

    @property
    def strict(self) -> bool:
        """Whether niches bind: where each of them has rules of its own."""
        return self._context.config.rules == "rewritten"

    def refusal(self, architecture: Architecture, item: PlanItem, taken: Collection[str]) -> str:
        """Why not, in words for the LLM; empty where nothing speaks against it.

        Args:
            taken: hashes of what this round has already.
        """
        context = self._context
        words = context.space.to_words(architecture)
        evaluation = context.view.evaluations.get(architecture.hash)
        if evaluation is not None:
            came = evaluation.status if evaluation.val_accuracy is None else f"{evaluation.val_accuracy:.1f} per cent"
            return f"{words} was evaluated before: {came}"
        if architecture.hash in taken:
            return f"{words} was proposed before"
        if self.strict and item.target is not None:
            niche = context.niche_of(architecture)
            if niche != item.target:
                is_ = "nowhere" if niche is None else f"in '{context.partition.describe(niche)}'"
                return f"{words} lies {is_}, not in '{context.partition.describe(item.target)}'"
        return ""
