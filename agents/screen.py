"""The screen: validates, scores and ranks the pool, and lets only the best go on to an evaluation."""

from __future__ import annotations

import numpy as np
from scipy.stats import rankdata

from illuminas.agents.context import Context
from illuminas.agents.plan import Plan
from illuminas.memory.heuristics import HeuristicStatus
from illuminas.memory.kinds import Kind
from illuminas.tools.spaces import Architecture
from illuminas.tools.surrogate import Prediction, Surrogate, expected_improvement

FRONT_WEIGHT = 1.0
"""Weight of what a candidate could add to the Pareto front, against what it could add to its niche."""
OPTIMISM = 1.0
"""Standard deviations above the mean at which the front's gain is judged."""


class Screen:
    """Ranks by the surrogate, or by zero-cost scores before it knows enough."""

    def __init__(self, context: Context) -> None:
        self._context = context

    async def select(self, plan: Plan) -> None:
        """Log the pool's scores and the round's batch, unless they are in the log already."""
        context, key = self._context, f"screened:{plan.round}"
        if context.log.get(key) is not None:
            return
        proposals = context.log.get(f"proposals:{plan.round}")
        assert proposals is not None, "the coder runs before the screen"
        pool = [context.space.parse(candidate["text"]) for candidate in proposals.data["candidates"]]
        refused = await self._validate(pool)
        pool = [architecture for architecture in pool if architecture.hash not in refused]
        proxies = await self._score(pool)
        latencies = await self._latencies(pool)
        context.view.proxies.update(proxies)
        context.view.latencies.update(latencies)
        chosen, expected = self._choose(pool, plan)
        data = {
            "chosen": [architecture.hash for architecture in chosen],
            "expected": expected,
            "proxies": proxies,
            "latencies": latencies,
            "refused": refused,
        }
        context.append(Kind.SCREENED, data, round=plan.round, key=key)

    async def _validate(self, pool: list[Architecture]) -> dict[str, str]:
        """Hash -> reason of those that the tools refuse."""
        answers = await self._context.tools.validate(
            self._context.config.space,
            self._context.config.dataset,
            [architecture.text for architecture in pool],
        )
        return {
            architecture.hash: answer.reason
            for architecture, answer in zip(pool, answers, strict=True)
            if not answer.valid
        }

    async def _score(self, pool: list[Architecture]) -> dict[str, dict[str, float]]:
        """Zero-cost scores of those that have none yet."""
        context = self._context
        new = [architecture for architecture in pool if architecture.hash not in context.view.proxies]
        names = list(context.config.proxies) or context.task.proxies
        answers = await context.tools.score_zero_cost(
            context.config.space, context.config.dataset, [architecture.text for architecture in new], names
        )
        return {answer.hash: answer.scores for answer in answers}

    async def _latencies(self, pool: list[Architecture]) -> dict[str, float]:
        """Latencies by table, which cost nothing; measured ones wait for the evaluation."""
        context = self._context
        if not context.device_is_table:
            return {}
        new = [architecture for architecture in pool if architecture.hash not in context.view.latencies]
        answers = await context.tools.lookup_latency(
            context.config.space, context.config.dataset, context.config.device, [each.text for each in new]
        )
        return {answer.hash: answer.latency_ms for answer in answers if answer.latency_ms is not None}

    def _choose(self, pool: list[Architecture], plan: Plan) -> tuple[list[Architecture], dict[str, float]]:
        """The batch, and the accuracy the surrogate expects of each in it."""
        if not pool:
            return [], {}
        batch = min(plan.batch, len(pool))
        known = self._context.view.successes
        if len(known) < max(Surrogate.MINIMUM, self._context.config.batch):
            return self._by_proxies(pool, batch, plan), {}
        model = Surrogate(seed=self._context.config.seed)
        seen = [self._context.architecture(evaluation.hash) for evaluation in known]
        values = np.array([self._context.view.accuracy(evaluation.hash) for evaluation in known])
        inputs = self._inputs([*seen, *pool])
        prediction = model.fit(inputs[: len(seen)], values).predict(inputs[len(seen) :])
        merit = self._niche_gain(pool, prediction, float(values.min()))
        merit += FRONT_WEIGHT * self._front_gain(pool, seen, prediction)
        order = self._in_turn(pool, merit, plan)
        order = list(dict.fromkeys([*order[: batch - 1], *self._experiment(pool, order), *order]))[:batch]
        expected = {pool[index].hash: round(float(prediction.mean[index]), 3) for index in order}
        return [pool[index] for index in order], expected

    def _by_proxies(self, pool: list[Architecture], batch: int, plan: Plan) -> list[Architecture]:
        """Best mean rank over the zero-cost scores; every other one by chance, since scores can mislead."""
        merit = np.zeros(len(pool))
        for name in self._proxy_names():
            merit += rankdata([self._context.view.proxies[each.hash].get(name, -np.inf) for each in pool])
        chance = self._context.rng(plan.round, "screen").random(len(pool)) * (merit.max() + 1)
        order = self._in_turn(pool, merit, plan)
        drawn = self._in_turn(pool, chance, plan)
        mixed = dict.fromkeys(index for pair in zip(order, drawn, strict=True) for index in pair)
        return [pool[index] for index in list(mixed)[:batch]]

    def _experiment(self, pool: list[Architecture], order: list[int]) -> list[int]:
        """The best candidate on the side of an open heuristic that has the least evidence.

        A search that follows its rules would never see what happens without them; one place a batch goes to that.
        """
        everything = self._context.knowledge.all()
        waiting = [h for h in everything if h.status is HeuristicStatus.PROPOSED and h.metric == "val_accuracy"]
        by_need = sorted(waiting, key=lambda h: (min(h.evidence.n_with, h.evidence.n_without), h.id))
        for heuristic in by_need:
            wanted = heuristic.evidence.n_with <= heuristic.evidence.n_without
            for index in order:
                if heuristic.predicate.holds(self._context.space.features(pool[index])) == wanted:
                    return [index]
        return []

    def _in_turn(self, pool: list[Architecture], merit: np.ndarray, plan: Plan) -> list[int]:
        """By merit; in the first half of the batch the niches of the focus take turns, so that each gets its try."""
        order = [int(index) for index in np.lexsort((np.arange(len(pool)), -merit))]
        niches = [self._niche(architecture) for architecture in pool]
        first: list[int] = []
        for turn in range(plan.batch // 2):
            wanted = plan.focus[turn % len(plan.focus)]
            at_home = [index for index in order if niches[index] == wanted and index not in first]
            first += at_home[:1]
        return first + [index for index in order if index not in first]

    def _niche(self, architecture: Architecture) -> int | None:
        return self._context.partition.niche_of(self._context.descriptors(architecture))

    def _niche_gain(self, pool: list[Architecture], prediction: Prediction, floor: float) -> np.ndarray:
        """Expected rise of the niche's elite, per cent; an empty niche starts from the worst seen."""
        view = self._context.view
        incumbents = []
        for architecture in pool:
            niche = self._niche(architecture)
            elite = view.elites.get(niche) if niche is not None else None
            incumbents.append(view.accuracy(elite) if elite else floor)
        return expected_improvement(prediction, np.array(incumbents))

    def _front_gain(self, pool: list[Architecture], seen: list[Architecture], prediction: Prediction) -> np.ndarray:
        """Per cent by which an optimistic accuracy lies above the front at the candidate's latency."""
        front = self._context.view.front
        if not front:
            return np.zeros(len(pool))
        latency = self._latency_model(pool, seen)
        optimistic = prediction.mean + OPTIMISM * prediction.std
        level = np.array(
            [max((p.accuracy for p in front if p.latency <= own), default=front[0].accuracy) for own in latency]
        )
        gain: np.ndarray = np.maximum(0.0, np.minimum(optimistic, 100.0) - level)
        return gain

    def _latency_model(self, pool: list[Architecture], seen: list[Architecture]) -> np.ndarray:
        """Latencies of the pool: those looked up, else by least squares on the evaluated ones' structure."""
        view = self._context.view
        measured = [each for each in seen if each.hash in view.latencies]
        rows = np.array([self._structure(each) for each in measured])
        values = np.array([view.latencies[each.hash] for each in measured])
        weights, *_ = np.linalg.lstsq(rows, values, rcond=None)
        return np.array([view.latencies.get(each.hash, float(np.dot(self._structure(each), weights))) for each in pool])

    def _structure(self, architecture: Architecture) -> np.ndarray:
        known = self._context.descriptors(architecture)
        return np.array([1.0, float(known["macs"]) / 1e6, float(known["live_edges"]), float(known["depth"])])

    def _proxy_names(self) -> list[str]:
        return list(self._context.config.proxies) or self._context.task.proxies

    def _inputs(self, architectures: list[Architecture]) -> np.ndarray:
        """Encoding beside zero-cost scores, ``(n, d)``; a missing score takes the median."""
        encoded = np.array([self._context.space.encode(architecture) for architecture in architectures])
        columns = []
        for name in self._proxy_names():
            column = np.array([self._context.view.proxies.get(a.hash, {}).get(name, np.nan) for a in architectures])
            median = np.nanmedian(column) if np.isfinite(column).any() else 0.0
            ranks = rankdata(np.where(np.isfinite(column), column, median)) / len(column)
            columns.append(2.0 * ranks)
        return np.column_stack([encoded, *columns])
