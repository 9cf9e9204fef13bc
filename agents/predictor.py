"""The predictor: what a run's evaluations and zero-cost scores say of architectures that it did not evaluate."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from illuminas.memory.state import RunState
from illuminas.tools.proxies import PROXIES
from illuminas.tools.spaces import Architecture, SearchSpace
from illuminas.tools.surrogate import SCORES, Posterior, Surrogate, Warp, normal_quantiles

STRUCTURE = "structure"
"""Stands for all that a space's encoding tells."""
CONFIDENCE = 0.9
"""Share of the accuracies that a range of what is expected should hold."""
SPREADS = 1.645
"""Standard deviations of a normal distribution to either side that hold :data:`CONFIDENCE` of it."""
MOST_OBSERVED = 200
"""Evaluations that the surrogate learns from at most."""


class Prediction(NamedTuple):
    """What is expected of ``n`` architectures.

    Attributes:
        posterior: mean and standard deviation, on the warped scale.
        warp: that scale.
        labels: evaluations that the surrogate learned from.
    """

    posterior: Posterior
    warp: Warp
    labels: int

    @property
    def accuracies(self) -> np.ndarray:
        """Expected validation accuracies, per cent, ``(n,)``."""
        return self._in_per_cent(self.posterior.mean)

    @property
    def ranges(self) -> np.ndarray:
        """Bounds between which :data:`CONFIDENCE` of the accuracies are expected, per cent, ``(n, 2)``."""
        mean, std = self.posterior
        return np.column_stack([self._in_per_cent(mean + sign * SPREADS * std) for sign in (-1, 1)])

    def _in_per_cent(self, warped: np.ndarray) -> np.ndarray:
        values: np.ndarray = np.clip(self.warp.inverse(warped), 0.0, 100.0)
        return values


class Predictor:
    """The surrogate as a run sees it: fed with the inputs that its settings name, taught by its own evaluations.

    Args:
        space: of the run.
        state: of the run, as it stands at each prediction.
        inputs: names of the groups of inputs: of the space's own, or :data:`STRUCTURE` for all of them, and that of the
            zero-cost scores.
        proxies: names of the zero-cost scores.
    """

    def __init__(self, space: SearchSpace, state: RunState, *, inputs: Sequence[str], proxies: Sequence[str]) -> None:
        self._space = space
        self._state = state
        self._wanted = frozenset(inputs)
        self._proxies = tuple(proxies)

    def predict(self, architectures: Sequence[Architecture]) -> Prediction:
        """What evaluations of one architecture or more would show.

        The run has made :attr:`~illuminas.tools.surrogate.Surrogate.MINIMUM` evaluations at least.
        """
        state = self._state
        known = _telling([evaluation.hash for evaluation in state.successes], state.accuracy)
        seen = [self._space.parse(state.candidates[hash_].text) for hash_ in known]
        values = np.array([state.accuracy(hash_) for hash_ in known])
        model = Surrogate(self._inputs([*seen, *architectures])).fit(range(len(seen)), values)
        posterior = model.predict(range(len(seen), len(seen) + len(architectures)))
        return Prediction(posterior, model.warp, len(known))

    def scores(self, architectures: Sequence[Architecture]) -> np.ndarray:
        """Zero-cost scores as normal quantiles, ``(n, proxies)``, higher is better; a missing one is in the middle."""
        columns = []
        for name in self._proxies:
            known = [self._state.proxies.get(each.hash, {}).get(name, np.nan) for each in architectures]
            columns.append(normal_quantiles(PROXIES[name].sign * np.array(known)))
        return np.column_stack(columns) if columns else np.empty((len(architectures), 0))

    def _inputs(self, architectures: Sequence[Architecture]) -> dict[str, np.ndarray]:
        """The groups of inputs that are wanted: what the space says of each, and its zero-cost scores."""
        encoded = [self._space.encode(architecture) for architecture in architectures]
        own = [name for name in encoded[0] if STRUCTURE in self._wanted or name in self._wanted]
        groups = {name: np.array([each[name] for each in encoded]) for name in own}
        if SCORES in self._wanted and self._proxies:
            groups[SCORES] = self.scores(architectures)
        return groups


def _telling(known: list[str], accuracy: Callable[[str], float]) -> list[str]:
    """Those that the surrogate learns from: all, or in a long run the best, and of the others every few.

    Its cost grows with the cube of their number.
    """
    if len(known) <= MOST_OBSERVED:
        return known
    ranked = sorted(known, key=lambda hash_: (-accuracy(hash_), hash_))
    best, rest = ranked[: MOST_OBSERVED // 2], ranked[MOST_OBSERVED // 2 :]
    spread = np.linspace(0, len(rest) - 1, MOST_OBSERVED - len(best)).round().astype(int)
    return best + [rest[index] for index in spread]
