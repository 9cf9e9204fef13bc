"""Bayesian optimisation of two objectives by hypervolume improvement."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from illuminas.agents.bench.problem import Oracle
from illuminas.agents.bench.rivals.base import Rival, random_code
from illuminas.agents.bench.rivals.gp import GaussianProcess
from illuminas.tools.objectives import Objective, gains_of
from illuminas.tools.spaces import SearchSpace


class GPHyperVolume(Rival):
    """Batches of ten, picked greedily by the hypervolume that optimistic values of both objectives would add.

    One Gaussian process an objective (Ponweiser et al., PPSN 2008: SMS-EGO); both objectives are standardised, and
    the reference point lies at the worst seen. A pick counts as found at its optimistic value until the batch is full.
    """

    name = "gp-hvi"
    paper = "Ponweiser et al., PPSN 2008"
    several = True
    single = False
    START, BATCH, OPTIMISM = 20, 10, 1.0
    FREE = False

    def misfit(self, space: SearchSpace, objectives: Sequence[Objective]) -> str:
        if len(objectives) != 2:
            return f"it searches two objectives, and there are {len(objectives)}"
        return "what it looks up for free takes an evaluation" if self.FREE and objectives[1].uncertain else ""

    def search(self, oracle: Oracle, rng: np.random.Generator) -> None:
        first, second = GaussianProcess(oracle.points), GaussianProcess(oracle.points)
        while len(oracle.codes) < self.START:
            self._observe(oracle, first, second, random_code(oracle, rng))
        while len(choice := oracle.open()):
            for code in self._batch(oracle, first, second, choice):
                self._observe(oracle, first, second, code)

    def _observe(self, oracle: Oracle, first: GaussianProcess, second: GaussianProcess, code: int) -> None:
        new = oracle.holds(code) and not oracle.seen(code)
        found = gains_of(oracle.evaluate(code), oracle.objectives)
        if not new:
            return
        first.observe(code, found[0])
        if not self.FREE:
            second.observe(code, found[1])

    def _batch(self, oracle: Oracle, first: GaussianProcess, second: GaussianProcess, choice: np.ndarray) -> list[int]:
        numbers = oracle.points.classes[choice]
        expected = first.predict()
        hoped = (expected.mean + self.OPTIMISM * expected.std)[numbers]
        if self.FREE:
            sign = oracle.objectives[1].gain(1.0)
            known = sign * oracle.look_up(1, np.array(oracle.codes))
            middle, spread = float(known.mean()), float(known.std()) or 1.0
            cheap, seen_cheap = (sign * oracle.look_up(1, choice) - middle) / spread, (known - middle) / spread
        else:
            guess = second.predict()
            cheap, seen_cheap = (guess.mean + self.OPTIMISM * guess.std)[numbers], second.targets()
        seen_hope = first.targets()
        worst = (float(seen_hope.min()), float(seen_cheap.min()))
        front = np.column_stack([seen_hope, seen_cheap])
        chosen: list[int] = []
        for _ in range(min(self.BATCH, len(choice))):
            gain = added_volume(front, np.column_stack([hoped, cheap]), worst)
            gain[chosen] = -1.0
            if gain.max() <= 0.0:  # nothing would add to the front: the most hopeful, and then the next
                gain = np.where(gain < 0.0, -np.inf, hoped)
            pick = int(gain.argmax())
            chosen.append(pick)
            front = np.vstack([front, [hoped[pick], cheap[pick]]])
        return [int(choice[pick]) for pick in chosen]


class GPHyperVolumeFree(GPHyperVolume):
    """The same with the second objective looked up, where that is free, in place of a model of it."""

    name = "gp-hvi-free"
    FREE = True


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
