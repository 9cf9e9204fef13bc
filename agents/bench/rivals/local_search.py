"""Local search with restarts."""

from __future__ import annotations

import numpy as np

from illuminas.agents.bench.problem import Oracle
from illuminas.agents.bench.rivals.base import Rival, random_code


class LocalSearch(Rival):
    """First improvement: from a random architecture to the first better neighbour, until there is none; then anew.

    Equal architectures cost nothing, so a walk passes through what is known for free, and starts where nothing is.
    """

    name = "local-search"
    paper = "White et al., UAI 2021, arXiv 2005.02960"

    def search(self, oracle: Oracle, rng: np.random.Generator) -> None:
        while True:
            start = random_code(oracle, rng)
            while oracle.seen(start):
                start = random_code(oracle, rng)
            self._climb(start, oracle, rng)

    def _climb(self, code: int, oracle: Oracle, rng: np.random.Generator) -> None:
        value = oracle.gain(code)
        improved = True
        while improved:
            improved = False
            for neighbour in rng.permutation(oracle.points.neighbours(code)):
                found = oracle.gain(int(neighbour))
                if found > value:
                    code, value, improved = int(neighbour), found, True
                    break
