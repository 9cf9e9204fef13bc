"""The predictor: what a run's evaluations and zero-cost scores say of architectures that it did not evaluate."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from illuminas.memory.state import RunState
from illuminas.tools.objectives import Objective
from illuminas.tools.proxies import PROXIES
from illuminas.tools.spaces import Architecture, SearchSpace
from illuminas.tools.surrogate import SCORES, Posterior, Surrogate, Warp, normal_quantiles

STRUCTURE = "structure"
"""Stands for all that a space's encoding tells."""
CONFIDENCE = 0.9
"""Share of the values that a range of what is expected should hold."""
SPREADS = 1.645
"""Standard deviations of a normal distribution to either side that hold :data:`CONFIDENCE` of it."""
MOST_OBSERVED = 200
"""Evaluations that the surrogate learns from at most."""


class Prediction(NamedTuple):
    """What is expected of ``n`` architectures in one objective.

    Attributes:
        objective: which.
        posterior: mean and standard deviation, on the warped scale, where higher is better.
        warp: that scale, of gains.
        labels: evaluations that the surrogate learned from.
    """

    objective: Objective
    posterior: Posterior
    warp: Warp
    labels: int

    @property
    def values(self) -> np.ndarray:
        """Expected values, in the objective's unit, ``(n,)``."""
        return self._unwarped(self.posterior.mean)

    @property
    def ranges(self) -> np.ndarray:
        """Bounds between which :data:`CONFIDENCE` of the values are expected, in the objective's unit, ``(n, 2)``."""
        mean, std = self.posterior
        return np.sort(np.column_stack([self._unwarped(mean + sign * SPREADS * std) for sign in (-1, 1)]), axis=1)

    def _unwarped(self, warped: np.ndarray) -> np.ndarray:
        sign = self.objective.gain(1.0)
        values: np.ndarray = sign * self.warp.inverse(warped)
        return self.objective.bounded(values)


class Predictor:
    """The surrogate as a run sees it: fed with the inputs that its settings name, taught by its own evaluations.

    Args:
        space: of the run.
        state: of the run, as it stands at each prediction.
        inputs: names of the groups of inputs: of the space's own, or :data:`STRUCTURE` for all of them, and that of the
            zero-cost scores.
        proxies: names of the zero-cost scores.
        found: hash -> scores that the state does not hold yet.
    """

    def __init__(
        self,
        space: SearchSpace,
        state: RunState,
        *,
        inputs: Sequence[str],
        proxies: Sequence[str],
        found: Mapping[str, Mapping[str, float]] | None = None,
    ) -> None:
        self._space = space
        self._state = state
        self._wanted = frozenset(inputs)
        self._proxies = tuple(proxies)
        self._found = found or {}

    def predict(self, architectures: Sequence[Architecture], objective: Objective | None = None) -> Prediction:
        """What evaluations of one architecture or more would show.

        Args:
            objective: one that only evaluations tell; None is the run's primary.

        The run has made :attr:`~illuminas.tools.surrogate.Surrogate.MINIMUM` evaluations at least.
        """
        state, wanted = self._state, objective or self._state.primary
        gains = {
            each.hash: wanted.gain(value)
            for each in state.successes
            if (value := state.value(each.hash, wanted.name)) is not None
        }
        known = _telling(gains)
        seen = [self._space.parse(state.candidates[hash_].text) for hash_ in known]
        values = np.array([gains[hash_] for hash_ in known])
        model = Surrogate(self._inputs([*seen, *architectures])).fit(range(len(seen)), values)
        posterior = model.predict(range(len(seen), len(seen) + len(architectures)))
        return Prediction(wanted, posterior, model.warp, len(known))

    def scores(self, architectures: Sequence[Architecture]) -> np.ndarray:
        """Zero-cost scores as normal quantiles, ``(n, proxies)``, higher is better; a missing one is in the middle."""
        columns = []
        for name in self._proxies:
            known = [self._scores(each.hash).get(name, np.nan) for each in architectures]
            columns.append(normal_quantiles(PROXIES[name].sign * np.array(known)))
        return np.column_stack(columns) if columns else np.empty((len(architectures), 0))

    def _scores(self, hash_: str) -> Mapping[str, float]:
        return self._state.proxies.get(hash_) or self._found.get(hash_, {})

    def _inputs(self, architectures: Sequence[Architecture]) -> dict[str, np.ndarray]:
        """The groups of inputs that are wanted: what the space says of each, and its zero-cost scores."""
        encoded = [self._space.encode(architecture) for architecture in architectures]
        own = [name for name in encoded[0] if STRUCTURE in self._wanted or name in self._wanted]
        groups = {name: np.array([each[name] for each in encoded]) for name in own}
        if SCORES in self._wanted and self._proxies:
            groups[SCORES] = self.scores(architectures)
        return groups


def _telling(gains: Mapping[str, float]) -> list[str]:
    """Those that the surrogate learns from: all, or in a long run the best, and of the others every few.

    Its cost grows with the cube of their number.
    """
    known = list(gains)
    if len(known) <= MOST_OBSERVED:
        return known
    ranked = sorted(known, key=lambda hash_: (-gains[hash_], hash_))
    best, rest = ranked[: MOST_OBSERVED // 2], ranked[MOST_OBSERVED // 2 :]
    spread = np.linspace(0, len(rest) - 1, MOST_OBSERVED - len(best)).round().astype(int)
    return best + [rest[index] for index in spread]
