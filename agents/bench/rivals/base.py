"""What a rival is: a published search method over a table's architectures, as strong as it can be made."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from illuminas.agents.bench.problem import Oracle
from illuminas.tools.objectives import Objective
from illuminas.tools.spaces import SearchSpace


class Rival(ABC):
    """One method. A new one is a file and a line in :data:`illuminas.agents.bench.rivals.RIVALS`."""

    name: ClassVar[str]
    paper: ClassVar[str]
    several: ClassVar[bool] = False
    """Whether it is among the methods that searches of several objectives are compared with unless asked otherwise."""
    single: ClassVar[bool] = True
    """Whether it searches one objective; of several, it then sees the first alone."""

    @abstractmethod
    def search(self, oracle: Oracle, rng: np.random.Generator) -> None:
        """Look architectures up until the oracle raises :class:`~illuminas.agents.bench.problem.BudgetSpent`."""

    def misfit(self, space: SearchSpace, objectives: Sequence[Objective]) -> str:
        """Why it cannot search these objectives in this space; empty where it can."""
        return "" if self.single or len(objectives) > 1 else "it searches several objectives, and there is one"


def random_code(oracle: Oracle, rng: np.random.Generator) -> int:
    """Any combination, uniformly drawn."""
    return int(rng.integers(len(oracle.points)))


def mutate(oracle: Oracle, code: int, rng: np.random.Generator) -> int:
    """A neighbour, uniformly drawn."""
    return int(rng.choice(oracle.points.neighbours(code)))
