"""The screen: validates, scores and looks up the pool, and lets only the best go on to an evaluation."""

from __future__ import annotations

from illuminas.agents.coder import Coder
from illuminas.agents.context import Context
from illuminas.agents.isomorphs import Reading
from illuminas.agents.latencies import known_or_estimated
from illuminas.agents.selection import Selection, needs_scores
from illuminas.agents.shares.base import OperatorShares
from illuminas.memory.candidate import Candidate, Measured
from illuminas.memory.kinds import PoolScreened
from illuminas.memory.plan import Plan
from illuminas.tools.surrogate import SCORES


class Screen:
    """Asks the tools about the coder's pool, and logs what was chosen from it.

    Args:
        context: of the run.
        coder: makes the pool.
        selection: chooses from it.
        shares: of the operators.
    """

    def __init__(self, context: Context, coder: Coder, *, selection: type[Selection], shares: OperatorShares) -> None:
        self._context = context
        self._coder = coder
        self._selection = selection
        self._shares = shares
        self._refusals: dict[str, str] = {}
        self._measured: dict[str, Measured] = {}

    async def select(self, plan: Plan) -> None:
        """Log the pool's scores and the round's batch, unless they are in the log already."""
        context, key = self._context, f"screened:{plan.round}"
        if context.log.has(key):
            return
        pool = await self._coder.propose(plan)
        await self._validate(pool)
        refused = {each.hash: reason for each in pool if (reason := self._refusals[each.hash])}
        pool = [each for each in pool if each.hash not in refused]
        measured = {each.hash: self._measured[each.hash] for each in pool if each.hash in self._measured}
        context.state.measured.update(measured)
        pool, latencies = await self._look_up(plan, pool)
        context.state.latencies.update(latencies)
        refused |= self._breaches(pool)
        pool = [each for each in pool if each.hash not in refused]
        # scores cost seconds: where chance chooses, only what it chose is scored, for the surrogate to learn from
        proxies = await self._score(pool) if needs_scores(context, plan) else {}
        context.state.proxies.update(proxies)
        chosen = self._selection(context, plan, pool, self._shares).choose() if pool else []
        if SCORES in context.config.predictor:
            proxies |= await self._score(chosen)
        screened = PoolScreened(
            chosen=tuple(chosen), proxies=proxies, latencies=latencies, refused=refused, measured=measured
        )
        context.append(screened, round=plan.round, key=key)

    async def _validate(self, pool: list[Candidate]) -> None:
        """Hear once of every architecture why the tools refuse it; nothing where they do not."""
        config = self._context.config
        new = [candidate for candidate in pool if candidate.hash not in self._refusals]
        if new:
            texts = [candidate.text for candidate in new]
            answers = await self._context.tools.validate(config.space, config.dataset, texts)
            for candidate, answer in zip(new, answers, strict=True):
                self._refusals[candidate.hash] = "" if answer.valid else answer.reason
                if answer.valid and self._context.space.is_free(self._context.space.parse(candidate.text)):
                    told = {name: getattr(answer, name) for name in Measured.model_fields}
                    self._measured[candidate.hash] = Measured.model_validate(told)

    def _breaches(self, pool: list[Candidate]) -> dict[str, str]:
        """Hash -> what a candidate breaks of what people asked for; latencies that nobody knows are estimated."""
        context = self._context
        if not pool or not context.compliance.active:
            return {}
        architectures = [context.space.parse(each.text) for each in pool]
        estimated = known_or_estimated(context, architectures) if context.compliance.bounds.devices else None
        estimates = [None] * len(pool) if estimated is None else estimated.tolist()
        found = zip(architectures, estimates, strict=True)
        return {each.hash: breach for each, ms in found if (breach := context.compliance.breach(each, ms))}

    async def _score(self, pool: list[Candidate]) -> dict[str, dict[str, float]]:
        """Zero-cost scores of those that have none yet."""
        context = self._context
        new = [candidate for candidate in pool if candidate.hash not in context.state.proxies]
        if not new:
            return {}
        answers = await context.tools.score_zero_cost(
            context.config.space, context.config.dataset, [each.text for each in new], context.proxies
        )
        return {answer.hash: answer.scores for answer in answers}

    async def _look_up(self, plan: Plan, pool: list[Candidate]) -> tuple[list[Candidate], dict[str, float]]:
        """The pool in its fastest spelling, and latencies not known before; by table alone, which costs nothing."""
        context = self._context
        if not context.device_is_table:
            return pool, {}
        fastest = await context.isomorphs.fastest([context.space.parse(each.text) for each in pool])
        new = {
            each.hash: fastest[each.hash].latency
            for each in pool
            if each.hash in fastest and each.hash not in context.state.latencies
        }
        return [self._spelled(plan, each, fastest.get(each.hash)) for each in pool], new

    def _spelled(self, plan: Plan, candidate: Candidate, fastest: Reading | None) -> Candidate:
        """The candidate in its fastest spelling; rules may see another number of operations in it."""
        if fastest is None or fastest.text == candidate.text:
            return candidate
        rules = self._coder.rules(plan, candidate.target)
        cited = self._coder.cited(self._context.space.parse(fastest.text), candidate.parents, rules)
        return candidate.model_copy(update={"text": fastest.text, "cited": cited})
