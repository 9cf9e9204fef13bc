"""The interface of operator shares."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping

import numpy as np

from illuminas.agents.context import Context
from illuminas.memory.candidate import Operator
from illuminas.memory.plan import PlanItem

WARM_POOL = 2
"""Size of the pool during the warm start, in regular pools: only zero-cost scores choose from it."""


class OperatorShares(ABC):
    """Divides a round's proposals among the operators.

    Args:
        context: of the run.
        pool: proposals of a round.
    """

    def __init__(self, context: Context, pool: int) -> None:
        self._context = context
        self._pool = pool

    @abstractmethod
    def of_round(self, round: int) -> dict[Operator, float]:
        """Each available operator's share, summing to 1."""

    @abstractmethod
    def items(self, round: int, parents: Mapping[int, tuple[str, ...]]) -> list[PlanItem]:
        """The items of a round's plan.

        Args:
            parents: niche -> hashes of its parents, most important first; the most wanted niche first.
        """

    def warm_items(self, round: int, parents: Mapping[int, tuple[str, ...]]) -> list[PlanItem]:
        """The same during the warm start: random draws, a larger number of them."""
        return [self._random(WARM_POOL * self._pool)]

    def draw(self, round: int, rng: np.random.Generator) -> Operator:
        """One operator, drawn by the shares."""
        shares = self.of_round(round)
        return Operator(rng.choice(list(shares), p=list(shares.values())))

    def _random(self, count: int) -> PlanItem:
        return PlanItem(target=None, operator=Operator.RANDOM, count=max(1, count))
