"""Operator shares that a mode sets, as both papers do (arXiv 2510.01472, 2306.01102)."""

from __future__ import annotations

from collections.abc import Mapping

from illuminas.agents.context import Context
from illuminas.agents.shares.base import OperatorShares
from illuminas.memory.candidate import Operator
from illuminas.memory.plan import PlanItem

WITHOUT_LLM = {Operator.LLM_MUTATE: Operator.MUTATE, Operator.LLM_CROSSOVER: Operator.CROSSOVER}
"""The operator that varies parents in the same way without an LLM."""


class FixedShares(OperatorShares):
    """Constant shares: of the LLM's operators while it answers, of the others otherwise.

    Args:
        context: of the run.
        pool: proposals of a round.
        shares: relative shares.
        most: proposals that the LLM makes in one answer; None for any number.
    """

    def __init__(
        self, context: Context, pool: int, *, shares: Mapping[Operator, float], most: int | None = None
    ) -> None:
        super().__init__(context, pool)
        self._shares = shares
        self._most = most

    def of_round(self, round: int) -> dict[Operator, float]:
        llm = self._context.profile(round) != "none"
        share = {operator: value for operator, value in self._shares.items() if operator.uses_llm == llm}
        total = sum(share.values())
        return {operator: value / total for operator, value in share.items()}

    def items(self, round: int, parents: Mapping[int, tuple[str, ...]]) -> list[PlanItem]:
        """One operator for each niche; draws without the LLM make up for what exceeds one of its answers."""
        rng = self._context.rng(round, "operators")
        count = max(1, self._pool // len(parents))
        items = []
        for niche, own in parents.items():
            operator = self.draw(round, rng)
            rotated = tuple(own[(round + step) % len(own)] for step in range(len(own)))
            item = PlanItem(target=niche, operator=operator if own else Operator.RANDOM, parents=rotated, count=count)
            if item.operator.uses_llm and self._most is not None and count > self._most:
                items.append(item.model_copy(update={"count": self._most}))
                rest = {"operator": WITHOUT_LLM.get(operator, Operator.RANDOM), "count": count - self._most}
                item = item.model_copy(update=rest)
            items.append(item)
        return items
