"""Random search."""

from __future__ import annotations

import numpy as np

from illuminas.agents.bench import cells
from illuminas.agents.bench.problem import Oracle
from illuminas.agents.bench.rivals.base import Rival


class RandomSearch(Rival):
    """Cells in random order."""

    name = "random"
    paper = "Li & Talwalkar, UAI 2019, arXiv 1902.07638"
    uses_device = True

    def search(self, oracle: Oracle, rng: np.random.Generator) -> None:
        for code in rng.permutation(cells.CELLS):
            oracle.evaluate(int(code))


class RandomSynFlow(Rival):
    """Random order within the best per cent of the cells by SynFlow, then within the next, and so on."""

    name = "random-synflow"
    paper = "Tanaka et al., NeurIPS 2020, arXiv 2006.05467"
    SHARE = 0.01

    def search(self, oracle: Oracle, rng: np.random.Generator) -> None:
        order = by_score(oracle.synflow(), rng)
        size = int(self.SHARE * cells.CELLS)
        for start in range(0, cells.CELLS, size):
            for code in rng.permutation(order[start : start + size]):
                oracle.evaluate(int(code))


def by_score(scores: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Codes from the highest score to the lowest, equals in random order."""
    return np.lexsort((rng.random(len(scores)), -scores))
