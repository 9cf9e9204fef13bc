"""MAP-Elites, by ``ribs``."""

from __future__ import annotations

import numpy as np

from illuminas.agents.bench.problem import Oracle
from illuminas.agents.bench.rivals.base import Rival, mutate, random_code

FREE_BINS = (20, 8)
"""Bins of what is free, where one objective is, and on either axis of two."""
ROOM = 1 / 54
"""Share of an axis's range above its greatest value, so that this one lies within the last bin."""


class MapElites(Rival):
    """After some random architectures, a random elite has a child by one mutation; a niche keeps its best.

    Niches are multiply-accumulates by the space's costly feature for one objective; for several, bins of equal width
    over the whole table's values of those that are free.
    """

    name = "map-elites"
    paper = "Mouret & Clune 2015, arXiv 1504.04909"
    several = True
    START = 20

    def search(self, oracle: Oracle, rng: np.random.Generator) -> None:
        from ribs.archives import GridArchive

        free = oracle.free[: len(FREE_BINS)]
        if free:
            known = [oracle.look_up(place, oracle.open()) for place in free]
            dims = [FREE_BINS[len(free) - 1]] * len(free)
            ranges = [(float(values.min()), float(values.max())) for values in known]
        else:
            axes = oracle.points.axes
            dims = [axis.bins for axis in axes]
            ranges = [(float(each.min()), float(each.max() + ROOM * np.ptp(each))) for each in (a.values for a in axes)]
        archive = GridArchive(solution_dim=(), solution_dtype=np.int64, dims=dims, ranges=ranges)
        while True:
            grown = len(oracle.codes) >= self.START
            code = mutate(oracle, self._elite(archive, rng), rng) if grown else random_code(oracle, rng)
            found = oracle.evaluate(code)
            place = [found[each] for each in free] or [float(axis.values[code]) for axis in oracle.points.axes]
            archive.add_single(code, oracle.objectives[0].gain(found[0]), place)

    def _elite(self, archive: object, rng: np.random.Generator) -> int:
        solutions = archive.data("solution")  # type: ignore[attr-defined]
        return int(solutions[rng.integers(len(solutions))])
