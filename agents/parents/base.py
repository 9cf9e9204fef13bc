"""The interface of parent selection."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar

from illuminas.agents.context import Context
from illuminas.agents.shares.base import OperatorShares
from illuminas.memory.plan import PlanItem


class ParentSelection(ABC):
    """Makes the items of a plan: operators with their parents."""

    unfocused: ClassVar[str] = ""
    """Why a plan works on no niche in particular; empty where it works on those that the planner chooses."""

    def __init__(self, context: Context, shares: OperatorShares) -> None:
        self._context = context
        self._shares = shares

    @abstractmethod
    def items(self, round: int, focus: tuple[int, ...]) -> list[PlanItem]:
        """The items of a round's plan.

        Args:
            focus: niches to work on, most wanted first; empty for a selection that is unfocused.
        """


def nearest_elites(context: Context, niche: int) -> list[int]:
    """Filled niches by their distance from one, the nearest first; itself first where it is filled."""
    distance = context.partition.distance
    return sorted(context.state.elites, key=lambda other: (distance(other, niche), other))
