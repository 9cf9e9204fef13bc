"""The evaluator: asks the tools to measure the batch, and logs each value the moment it is known."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from statistics import median

from illuminas.agents.context import Context, Tick
from illuminas.agents.readings import read
from illuminas.agents.weights import InitialWeights
from illuminas.memory.kinds import EvaluationMade, EvaluationSkipped, LatencyMeasured, PoolScreened
from illuminas.tools.errors import IlluminasError

REMEASURED = 4
"""Elites whose latency a busy machine left unsteady that are measured again in a round."""


class Evaluator:
    """Measures the chosen candidates, as many at once as there are workers."""

    def __init__(self, context: Context, weights: InitialWeights) -> None:
        self._context = context
        self._weights = weights

    async def evaluate(self, round: int) -> None:
        """What this machine measures first, alone on it, then the evaluations in parallel.

        Elites that a busy machine left without a value, and some of those with an unsteady one, are tried again.
        """
        context = self._context
        screened = context.log.get(f"screened:{round}", PoolScreened)
        assert screened is not None, "the screen runs before the evaluator"
        chosen = [candidate.hash for candidate in screened.data.chosen]
        if context.measured_here is not None:
            known = context.state.values[context.measured_here.name]
            unmeasured = [hash_ for hash_ in context.state.elites.values() if hash_ not in known]
            for hash_ in [*chosen, *unmeasured, *self._unsteady()[:REMEASURED]]:
                await context.go_on()
                if not context.budget.may_evaluate():
                    break
                await self._measure_latency(hash_, f"latency:{hash_}:{round}", round)
        waiting = [hash_ for hash_ in chosen if not context.log.has(self._key(hash_))]
        waiting = waiting[: context.budget.evaluations_left]
        await self._all(waiting, lambda hash_: self._train(round, hash_))
        await context.go_on()

    def _key(self, hash_: str) -> str:
        return f"evaluation:{hash_}:{self._context.task.fidelity}:{self._context.config.seed}"

    async def remeasure(self, round: int) -> None:
        """At the end of a search, measure again what of its result is unsteady, as far as time allows."""
        context = self._context
        for hash_ in self._unsteady():
            if context.stopping or not context.budget.may_evaluate():
                return
            await self._measure_latency(hash_, f"latency:{hash_}:{round}:end", round)

    def _unsteady(self) -> list[str]:
        """Elites and networks of the front whose latency is unsteady or estimated."""
        state = self._context.state
        shown = {*state.elites.values(), *state.front}
        return [hash_ for hash_ in state.unsteady if hash_ in shown]

    async def _measure_latency(self, hash_: str, key: str, round: int) -> None:
        context = self._context
        if context.log.has(key):
            return
        assert context.measured_here is not None, "nothing else is measured here"
        (reading,) = await read(context, context.measured_here, [context.state.candidates[hash_].text])
        context.append(LatencyMeasured(reading=reading), round=round, key=key)

    async def _train(self, round: int, hash_: str) -> None:
        context = self._context
        breach = context.compliance.breach(context.architecture(hash_))
        if breach:  # by a latency measured since, or a directive that came since
            context.append(EvaluationSkipped(hash=hash_, reason=breach), round=round, key=f"skipped:{hash_}:{round}")
            return
        config, candidate = context.config, context.state.candidates[hash_]

        def tick(done: int, total: int) -> None:
            context.publish(Tick(hash_, done, total))

        evaluation = await context.tools.train_architecture(
            config.space,
            candidate.text,
            config.dataset,
            context.task.fidelity,
            seed=config.seed,
            timeout=context.budget.timeout(config.timeout),
            start=self._weights.of(candidate),
            keep_weights=self._weights.kept,
            on_progress=tick,
        )
        context.append(EvaluationMade(evaluation=evaluation), round=round, key=self._key(hash_))

    def _fits(self, hash_: str) -> bool:
        """Whether an evaluation is likely to end in time; without a cap on seconds nothing is reckoned."""
        budget = self._context.budget
        return budget.seconds is None or budget.may_evaluate(self._expected_seconds(hash_))

    def _expected_seconds(self, hash_: str) -> float:
        """What the evaluation of an architecture should take, by the multiply-accumulates of those made so far."""
        context = self._context
        made = [each for each in context.state.evaluations.values() if not each.cached and each.seconds > 0]
        sizes = [self._size(each.hash) for each in made]
        if not made or min(sizes) <= 0:
            return context.budget.evaluation_seconds
        rate = median(each.seconds / size for each, size in zip(made, sizes, strict=True))
        return max(min(each.seconds for each in made), rate * self._size(hash_))

    def _size(self, hash_: str) -> float:
        """Multiply-accumulates; 0 where nobody counts them."""
        return float(self._context.descriptors(self._context.architecture(hash_)).get("macs", 0.0))

    async def _all(self, waiting: list[str], work: Callable[[str], Awaitable[None]]) -> None:
        """Run ``work`` on each, starting in order; nothing new once a person asks to stop or time runs out."""
        context = self._context
        gate = asyncio.Semaphore(1 if context.task.fidelity == "table" else context.tools.workers)

        async def one(hash_: str) -> None:
            async with gate:
                await context.until(lambda: not context.state.steering.paused)
                if not context.stopping and self._fits(hash_):
                    await work(hash_)

        try:
            async with asyncio.TaskGroup() as group:
                for hash_ in waiting:
                    group.create_task(one(hash_))
        except* IlluminasError as errors:
            raise errors.exceptions[0] from None
