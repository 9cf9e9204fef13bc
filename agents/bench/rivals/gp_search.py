"""Bayesian optimisation with a Gaussian process: cold, and started from SynFlow's best."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from illuminas.agents.bench.problem import Oracle
from illuminas.agents.bench.rivals.base import Rival
from illuminas.agents.bench.rivals.gp import GaussianProcess
from illuminas.agents.bench.rivals.random_search import by_score, needs_networks
from illuminas.tools.objectives import Objective
from illuminas.tools.spaces import SearchSpace


class GPSearch(Rival):
    """The highest upper confidence bound over every class not looked up yet, one at a time, after ten random ones.

    BANANAS (White et al., AAAI 2021, arXiv 1910.11858) with the space's encoding, and a Gaussian process in place of
    its ensemble.
    """

    name = "gp-ucb"
    paper = "Srinivas et al., ICML 2010, arXiv 0912.3995"
    START, OPTIMISM = 10, 2.0

    def search(self, oracle: Oracle, rng: np.random.Generator) -> None:
        model = GaussianProcess(oracle.points)
        for code in self._start(oracle, rng):
            if oracle.holds(int(code)) and not oracle.seen(int(code)):
                model.observe(int(code), oracle.gain(int(code)))
            if len(oracle.codes) == self.START:
                break
        while len(choice := oracle.open()):
            found = model.predict()
            merit = (found.mean + self.OPTIMISM * found.std)[oracle.points.classes[choice]]
            best = np.flatnonzero(merit >= merit.max() - 1e-12)
            code = int(choice[rng.choice(best)])
            model.observe(code, oracle.gain(code))

    def _start(self, oracle: Oracle, rng: np.random.Generator) -> np.ndarray:
        return rng.permutation(len(oracle.points))


class GPSynFlow(GPSearch):
    """The same, its first ten drawn from the best two per cent by SynFlow (Tanaka et al., NeurIPS 2020)."""

    name = "gp-synflow"
    SHARE = 0.02

    def misfit(self, space: SearchSpace, objectives: Sequence[Objective]) -> str:
        return needs_networks(space)

    def _start(self, oracle: Oracle, rng: np.random.Generator) -> np.ndarray:
        best = by_score(oracle.synflow(), rng)
        return rng.permutation(best[: int(self.SHARE * len(best))])
