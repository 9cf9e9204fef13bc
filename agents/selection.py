"""The selection: which candidates of a pool to evaluate, by the schedule of acquisitions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import cached_property

import numpy as np
from scipy.stats import rankdata

from illuminas.agents.acquisition import Acquisition
from illuminas.agents.context import Context
from illuminas.agents.latencies import known_or_estimated
from illuminas.agents.predictor import Prediction, Predictor
from illuminas.agents.shares.base import OperatorShares
from illuminas.memory.candidate import Candidate, Operator
from illuminas.memory.heuristics import HeuristicStatus
from illuminas.memory.plan import Plan
from illuminas.memory.steering import Steering
from illuminas.tools.surrogate import (
    SCORES,
    Posterior,
    Surrogate,
    expected_hypervolume_improvement,
    expected_improvement,
)

LEADERS = 30
"""Best by zero-cost scores, among which a warm start takes what is most unlike the rest."""
TILT = 8.0
"""Power of an architecture's rank by the one objective that a person weighs above the other, at the most."""
EDGE = 1.05
"""Where a niche's front ends, in latencies of its slowest, so that the slowest can still gain something."""


class Selection:
    """One round's choice.

    Args:
        context: of the run.
        plan: of the round; its focus and batch count here.
        pool: candidates, at least one, whose zero-cost scores and free latencies are in the context's state.
        shares: of the operators.
    """

    def __init__(self, context: Context, plan: Plan, pool: list[Candidate], shares: OperatorShares) -> None:
        self._context = context
        self._plan = plan
        self._shares = shares
        self._pool = pool
        self._architectures = [context.space.parse(candidate.text) for candidate in pool]
        self._niches = [context.niche_of(each) for each in self._architectures]
        self._latencies = known_or_estimated(context, self._architectures)
        self._predictor = Predictor(
            context.space, context.state, inputs=context.config.predictor, proxies=context.proxies
        )
        self._rng = context.rng(plan.round, "selection")
        self._left = list(range(len(pool)))
        self._focus = list(plan.focus)
        self._believed: list[int] = []

    def choose(self) -> list[Candidate]:
        """The batch, each candidate with what it was chosen for and what the surrogate expects of it."""
        context = self._context
        asked = [index for index, each in enumerate(self._pool) if each.operator is Operator.USER][: self._plan.batch]
        chosen = [self._take(index, Acquisition.PERSON) for index in asked]
        begun = len(context.state.evaluations)
        for turn in range(len(chosen), min(warm_places(context, self._plan), len(self._pool))):
            chosen.append(self._by_scores(begun + turn))
        if len(chosen) < self._plan.batch and self._left:
            chosen += self._by_surrogate(begun + len(chosen), self._plan.batch - len(chosen))
        return chosen

    def _take(self, index: int, acquisition: Acquisition, prediction: Prediction | None = None) -> Candidate:
        self._left.remove(index)
        update: dict[str, object] = {"chosen_for": acquisition.value}
        if prediction is not None:
            low, high = prediction.ranges[index].round(3).tolist()
            update |= {"expected": round(float(prediction.accuracies[index]), 3), "expected_range": (low, high)}
        return self._pool[index].model_copy(update=update)

    def _by_scores(self, turn: int) -> Candidate:
        """One of the warm start: by scores within a band of latencies, fast ones first, or by chance."""
        schedule = self._context.config.warm_schedule
        acquisition = schedule[turn % len(schedule)]
        if acquisition is not Acquisition.SCORES:
            among = self._least_evaluated() if acquisition is Acquisition.SPREAD else self._left
            return self._take(int(self._rng.choice(among)), acquisition)
        scores = self._pool_scores
        if self._latencies is not None:
            bands, own = (
                _scheduled_scores(schedule, max(2, self._context.config.warm_start)),
                _scheduled_scores(schedule, turn),
            )
            band = (rankdata(self._latencies, method="ordinal") - 1) * bands // len(self._pool)
            among = [index for index in self._left if band[index] == own % bands] or self._left
            return self._take(max(among, key=lambda index: scores[index]), acquisition)
        leaders = sorted(self._left, key=lambda index: -scores[index])[:LEADERS]
        apart = self._distance_from_chosen(leaders)
        return self._take(leaders[int(np.argmax(apart))], acquisition)

    def _least_evaluated(self) -> list[int]:
        """Those in the niche that has the fewest evaluations, this batch included, of the niches there are."""
        chosen = [niche for index, niche in enumerate(self._niches) if index not in self._left]
        tries = Counter([*self._context.state.niches.values(), *chosen])
        least = min((self._niches[index] for index in self._left), key=lambda niche: (tries[niche], niche or 0))
        return [index for index in self._left if self._niches[index] == least]

    @cached_property
    def _pool_scores(self) -> np.ndarray:
        """Sum of each candidate's zero-cost scores, ``(n,)``."""
        total: np.ndarray = self._predictor.scores(self._architectures).sum(axis=1)
        return total

    def _distance_from_chosen(self, leaders: list[int]) -> np.ndarray:
        """How far each is from all that is evaluated or in this batch; those that score alike are often alike."""
        evaluated = [self._context.architecture(hash_) for hash_ in self._context.state.evaluations]
        chosen = [*evaluated, *(each for index, each in enumerate(self._architectures) if index not in self._left)]
        if not chosen:
            return np.zeros(len(leaders))
        own, others = (
            np.array([np.concatenate(list(self._context.space.encode(each).values())) for each in group])
            for group in ([self._architectures[index] for index in leaders], chosen)
        )
        nearest: np.ndarray = np.abs(own[:, None] - others[None]).sum(axis=2).min(axis=1)
        return nearest

    def _by_surrogate(self, turn: int, count: int) -> list[Candidate]:
        if self._context.config.predictor:
            posterior, prediction = self._predict()
        else:
            posterior, prediction = self._guess(), None
        schedule = self._context.config.schedule
        chosen = []
        for place in range(min(count, len(self._left))):
            acquisition = schedule[(turn + place) % len(schedule)]
            among = self._among(acquisition)
            if not among:
                acquisition, among = Acquisition.OBJECTIVE, self._left
            gain = self._niche_gain(posterior) if acquisition is Acquisition.NICHE else self._gain(posterior)
            # an improvement that underflows to nothing still leaves an order
            best = max(among, key=lambda index: (gain[index], posterior.mean[index], -index))
            self._believed.append(best)
            chosen.append(self._take(best, acquisition, prediction))
        return chosen

    def _predict(self) -> tuple[Posterior, Prediction]:
        """The posterior to choose by, scaled by the exploration people asked for, and the prediction itself."""
        prediction, state = self._predictor.predict(self._architectures), self._context.state
        known = [evaluation.hash for evaluation in state.successes]
        warped = prediction.warp(np.array([state.accuracy(hash_) for hash_ in known]))
        self._warped = dict(zip(known, warped.tolist(), strict=True))
        mean, std = prediction.posterior
        return Posterior(mean, std * boldness(state.steering)), prediction

    def _guess(self) -> Posterior:
        """A posterior drawn at random from the known accuracies, which takes the predictor's place in an ablation."""
        state = self._context.state
        self._warped = {evaluation.hash: state.accuracy(evaluation.hash) for evaluation in state.successes}
        mean = self._rng.choice(list(self._warped.values()), size=len(self._pool))
        return Posterior(mean, np.full(len(mean), 1e-6))

    def _among(self, acquisition: Acquisition) -> list[int]:
        """Who a place is open to; nobody where its acquisition has no candidate."""
        if acquisition is Acquisition.NICHE and self._focus:
            self._focus.append(wanted := self._focus.pop(0))
            return [index for index in self._left if self._niches[index] == wanted]
        if acquisition is Acquisition.OPERATOR:
            operator = self._shares.draw(self._plan.round, self._rng)
            return [index for index in self._left if self._pool[index].operator == operator]
        if acquisition is Acquisition.EXPERIMENT:
            return self._experiment()
        return self._left

    def _experiment(self) -> list[int]:
        """Those on the side of an open heuristic that has the least evidence.

        A search that follows its rules would never see what happens without them; one place in six goes to that.
        """
        everything = self._context.knowledge.all()
        waiting = [h for h in everything if h.status is HeuristicStatus.PROPOSED and h.metric == "val_accuracy"]
        for heuristic in sorted(waiting, key=lambda h: (min(h.evidence.n_with, h.evidence.n_without), h.id)):
            wanted = heuristic.evidence.n_with <= heuristic.evidence.n_without
            features = self._context.space.features
            found = [i for i in self._left if heuristic.predicate.holds(features(self._architectures[i])) == wanted]
            if found:
                return found
        return []

    def _gain(self, posterior: Posterior) -> np.ndarray:
        """Expected growth of the front's hypervolume, or of the best accuracy without a device.

        What this batch holds already counts as if it came out as predicted, so that the next place differs.
        """
        state, latencies = self._context.state, self._latencies
        believed = [(index, float(posterior.mean[index])) for index in self._believed]
        tilt = state.steering.tilt
        if latencies is None or self._context.reference is None or tilt == 1.0:
            return expected_improvement(posterior, max([*self._warped.values(), *(value for _, value in believed)]))
        front = [(state.latencies[hash_], value) for hash_, value in self._warped.items() if hash_ in state.latencies]
        front += [(float(latencies[index]), value) for index, value in believed]
        gain = expected_hypervolume_improvement(
            posterior,
            latencies,
            front,
            floor=min(self._warped.values()),
            reference=max(self._context.reference.latency, *latencies),
        )
        if tilt:
            rank = rankdata(posterior.mean if tilt > 0 else -latencies) / len(latencies)
            gain = gain * rank ** (TILT * abs(tilt))
        return gain

    def _niche_gain(self, posterior: Posterior) -> np.ndarray:
        """Expected rise of the niche's elite; an empty niche starts from the worst seen."""
        elites, floor = self._context.state.elites, min(self._warped.values())
        incumbents = [
            self._warped[elites[niche]] if niche is not None and niche in elites else floor for niche in self._niches
        ]
        return expected_improvement(posterior, np.array(incumbents))


class FrontSelection(Selection):
    """The same where niches keep fronts: a niche gains what the hypervolume of its front is expected to grow by."""

    def _niche_gain(self, posterior: Posterior) -> np.ndarray:
        state, latencies = self._context.state, self._latencies
        if latencies is None:
            return super()._niche_gain(posterior)
        floor = min(self._warped.values())
        gain = np.zeros(len(self._pool))
        for niche in set(self._niches) - {None}:
            inside = np.array([index for index, each in enumerate(self._niches) if each == niche])
            kept = [hash_ for hash_ in state.kept.get(niche or 0, ()) if hash_ in state.latencies]
            front = [(state.latencies[hash_], self._warped[hash_]) for hash_ in kept]
            believed = [index for index in self._believed if self._niches[index] == niche]
            front += [(float(latencies[index]), float(posterior.mean[index])) for index in believed]
            gain[inside] = expected_hypervolume_improvement(
                Posterior(posterior.mean[inside], posterior.std[inside]),
                latencies[inside],
                front,
                floor=floor,
                reference=EDGE * max([*latencies[inside], *(latency for latency, _ in front)]),
            )
        return gain


def boldness(steering: Steering) -> float:
    """Factor on what is not known, from a quarter to four; 1 where nobody asked for more or less exploration."""
    return float(4.0 ** (2.0 * steering.exploration - 1.0))


def warm_places(context: Context, plan: Plan) -> int:
    """How many places of the round's batch come before the surrogate's."""
    begun, known = len(context.state.evaluations), len(context.state.successes)
    if known < Surrogate.MINIMUM:
        return plan.batch
    return min(plan.batch, max(0, context.config.warm_start - begun))


def needs_scores(context: Context, plan: Plan) -> bool:
    """Whether the round's choice looks at zero-cost scores of the whole pool."""
    warm, config = warm_places(context, plan), context.config
    return (warm > 0 and Acquisition.SCORES in config.warm_schedule) or (
        warm < plan.batch and SCORES in config.predictor
    )


def _scheduled_scores(schedule: Sequence[Acquisition], count: int) -> int:
    """How many of a run's first ``count`` evaluations scores choose."""
    return sum(schedule[turn % len(schedule)] is Acquisition.SCORES for turn in range(count))
