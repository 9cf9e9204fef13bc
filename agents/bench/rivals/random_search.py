"""Random search."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from illuminas.agents.bench.problem import Oracle
from illuminas.agents.bench.rivals.base import Rival
from illuminas.tools.objectives import Objective
from illuminas.tools.spaces import SearchSpace


class RandomSearch(Rival):
    """Architectures in random order."""

    name = "random"
    paper = "Li & Talwalkar, UAI 2019, arXiv 1902.07638"
    several = True

    def search(self, oracle: Oracle, rng: np.random.Generator) -> None:
        for code in rng.permutation(len(oracle.points)):
            oracle.evaluate(int(code))


class RandomSynFlow(Rival):
    """Random order within the best per cent by SynFlow, then within the next, and so on."""

    name = "random-synflow"
    paper = "Tanaka et al., NeurIPS 2020, arXiv 2006.05467"
    SHARE = 0.01

    def misfit(self, space: SearchSpace, objectives: Sequence[Objective]) -> str:
        return needs_networks(space)

    def search(self, oracle: Oracle, rng: np.random.Generator) -> None:
        order = by_score(oracle.synflow(), rng)
        size = int(self.SHARE * len(order))
        for start in range(0, len(order), size):
            for code in rng.permutation(order[start : start + size]):
                oracle.evaluate(int(code))


def needs_networks(space: SearchSpace) -> str:
    """Why SynFlow has nothing to score in a space; empty where it has."""
    return "" if space.builds else f"SynFlow scores networks, and {space.name} builds none"


def by_score(scores: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Codes from the highest score to the lowest, equals in random order."""
    return np.lexsort((rng.random(len(scores)), -scores))
