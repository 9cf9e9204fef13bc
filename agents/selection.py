"""The selection: which candidates of a pool to evaluate, by the schedule of acquisitions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import cached_property

import numpy as np
from scipy.special import ndtr

from illuminas.agents.acquisition import Acquisition
from illuminas.agents.context import Context
from illuminas.agents.predictor import Prediction, Predictor
from illuminas.agents.readings import known_or_estimated
from illuminas.agents.shares.base import OperatorShares
from illuminas.memory.candidate import Candidate, Operator
from illuminas.memory.heuristics import HeuristicStatus
from illuminas.memory.plan import Plan
from illuminas.memory.steering import Steering
from illuminas.tools.correlation import ranks_of
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
"""Power of an architecture's rank by an objective that a person weighs above the others, at the most."""
EDGE = 1.05
"""Where a niche's front ends, in values of its worst, so that the worst can still gain something."""


class Selection:
    """One round's choice.

    Args:
        context: of the run.
        plan: of the round; its focus and batch count here.
        pool: candidates, at least one, whose zero-cost scores and free values are among the context's findings.
        shares: of the operators.
    """

    def __init__(self, context: Context, plan: Plan, pool: list[Candidate], shares: OperatorShares) -> None:
        self._context = context
        self._plan = plan
        self._shares = shares
        self._pool = pool
        self._architectures = [context.space.parse(candidate.text) for candidate in pool]
        self._niches = [context.niche_of(each) for each in self._architectures]
        self._known = self._without_evaluation()
        self._predictor = Predictor(
            context.space,
            context.state,
            inputs=context.config.predictor,
            proxies=context.proxies,
            found=context.findings.proxies,
        )
        self._rng = context.rng(plan.round, "selection")
        self._left = list(range(len(pool)))
        self._focus = list(plan.focus)
        self._believed: list[int] = []
        self._posteriors: dict[str, Posterior] = {}
        self._seen: dict[str, dict[str, float]] = {}
        self._likely = np.ones(len(pool))

    def _without_evaluation(self) -> dict[str, np.ndarray]:
        """Objective's name -> gains of the pool, ``(n,)``, of those that no evaluation is needed for."""
        found = {}
        for objective in self._context.state.objectives:
            values = None if objective.uncertain else known_or_estimated(self._context, objective, self._architectures)
            if values is not None:
                found[objective.name] = objective.gain(1.0) * values
        return found

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
            update |= {"expected": round(float(prediction.values[index]), 3), "expected_range": (low, high)}
        return self._pool[index].model_copy(update=update)

    def _by_scores(self, turn: int) -> Candidate:
        """One of the warm start: by scores within a band of what is known, as latencies, best first, or by chance."""
        schedule = self._context.config.warm_schedule
        acquisition = schedule[turn % len(schedule)]
        if acquisition is not Acquisition.SCORES:
            among = self._least_evaluated() if acquisition is Acquisition.SPREAD else self._left
            return self._take(int(self._rng.choice(among)), acquisition)
        scores = self._pool_scores
        if self._known:
            costs = -next(iter(self._known.values()))
            bands, own = (
                _scheduled_scores(schedule, max(2, self._context.config.warm_start)),
                _scheduled_scores(schedule, turn),
            )
            band = np.argsort(np.argsort(costs, kind="stable")) * bands // len(self._pool)
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
        prediction = self._look_ahead()
        lead = self._posteriors[self._lead]
        schedule = self._context.config.schedule
        chosen = []
        for place in range(min(count, len(self._left))):
            acquisition = schedule[(turn + place) % len(schedule)]
            among = self._among(acquisition)
            if not among:
                acquisition, among = Acquisition.OBJECTIVE, self._left
            gain = self._likely * (self._niche_gain() if acquisition is Acquisition.NICHE else self._gain())
            # an improvement that underflows to nothing still leaves an order
            best = max(among, key=lambda index: (gain[index], lead.mean[index], -index))
            self._believed.append(best)
            chosen.append(self._take(best, acquisition, prediction))
        return chosen

    def _look_ahead(self) -> Prediction | None:
        """Fill in what is expected of the pool and known of what was evaluated, each on a scale of gains.

        Returns:
            The prediction of the primary objective; None where it needs none, or chance decides.
        """
        state, told = self._context.state, None
        for objective in state.objectives:
            seen = {
                each.hash: objective.gain(value)
                for each in state.successes
                if (value := state.value(each.hash, objective.name)) is not None
            }
            if objective.name in self._known:
                gains = self._known[objective.name]
                self._posteriors[objective.name] = Posterior(gains, np.zeros(len(gains)))
            elif not objective.uncertain or not seen:
                continue
            elif self._context.config.predictor:
                prediction = self._predictor.predict(self._architectures, objective)
                told = prediction if objective is state.primary else told
                warped = prediction.warp(np.array(list(seen.values())))
                seen = dict(zip(seen, warped.tolist(), strict=True))
                mean, std = prediction.posterior
                self._posteriors[objective.name] = Posterior(mean, std * boldness(state.steering))
                self._likely = self._likely * self._within_bounds(prediction)
            else:  # drawn at random from what is known, in the predictor's place, for an ablation
                mean = self._rng.choice(list(seen.values()), size=len(self._pool))
                self._posteriors[objective.name] = Posterior(mean, np.full(len(mean), 1e-6))
            self._seen[objective.name] = seen
        return told

    def _within_bounds(self, prediction: Prediction) -> np.ndarray:
        """Probability of each candidate to keep the run's constraints on an objective that is predicted, ``(n,)``."""
        objective, likely = prediction.objective, np.ones(len(self._pool))
        mean, std = prediction.posterior
        for constraint in self._context.state.constraints:
            if constraint.objective != objective.name:
                continue
            for bound, sign in ((constraint.least, 1.0), (constraint.most, -1.0)):
                if bound is not None:
                    edge = prediction.warp(np.array([objective.gain(bound)]))[0]
                    likely = likely * ndtr(objective.gain(sign) * (mean - edge) / np.maximum(std, 1e-9))
        return likely

    @property
    def _lead(self) -> str:
        """Name of the primary objective, or of the first that anything is known of."""
        return next(each.name for each in self._context.state.objectives if each.name in self._posteriors)

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
        waiting = [h for h in everything if h.status is HeuristicStatus.PROPOSED and h.objective.name == self._lead]
        for heuristic in sorted(waiting, key=lambda h: (min(h.evidence.n_with, h.evidence.n_without), h.id)):
            wanted = heuristic.evidence.n_with <= heuristic.evidence.n_without
            features = self._context.space.features
            found = [i for i in self._left if heuristic.predicate.holds(features(self._architectures[i])) == wanted]
            if found:
                return found
        return []

    def _gain(self) -> np.ndarray:
        """Expected growth of the front's hypervolume, or of the best where one objective is all that counts.

        What this batch holds already counts as if it came out as predicted, so that the next place differs.
        """
        state, names = self._context.state, list(self._posteriors)
        weights = state.steering.weights
        total = sum(weights.values())
        shares = {name: weights.get(name, 0.0) / total for name in names} if total else {}
        alone = [name for name in names if shares.get(name) == 1.0 and self._posteriors[name].std.any()]
        if len(names) == 1 or alone:
            return self._improvement(alone[0] if alone else names[0])
        kept = [each.hash for each in state.successes if state.keeps_bounds(each.hash)]
        gain = expected_hypervolume_improvement(list(self._posteriors.values()), self._points(kept), self._worst())
        for name, share in shares.items():
            excess = (share - 1.0 / len(names)) / (1.0 - 1.0 / len(names))
            if excess > 0:
                mean = self._posteriors[name].mean
                gain = gain * (ranks_of(mean) / len(mean)) ** (TILT * excess)
        return gain

    def _improvement(self, name: str) -> np.ndarray:
        """Expected rise of the best by one objective."""
        posterior = self._posteriors[name]
        believed = (float(posterior.mean[index]) for index in self._believed)
        return expected_improvement(posterior, max([*self._seen[name].values(), *believed]))

    def _points(self, hashes: Sequence[str], believed: Sequence[int] | None = None) -> np.ndarray:
        """Gains of evaluated architectures that have all objectives, and of the batch as it is believed, ``(m, d)``."""
        names = list(self._posteriors)
        rows = [[self._seen[name][hash_] for name in names] for hash_ in hashes if self._complete(hash_)]
        for index in self._believed if believed is None else believed:
            rows.append([float(self._posteriors[name].mean[index]) for name in names])
        return np.array(rows).reshape(-1, len(names))

    def _complete(self, hash_: str) -> bool:
        return all(hash_ in self._seen[name] for name in self._posteriors)

    def _worst(self) -> np.ndarray:
        """Where the hypervolume begins: the worst evaluated, or of what is known without, the run's reference."""
        state, worst = self._context.state, []
        for objective in state.objectives:
            name = objective.name
            if name in self._known:
                given = [objective.gain(state.reference[name])] if name in state.reference else []
                worst.append(min([*given, *self._known[name]]))
            elif name in self._posteriors:
                worst.append(min(self._seen[name].values()))
        return np.array(worst)

    def _niche_gain(self) -> np.ndarray:
        """Expected rise of the niche's elite; an empty niche starts from the worst seen."""
        state = self._context.state
        seen = self._seen[self._lead]
        floor = min(seen.values())
        elites = {niche: seen.get(hash_, floor) for niche, hash_ in state.elites.items()}
        incumbents = [floor if niche is None else elites.get(niche, floor) for niche in self._niches]
        return expected_improvement(self._posteriors[self._lead], np.array(incumbents))


class FrontSelection(Selection):
    """The same where niches keep fronts: a niche gains what the hypervolume of its front is expected to grow by."""

    def _niche_gain(self) -> np.ndarray:
        if len(self._posteriors) < 2:
            return super()._niche_gain()
        state = self._context.state
        gain = np.zeros(len(self._pool))
        for niche in set(self._niches) - {None}:
            inside = np.array([index for index, each in enumerate(self._niches) if each == niche])
            believed = [index for index in self._believed if self._niches[index] == niche]
            front = self._points(state.kept.get(niche or 0, ()), believed)
            worst = self._worst()
            for axis, name in enumerate(self._posteriors):
                if name in self._known:
                    edge = min([*self._known[name][inside], *front[:, axis]])
                    worst[axis] = EDGE * edge if edge < 0 else edge / EDGE
            posteriors = [Posterior(each.mean[inside], each.std[inside]) for each in self._posteriors.values()]
            gain[inside] = expected_hypervolume_improvement(posteriors, front, worst)
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
