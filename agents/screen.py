"""The screen: validates, scores and looks up the pool, and lets only the best go on to an evaluation."""

from __future__ import annotations

from illuminas.agents.coder import Coder
from illuminas.agents.context import Context
from illuminas.agents.isomorphs import Spelling
from illuminas.agents.readings import known_or_estimated
from illuminas.agents.selection import Selection
from illuminas.memory.candidate import Candidate, Findings, Measured
from illuminas.memory.heuristics import Heuristic
from illuminas.memory.kinds import Infeasible, PoolScreened
from illuminas.memory.plan import Plan
from illuminas.tools.surrogate import SCORES


class Screen:
    """Asks the tools about the coder's pool, and logs what was chosen from it.

    Args:
        context: of the run.
        coder: makes the pool.
        selection: chooses from it.
    """

    def __init__(self, context: Context, coder: Coder, selection: Selection) -> None:
        self._context = context
        self._coder = coder
        self._selection = selection
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
        context.findings = Findings(measured=measured)
        pool, values = await self._look_up(plan, pool)
        context.findings = Findings(measured=measured, values=values)
        refused |= self._breaches(pool)
        infeasible = self._infeasible(pool, refused)
        pool = [each for each in pool if each.hash not in refused]
        # scores cost seconds: where chance chooses, only what it chose is scored, for the surrogate to learn from
        proxies = await self._score(pool) if self._selection.needs_scores(plan) else {}
        context.findings = Findings(measured=measured, values=values, proxies=proxies)
        chosen = self._selection.choose(plan, pool)
        if SCORES in context.config.predictor:
            proxies |= await self._score([each for each in chosen if each.hash not in proxies])
        screened = PoolScreened(
            chosen=tuple(chosen),
            proxies=proxies,
            values=values,
            refused=refused,
            infeasible=infeasible,
            measured=measured,
        )
        context.append(screened, round=plan.round, key=key)
        context.findings = Findings()

    async def _validate(self, pool: list[Candidate]) -> None:
        """Hear once of every architecture why the tools refuse it; nothing where they do not."""
        config = self._context.config
        new = [candidate for candidate in pool if candidate.hash not in self._refusals]
        if new:
            texts = [candidate.text for candidate in new]
            answers = await self._context.tools.validate_architecture(config.space, config.dataset, texts)
            for candidate, answer in zip(new, answers.results, strict=True):
                self._refusals[candidate.hash] = "" if answer.valid else answer.reason
                if answer.valid and self._context.space.is_free(self._context.space.parse(candidate.text)):
                    told = {name: getattr(answer, name) for name in Measured.model_fields}
                    self._measured[candidate.hash] = Measured.model_validate(told)

    def _infeasible(self, pool: list[Candidate], refused: dict[str, str]) -> dict[str, Infeasible]:
        """Those that a device cannot run, by hash."""
        context = self._context
        return {
            each.hash: Infeasible(reason=refused[each.hash], niche=context.niche_of(context.space.parse(each.text)))
            for each in pool
            if each.hash in context.isomorphs.infeasible
        }

    def _breaches(self, pool: list[Candidate]) -> dict[str, str]:
        """Hash -> what a candidate breaks: a device's limits, constraints, or what people asked for.

        Limited values that nobody knows are estimated.
        """
        context, compliance = self._context, self._context.compliance
        architectures = [context.space.parse(each.text) for each in pool]
        estimates: list[dict[str, float]] = [{} for _ in pool]
        if pool and compliance.active:
            limited = [o for o in context.state.tracked if o.name in compliance.bounds.objectives and not o.uncertain]
            for objective in limited:
                found = known_or_estimated(context, objective, architectures)
                for place, value in enumerate([] if found is None else found.tolist()):
                    estimates[place][objective.name] = value
        judged = zip(architectures, estimates, strict=True)
        return {each.hash: breach for each, known in judged if (breach := compliance.breach(each, known))}

    async def _score(self, pool: list[Candidate]) -> dict[str, dict[str, float]]:
        """Zero-cost scores of those that have none yet."""
        context = self._context
        new = [candidate for candidate in pool if candidate.hash not in context.state.proxies]
        if not new:
            return {}
        answers = await context.tools.score_zero_cost(
            context.config.space, context.config.dataset, [each.text for each in new], context.proxies
        )
        return {answer.hash: answer.scores for answer in answers.results}

    async def _look_up(self, plan: Plan, pool: list[Candidate]) -> tuple[list[Candidate], dict[str, dict[str, float]]]:
        """The pool in its best spelling, and values not known before; by table and structure, which cost nothing."""
        context, state = self._context, self._context.state
        best = await context.isomorphs.best([context.space.parse(each.text) for each in pool])
        values: dict[str, dict[str, float]] = {}
        for objective in state.tracked:
            new = {each.hash: each for each in pool if each.hash not in state.values[objective.name]}
            if objective.source == "structure":
                known = {hash_: context.descriptors(context.space.parse(each.text)) for hash_, each in new.items()}
                values[objective.name] = {hash_: float(told[objective.name]) for hash_, told in known.items()}
            elif objective in context.isomorphs.objectives:
                told = {hash_: best[hash_].values for hash_ in new if hash_ in best}
                values[objective.name] = {h: v[objective.name] for h, v in told.items() if objective.name in v}
        rules = {target: self._coder.rules(plan, target) for target in {each.target for each in pool}}
        return [self._spelled(each, best.get(each.hash), rules[each.target]) for each in pool], values

    def _spelled(self, candidate: Candidate, best: Spelling | None, rules: list[Heuristic]) -> Candidate:
        """The candidate in its best spelling; rules may see another number of operations in it."""
        if best is None or best.text == candidate.text:
            return candidate
        cited = self._coder.cited(self._context.space.parse(best.text), candidate.parents, rules)
        return candidate.model_copy(update={"text": best.text, "cited": cited})
