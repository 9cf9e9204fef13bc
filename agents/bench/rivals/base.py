"""What a rival is: a published search method over the table's cells, as strong as it can be made."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar

import numpy as np

from illuminas.agents.bench import cells
from illuminas.agents.bench.problem import Oracle


class Rival(ABC):
    """One method. A new one is a file and a line in :data:`illuminas.agents.bench.rivals.RIVALS`."""

    name: ClassVar[str]
    paper: ClassVar[str]
    needs_device: ClassVar[bool] = False
    """Whether it searches the two objectives; others see accuracy alone."""
    uses_device: ClassVar[bool] = False
    """Whether it is among the methods that a device is compared with unless asked otherwise."""

    @abstractmethod
    def search(self, oracle: Oracle, rng: np.random.Generator) -> None:
        """Look cells up until the oracle raises :class:`~illuminas.agents.bench.problem.BudgetSpent`."""


def random_code(rng: np.random.Generator) -> int:
    return int(rng.integers(cells.CELLS))


def mutate(code: int, rng: np.random.Generator) -> int:
    """A neighbour, uniformly drawn."""
    return int(rng.choice(cells.neighbours()[code]))
