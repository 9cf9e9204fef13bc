"""The pool of a round: its candidates, what is known of them, and what the surrogate expects of them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np
from scipy.special import ndtr

from illuminas.agents.context import Context
from illuminas.agents.predictor import Prediction, Predictor
from illuminas.agents.readings import known_or_estimated
from illuminas.agents.shares import OperatorShares
from illuminas.memory.candidate import Candidate
from illuminas.memory.plan import Plan
from illuminas.tools.correlation import ranks_of
from illuminas.tools.surrogate import Posterior, expected_hypervolume_improvement, expected_improvement

TILT = 8.0
"""Power of an architecture's rank by an objective that a person weighs above the others, at the most."""
EDGE = 1.05
"""Where a niche's front ends, in values of its worst, so that the worst can still gain something."""


class Pool:
    """The candidates of a round while its batch is chosen.

    Args:
        context: of the run.
        plan: of the round.
        candidates: at least one, whose zero-cost scores and free values are among the context's findings.
        shares: of the operators.

    Attributes:
        architectures, niches: of the candidates.
        left: indices of the candidates that are not chosen yet.
        focus: the planner's niches, the next one first.
        known: objective's name -> gains of the candidates, ``(n,)``, where no evaluation is needed for them.
        rng: of the round's choice.
    """

    def __init__(self, context: Context, plan: Plan, candidates: list[Candidate], shares: OperatorShares) -> None:
        self.context = context
        self.round = plan.round
        self.shares = shares
        self.candidates = candidates
        self.architectures = [context.space.parse(candidate.text) for candidate in candidates]
        self.niches = [context.niche_of(each) for each in self.architectures]
        self.left = list(range(len(candidates)))
        self.focus = list(plan.focus)
        self.known = self._without_evaluation()
        self.rng = context.rng(plan.round, "selection")
        self._predictor = Predictor(
            context.space,
            context.state,
            inputs=context.config.predictor,
            proxies=context.proxies,
            found=context.findings.proxies,
        )
        self._believed: list[int] = []
        self._posteriors: dict[str, Posterior] = {}
        self._seen: dict[str, dict[str, float]] = {}
        self._likely = np.ones(len(candidates))
        self._prediction: Prediction | None = None

    def _without_evaluation(self) -> dict[str, np.ndarray]:
        found = {}
        for objective in self.context.state.objectives:
            values = None if objective.uncertain else known_or_estimated(self.context, objective, self.architectures)
            if values is not None:
                found[objective.name] = objective.gain(1.0) * values
        return found

    def take(self, index: int, acquisition: str) -> Candidate:
        """Remove a candidate from those that are left; returns it with what the surrogate expects of it."""
        self.left.remove(index)
        update: dict[str, object] = {"chosen_for": acquisition}
        if self._prediction is not None:
            low, high = self._prediction.ranges[index].round(3).tolist()
            update |= {"expected": round(float(self._prediction.values[index]), 3), "expected_range": (low, high)}
        return self.candidates[index].model_copy(update=update)

    def take_best(self, among: Sequence[int], gain: np.ndarray, acquisition: str) -> Candidate:
        """Take the candidate with the greatest gain, if it keeps the run's constraints.

        From then on it counts as if it came out as predicted, so that the next place differs.
        """
        promise, lead = self._likely * gain, self._posteriors[self.lead]
        # an improvement that underflows to nothing still leaves an order
        best = max(among, key=lambda index: (promise[index], lead.mean[index], -index))
        self._believed.append(best)
        return self.take(best, acquisition)

    @cached_property
    def scores(self) -> np.ndarray:
        """Sum of each candidate's zero-cost scores, ``(n,)``, higher is better."""
        total: np.ndarray = self._predictor.scores(self.architectures).sum(axis=1)
        return total

    def known_ranks(self) -> np.ndarray:
        """Ranks of the candidates by the first objective that is known, from 0, the worst last, ``(n,)``."""
        costs = -next(iter(self.known.values()))
        return np.argsort(np.argsort(costs, kind="stable"))

    def distance_from_chosen(self, indices: Sequence[int]) -> np.ndarray:
        """Distance of each to the nearest that was evaluated or is in this batch, ``(len(indices),)``."""
        evaluated = [self.context.architecture(hash_) for hash_ in self.context.state.evaluations]
        chosen = [*evaluated, *(each for index, each in enumerate(self.architectures) if index not in self.left)]
        if not chosen:
            return np.zeros(len(indices))
        own, others = (
            np.array([np.concatenate(list(self.context.space.encode(each).values())) for each in group])
            for group in ([self.architectures[index] for index in indices], chosen)
        )
        nearest: np.ndarray = np.abs(own[:, None] - others[None]).sum(axis=2).min(axis=1)
        return nearest

    def predict(self) -> None:
        """Fill in what is expected of the candidates and known of what was evaluated, on a scale of gains.

        There is no prediction of the primary objective where it needs none, and where chance decides.
        """
        state = self.context.state
        for objective in state.objectives:
            seen = {
                each.hash: objective.gain(value)
                for each in state.successes
                if (value := state.value(each.hash, objective.name)) is not None
            }
            if objective.name in self.known:
                gains = self.known[objective.name]
                self._posteriors[objective.name] = Posterior(gains, np.zeros(len(gains)))
            elif not objective.uncertain or not seen:
                continue
            elif self.context.config.predictor:
                prediction = self._predictor.predict(self.architectures, objective)
                if objective is state.primary:
                    self._prediction = prediction
                warped = prediction.warp(np.array(list(seen.values())))
                seen = dict(zip(seen, warped.tolist(), strict=True))
                mean, std = prediction.posterior
                self._posteriors[objective.name] = Posterior(mean, std * state.steering.boldness)
                self._likely = self._likely * self._within_bounds(prediction)
            else:  # drawn at random from what is known, in the predictor's place, for an ablation
                mean = self.rng.choice(list(seen.values()), size=len(self.candidates))
                self._posteriors[objective.name] = Posterior(mean, np.full(len(mean), 1e-6))
            self._seen[objective.name] = seen

    def _within_bounds(self, prediction: Prediction) -> np.ndarray:
        """Probability of each candidate to keep the run's constraints on an objective that is predicted, ``(n,)``."""
        objective, likely = prediction.objective, np.ones(len(self.candidates))
        mean, std = prediction.posterior
        for constraint in self.context.state.constraints:
            if constraint.objective != objective.name:
                continue
            for bound, sign in ((constraint.least, 1.0), (constraint.most, -1.0)):
                if bound is not None:
                    edge = prediction.warp(np.array([objective.gain(bound)]))[0]
                    likely = likely * ndtr(objective.gain(sign) * (mean - edge) / np.maximum(std, 1e-9))
        return likely

    @property
    def lead(self) -> str:
        """Name of the primary objective, or of the first that anything is expected of."""
        state = self.context.state
        return next((each.name for each in state.objectives if each.name in self._posteriors), state.primary.name)

    def gain(self) -> np.ndarray:
        """Expected growth of the front's hypervolume, or of the best where one objective is all that counts, ``(n,)``.

        A person's weights tilt it towards the objectives that they favour.
        """
        state, names = self.context.state, list(self._posteriors)
        weights = state.steering.weights
        total = sum(weights.values())
        shares = {name: weights.get(name, 0.0) / total for name in names} if total else {}
        alone = [name for name in names if shares.get(name) == 1.0 and self._posteriors[name].std.any()]
        if len(names) == 1 or alone:
            return self._improvement(alone[0] if alone else names[0])
        kept = [each.hash for each in state.successes if state.keeps_bounds(each.hash)]
        front = self._points(kept, self._believed)
        gain = expected_hypervolume_improvement(list(self._posteriors.values()), front, self._worst())
        for name, share in shares.items():
            excess = (share - 1.0 / len(names)) / (1.0 - 1.0 / len(names))
            if excess > 0:
                mean = self._posteriors[name].mean
                gain = gain * (ranks_of(mean) / len(mean)) ** (TILT * excess)
        return gain

    def elite_gain(self) -> np.ndarray:
        """Expected rise of each candidate over its niche's elite, ``(n,)``; an empty niche starts from the worst."""
        state, seen = self.context.state, self._seen[self.lead]
        floor = min(seen.values())
        elites = {niche: seen.get(hash_, floor) for niche, hash_ in state.elites.items()}
        incumbents = [floor if niche is None else elites.get(niche, floor) for niche in self.niches]
        return expected_improvement(self._posteriors[self.lead], np.array(incumbents))

    def front_gain(self) -> np.ndarray:
        """Expected growth of the hypervolume of its niche's front by each candidate, ``(n,)``."""
        if len(self._posteriors) < 2:
            return self.elite_gain()
        gain = np.zeros(len(self.candidates))
        for niche in set(self.niches) - {None}:
            inside = np.array([index for index, each in enumerate(self.niches) if each == niche])
            believed = [index for index in self._believed if self.niches[index] == niche]
            front = self._points(self.context.state.kept.get(niche or 0, ()), believed)
            worst = self._worst()
            for axis, name in enumerate(self._posteriors):
                if name in self.known:
                    edge = min([*self.known[name][inside], *front[:, axis]])
                    worst[axis] = EDGE * edge if edge < 0 else edge / EDGE
            posteriors = [Posterior(each.mean[inside], each.std[inside]) for each in self._posteriors.values()]
            gain[inside] = expected_hypervolume_improvement(posteriors, front, worst)
        return gain

    def _improvement(self, name: str) -> np.ndarray:
        """Expected rise of the best by one objective."""
        posterior = self._posteriors[name]
        believed = (float(posterior.mean[index]) for index in self._believed)
        return expected_improvement(posterior, max([*self._seen[name].values(), *believed]))

    def _points(self, hashes: Sequence[str], believed: Sequence[int]) -> np.ndarray:
        """Gains of evaluated architectures that have all objectives, and of this batch as predicted, ``(m, d)``."""
        names = list(self._posteriors)
        complete = [hash_ for hash_ in hashes if all(hash_ in self._seen[name] for name in names)]
        rows = [[self._seen[name][hash_] for name in names] for hash_ in complete]
        rows += [[float(self._posteriors[name].mean[index]) for name in names] for index in believed]
        return np.array(rows).reshape(-1, len(names))

    def _worst(self) -> np.ndarray:
        """Where the hypervolume begins: the worst evaluated, or of what is known without, the run's reference."""
        state, worst = self.context.state, []
        for objective in state.objectives:
            name = objective.name
            if name in self.known:
                given = [objective.gain(state.reference[name])] if name in state.reference else []
                worst.append(min([*given, *self.known[name]]))
            elif name in self._posteriors:
                worst.append(min(self._seen[name].values()))
        return np.array(worst)
