"""Regularised evolution."""

from __future__ import annotations

from collections import deque

import numpy as np

from illuminas.agents.bench.problem import Oracle
from illuminas.agents.bench.rivals.base import Rival, mutate, random_code

TRIES = 100
"""Mutations tried for one that nobody has looked up, where repeats are avoided."""


class Evolution(Rival):
    """Ageing evolution, with a usual setting: the best of a sample has a child, the oldest dies.

    A child that equals a known architecture costs nothing and joins the population all the same.
    """

    name = "evolution"
    paper = "Real et al., AAAI 2019, arXiv 1802.01548"
    POPULATION, SAMPLE, AVOID_REPEATS = 50, 10, False

    def search(self, oracle: Oracle, rng: np.random.Generator) -> None:
        population: deque[tuple[float, int]] = deque(maxlen=self.POPULATION)
        while len(population) < self.POPULATION:
            code = random_code(oracle, rng)
            population.append((oracle.gain(code), code))
        while True:
            sample = rng.choice(self.POPULATION, size=self.SAMPLE, replace=False)
            _, parent = max(population[int(index)] for index in sample)
            child = self._child(parent, oracle, rng)
            population.append((oracle.gain(child), child))

    def _child(self, parent: int, oracle: Oracle, rng: np.random.Generator) -> int:
        child = mutate(oracle, parent, rng)
        for _ in range(TRIES if self.AVOID_REPEATS else 0):
            if not oracle.seen(child):
                break
            child = mutate(oracle, parent, rng)
        return child


class TunedEvolution(Evolution):
    """The same with the setting that suits this space best: a small population, its best one as parent, no repeats."""

    name = "evolution-tuned"
    POPULATION, SAMPLE, AVOID_REPEATS = 20, 20, True
