"""Bayesian optimisation with Gaussian processes: of one objective, cold and started from SynFlow's best, and of two."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from illuminas.agents.bench.points import Points
from illuminas.agents.bench.problem import Oracle
from illuminas.agents.bench.rivals.base import Rival, random_code
from illuminas.agents.bench.rivals.random_search import by_score, needs_networks
from illuminas.tools.objectives import Objective, gains_of
from illuminas.tools.spaces import SearchSpace

if TYPE_CHECKING:
    from sklearn.gaussian_process import GaussianProcessRegressor

SCALES = (1.0, 1.5, 2.2, 3.3, 5.0)
"""Length scales tried; distances are Euclidean between encodings."""
NOISES = (0.003, 0.01, 0.03, 0.1)
"""Variances of the noise tried, beside a variance of 1 for the signal."""
REFIT = 10
"""Look-ups after which scale and noise are chosen anew, by the likelihood; later a fifth of those there are."""
FLOOR = 1.5
"""Targets are cut at this many times the way from the median to the best: a few are far worse than the rest."""


class Posterior(NamedTuple):
    """Prediction for every class, in units of the standardised targets: mean and standard deviation, ``(classes,)``."""

    mean: np.ndarray
    std: np.ndarray


class GaussianProcess:
    """Matérn-5/2 kernel on a space's encodings (Rasmussen & Williams 2006); higher targets are better."""

    def __init__(self, points: Points) -> None:
        self._points = points
        self._numbers: list[int] = []
        self._values: list[float] = []
        self._scale, self._noise, self._chosen_at = SCALES[2], NOISES[1], 0

    def observe(self, code: int, value: float) -> None:
        """Take in one look-up."""
        self._numbers.append(int(self._points.classes[code]))
        self._values.append(value)
        if len(self._numbers) >= self._chosen_at + max(REFIT, self._chosen_at // 5):
            fits = {each: self._fitted(*each) for each in itertools.product(SCALES, NOISES)}
            self._scale, self._noise = max(fits, key=lambda each: float(fits[each].log_marginal_likelihood_value_))
            self._chosen_at = len(self._numbers)

    def predict(self) -> Posterior:
        """The posterior of every class."""
        return Posterior(*self._fitted(self._scale, self._noise).predict(self._points.encodings, return_std=True))

    def targets(self) -> np.ndarray:
        """What was observed, standardised, in order."""
        values = np.array(self._values)
        middle = float(np.median(values))
        cut = np.maximum(values, middle - FLOOR * (float(values.max()) - middle)) if len(values) > 2 else values
        spread = float(cut.std())
        return np.asarray((cut - cut.mean()) / (spread if spread > 0 else 1.0))

    def _fitted(self, scale: float, noise: float) -> GaussianProcessRegressor:
        from sklearn.gaussian_process import GaussianProcessRegressor
        from sklearn.gaussian_process.kernels import Matern

        model = GaussianProcessRegressor(Matern(scale, nu=2.5), alpha=noise, optimizer=None)
        return model.fit(self._points.encodings[self._numbers], self.targets())


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
