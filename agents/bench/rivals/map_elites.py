"""MAP-Elites, by ``ribs``."""

from __future__ import annotations

import numpy as np

from illuminas.agents.bench import cells
from illuminas.agents.bench.problem import Oracle
from illuminas.agents.bench.rivals.base import Rival, mutate, random_code

LATENCY_BINS = 20
HEAVIEST = 54
"""Most multiply-accumulates of a cell, in those of one 1x1 convolution: six 3x3 convolutions."""


class MapElites(Rival):
    """After some random cells, a random elite has a child by one mutation; a niche keeps its best by accuracy.

    Niches are multiply-accumulates by depth for one objective, latency for two. Latencies are free, so the bins are of
    equal width over the whole table's.
    """

    name = "map-elites"
    paper = "Mouret & Clune 2015, arXiv 1504.04909"
    uses_device = True
    START, WEIGHT_BINS = 20, 9

    def search(self, oracle: Oracle, rng: np.random.Generator) -> None:
        from ribs.archives import GridArchive

        if oracle.two_objectives:
            known = oracle.latencies(oracle.open())
            dims, ranges = [LATENCY_BINS], [(float(known.min()), float(known.max()))]
        else:
            dims, ranges = [self.WEIGHT_BINS, 4], [(0.0, HEAVIEST + 1.0), (0.0, 4.0)]
        archive = GridArchive(solution_dim=(), solution_dtype=np.int64, dims=dims, ranges=ranges)
        while True:
            grown = len(oracle.codes) >= self.START
            code = mutate(self._elite(archive, rng), rng) if grown else random_code(rng)
            found = oracle.evaluate(code)
            place = [found.latency] if oracle.two_objectives else [cells.weight(code), cells.depth(code)]
            archive.add_single(code, found.accuracy, place)

    def _elite(self, archive: object, rng: np.random.Generator) -> int:
        solutions = archive.data("solution")  # type: ignore[attr-defined]
        return int(solutions[rng.integers(len(solutions))])
