"""Local search with restarts."""

from __future__ import annotations

import numpy as np

from illuminas.agents.bench import cells
from illuminas.agents.bench.problem import Oracle
from illuminas.agents.bench.rivals.base import Rival, random_code


class LocalSearch(Rival):
    """First improvement: from a random cell to the first better neighbour, until there is none; then anew.

    Equal cells cost nothing, so a walk passes through what is known for free, and starts where nothing is.
    """

    name = "local-search"
    paper = "White et al., UAI 2021, arXiv 2005.02960"

    def search(self, oracle: Oracle, rng: np.random.Generator) -> None:
        while True:
            start = random_code(rng)
            while oracle.seen(start):
                start = random_code(rng)
            self._climb(start, oracle, rng)

    def _climb(self, code: int, oracle: Oracle, rng: np.random.Generator) -> None:
        value = oracle.evaluate(code).accuracy
        improved = True
        while improved:
            improved = False
            for neighbour in rng.permutation(cells.neighbours()[code]):
                found = oracle.evaluate(int(neighbour)).accuracy
                if found > value:
                    code, value, improved = int(neighbour), found, True
                    break
