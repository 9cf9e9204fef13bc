"""Bayesian optimisation of two objectives by hypervolume improvement."""

from __future__ import annotations

import numpy as np

from illuminas.agents.bench import cells
from illuminas.agents.bench.problem import Oracle
from illuminas.agents.bench.rivals.base import Rival, random_code
from illuminas.agents.bench.rivals.gp import GaussianProcess


class GPHyperVolume(Rival):
    """Batches of ten, picked greedily by the hypervolume that optimistic values of both objectives would add.

    One Gaussian process an objective (Ponweiser et al., PPSN 2008: SMS-EGO); both objectives are standardised, and
    the reference point lies at the worst seen. A pick counts as found at its optimistic value until the batch is full.
    """

    name = "gp-hvi"
    paper = "Ponweiser et al., PPSN 2008"
    needs_device = True
    uses_device = True
    START, BATCH, OPTIMISM = 20, 10, 1.0
    FREE_LATENCY = False

    def search(self, oracle: Oracle, rng: np.random.Generator) -> None:
        accuracy, speed = GaussianProcess(), GaussianProcess()
        while len(oracle.codes) < self.START:
            self._observe(oracle, accuracy, speed, random_code(rng))
        while len(choice := oracle.open()):
            for code in self._batch(oracle, accuracy, speed, choice):
                self._observe(oracle, accuracy, speed, code)

    def _observe(self, oracle: Oracle, accuracy: GaussianProcess, speed: GaussianProcess, code: int) -> None:
        new = oracle.holds(code) and not oracle.seen(code)
        found = oracle.evaluate(code)
        if not new:
            return
        accuracy.observe(code, found.accuracy)
        if not self.FREE_LATENCY:
            speed.observe(code, -found.latency)

    def _batch(
        self, oracle: Oracle, accuracy: GaussianProcess, speed: GaussianProcess, choice: np.ndarray
    ) -> list[int]:
        numbers = cells.classes()[choice]
        expected = accuracy.predict()
        hoped = (expected.mean + self.OPTIMISM * expected.std)[numbers]
        if self.FREE_LATENCY:
            known = -oracle.latencies(np.array(oracle.codes))
            middle, spread = float(known.mean()), float(known.std()) or 1.0
            fast, seen_fast = (-oracle.latencies(choice) - middle) / spread, (known - middle) / spread
        else:
            guess = speed.predict()
            fast, seen_fast = (guess.mean + self.OPTIMISM * guess.std)[numbers], speed.targets()
        seen_hope = accuracy.targets()
        worst = (float(seen_hope.min()), float(seen_fast.min()))
        front = np.column_stack([seen_hope, seen_fast])
        chosen: list[int] = []
        for _ in range(min(self.BATCH, len(choice))):
            gain = added_volume(front, np.column_stack([hoped, fast]), worst)
            gain[chosen] = -1.0
            if gain.max() <= 0.0:  # nothing would add to the front: the most hopeful, and then the next
                gain = np.where(gain < 0.0, -np.inf, hoped)
            pick = int(gain.argmax())
            chosen.append(pick)
            front = np.vstack([front, [hoped[pick], fast[pick]]])
        return [int(choice[pick]) for pick in chosen]


class GPHyperVolumeFree(GPHyperVolume):
    """The same with the latencies looked up, which are free, in place of a model of them."""

    name = "gp-hvi-free"
    FREE_LATENCY = True


def added_volume(front: np.ndarray, points: np.ndarray, worst: tuple[float, float]) -> np.ndarray:
    """Area that each point would add to what ``front`` dominates above ``worst``.

    Args:
        front: ``(n, 2)``, both higher is better; dominated ones are harmless.
        points: ``(m, 2)``.
        worst: the reference point.

    Returns:
        ``(m,)``, 0 or more.
    """
    order = front[np.lexsort((-front[:, 0], -front[:, 1]))]  # by the second, falling
    best = np.maximum.accumulate(order[:, 0])
    keep = np.concatenate([[True], best[1:] > best[:-1]])
    stairs = order[keep]
    # strips between one stair's second objective and the next's, each covered up to `height` in the first
    tops = np.concatenate([[np.inf], stairs[:, 1]])
    bottoms = np.concatenate([stairs[:, 1], [worst[1]]])
    heights = np.concatenate([[worst[0]], stairs[:, 0]])
    width = np.clip(points[:, 1:2], bottoms, tops) - bottoms
    rise = np.maximum(points[:, 0:1] - heights, 0.0)
    return np.asarray((width * rise).sum(axis=1))
