"""The coder: turns a plan into candidates by operators and an LLM, and drops duplicates before anything costly."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence

import numpy as np

from illuminas.agents.checker import Checker, Refusal
from illuminas.agents.context import Context
from illuminas.agents.writers.base import Draft, ProposalWriter, Proposed, Question
from illuminas.memory.candidate import Candidate, Operator, RejectedProposal
from illuminas.memory.heuristics import Heuristic
from illuminas.memory.kinds import ProposalsMade
from illuminas.memory.plan import Plan, PlanItem
from illuminas.tools.spaces import Architecture, Feature

TRIES = 3
"""Draws from which a guided proposal is chosen, by niche and heuristics."""
STRICT_TRIES = 12
"""The same where proposals outside the niche are refused."""
FREELY = 0.5
"""Share of statistical proposals that ignore niche and heuristics, so that evidence against these can arise."""


class Coder:
    """Proposes candidates by each operator of the plan."""

    def __init__(self, context: Context, writer: ProposalWriter, checker: Checker) -> None:
        self._context = context
        self._checker = checker
        self._writer = writer
        self._made: tuple[int, list[Candidate]] | None = None

    async def propose(self, plan: Plan) -> list[Candidate]:
        """Return the round's new candidates, and log the LLM's proposals and how many each operator made.

        Items that the LLM gave no answer to are logged too. The rest follows from the log, so a resumed round has the
        pool that it had before.
        """
        if self._made is not None and self._made[0] == plan.round:
            return self._made[1]
        context, key = self._context, f"proposals:{plan.round}"
        await context.compliance.prepare()
        logged = context.log.get(key, ProposalsMade)
        pool: dict[str, Candidate] = {}
        turned_down = 0
        misses: list[RejectedProposal] = []
        items: list[int] = []
        silent: list[int] = []
        for number, item in enumerate(plan.items):
            rules = self.rules(plan, item.target)
            drafts = None
            if item.operator.uses_llm:
                if logged is None:
                    proposed = await self._ask_llm(plan.round, item, rules, pool)
                    if proposed is not None:
                        drafts, missed = proposed
                        misses += missed
                elif number not in logged.data.silent:
                    for candidate in _of_item(logged.data, number):
                        pool[candidate.hash] = candidate
                    continue
            if drafts is None:
                silent += [number] if item.operator.uses_llm else []
                item = self._without_llm(item)
                drafts = self._vary(item, rules, context.rng(plan.round, f"vary:{number}"), set(pool))
            for draft in drafts:
                if self._checker.refusal(draft.architecture, item, pool):
                    turned_down += 1
                    continue
                pool[draft.architecture.hash] = self._candidate(draft, item, rules)
                items += [number] if item.operator.uses_llm else []
        candidates = list(pool.values())
        if logged is None:
            made = ProposalsMade(
                counts=dict(Counter(candidate.operator for candidate in candidates)),
                candidates=tuple(each for each in candidates if each.operator.uses_llm),
                items=tuple(items),
                silent=tuple(silent),
                turned_down=turned_down,
                misses=tuple(misses),
            )
            context.append(made, round=plan.round, key=key)
        self._made = (plan.round, candidates)
        return candidates

    def rules(self, plan: Plan, target: int | None) -> list[Heuristic]:
        """The heuristics that the plan applies to a niche."""
        return [] if target is None else self._context.rules_of(plan.heuristics.get(target, ()))

    def cited(self, architecture: Architecture, parents: Sequence[str], rules: list[Heuristic]) -> tuple[str, ...]:
        """Ids of the rules that an architecture follows and its first parent does not."""
        context = self._context
        features = context.features(architecture)
        parent = context.features(context.architecture(parents[0])) if parents else None
        if features is None:
            return ()
        return tuple(
            rule.id for rule in rules if _follows(rule, features) and (parent is None or not _follows(rule, parent))
        )

    def _candidate(self, draft: Draft, item: PlanItem, rules: list[Heuristic]) -> Candidate:
        return Candidate(
            hash=draft.architecture.hash,
            text=draft.architecture.text,
            operator=item.operator,
            parents=draft.parents,
            target=item.target,
            cited=self.cited(draft.architecture, draft.parents, rules),
            rationale=draft.rationale,
            call=draft.call,
            instruction=item.instruction if draft.call else "",
            temperature=item.temperature if draft.call else None,
        )

    async def _ask_llm(
        self, round: int, item: PlanItem, rules: list[Heuristic], taken: Collection[str]
    ) -> Proposed | None:
        """Return the LLM's proposals; None where it gave no answer.

        The LLM is told why proposals were refused, and may answer again, up to the config's ``repairs`` times.

        Args:
            taken: hashes of what this round has already.
        """
        kept: dict[str, Draft] = {}
        misses: list[RejectedProposal] = []
        complaints: list[Refusal] = []
        for attempt in range(1 + self._context.config.repairs):
            question = Question(round=round, item=item, rules=rules, taken=taken, complaints=complaints)
            reply = await self._writer.write(question)
            if reply is None:
                break
            complaints = [Refusal(reason) for reason in reply.unreadable]
            complaints += await self._refusals(reply.drafts, item, taken, kept)
            misses += [self._miss(item, attempt, complaint) for complaint in complaints]
            if not complaints:
                break
        if not kept and not misses:
            return None
        if not kept:
            misses[-1] = misses[-1].model_copy(update={"last": True})
        return Proposed(list(kept.values()), misses)

    async def _refusals(
        self, drafts: list[Draft], item: PlanItem, taken: Collection[str], kept: dict[str, Draft]
    ) -> list[Refusal]:
        """Add the acceptable drafts to ``kept``; return why the others are refused."""
        refused = []
        for draft in drafts:
            refusal = self._checker.refusal(draft.architecture, item, {*taken, *kept})
            if not refusal and self._context.config.repairs:
                refusal = await self._checker.unbuildable(draft.architecture)
            if refusal:
                refused.append(refusal)
            else:
                kept[draft.architecture.hash] = draft
        return refused

    def _miss(self, item: PlanItem, attempt: int, refusal: Refusal) -> RejectedProposal:
        return RejectedProposal(
            operator=item.operator,
            instruction=item.instruction,
            temperature=item.temperature,
            attempt=attempt,
            repeated=refusal.repeated,
            reason=refusal.reason,
        )

    def _vary(self, item: PlanItem, rules: list[Heuristic], rng: np.random.Generator, taken: set[str]) -> list[Draft]:
        """Draw proposals: some freely, others as the best of a few draws by novelty, niche and heuristics.

        Where rules bind proposals to their niche, none is drawn freely.
        """
        drafts: list[Draft] = []
        tries = STRICT_TRIES if self._checker.rules.binding else TRIES
        for _ in range(item.count):
            free = item.target is None or (not self._checker.rules.binding and rng.random() < FREELY)
            draws = [self._draw_allowed(item, rng) for _ in range(1 if free else tries)]
            best = max(draws, key=lambda draft: self._merit(draft, item, rules, taken)) if draws[1:] else draws[0]
            taken.add(best.architecture.hash)
            drafts.append(best)
        return drafts

    def _draw_allowed(self, item: PlanItem, rng: np.random.Generator) -> Draft:
        """Draw until a proposal obeys the directives; after too many tries, take one that is known to."""
        compliance = self._context.compliance
        draft = self._draw(item, rng)
        if item.text or not compliance.active:
            return draft
        for _ in range(STRICT_TRIES):
            if not compliance.breach(draft.architecture):
                return draft
            draft = self._draw(item, rng)
        allowed = compliance.allowed()
        return Draft(allowed[int(rng.integers(len(allowed)))]) if allowed else draft

    def _draw(self, item: PlanItem, rng: np.random.Generator) -> Draft:
        space, context = self._context.space, self._context
        if item.text:
            return Draft(space.parse(item.text))
        if item.operator is Operator.MUTATE:
            parent = item.parents[int(rng.integers(len(item.parents)))]
            return Draft(space.mutate(context.architecture(parent), rng), (parent,))
        if item.operator is Operator.CROSSOVER:
            pair = rng.choice(len(item.parents), size=2)
            left, right = (item.parents[int(index)] for index in pair)
            if left != right:
                child = space.crossover(context.architecture(left), context.architecture(right), rng)
                return Draft(child, (left, right))
            return Draft(space.mutate(context.architecture(left), rng), (left,))
        return Draft(space.random(rng))

    def _without_llm(self, item: PlanItem) -> PlanItem:
        """The item without an LLM, for proposals that it gave no answer to: varied from parents that can be varied."""
        if not item.operator.uses_llm:
            return item
        context = self._context
        parents = tuple(hash_ for hash_ in item.parents if not context.space.is_free(context.architecture(hash_)))
        operator = Operator.MUTATE if parents else Operator.RANDOM
        return item.model_copy(update={"operator": operator, "parents": parents})

    def _merit(self, draft: Draft, item: PlanItem, rules: list[Heuristic], taken: set[str]) -> float:
        context, architecture = self._context, draft.architecture
        new = architecture.hash not in context.state.evaluations and architecture.hash not in taken
        at_home = context.niche_of(architecture) == item.target
        features = context.space.features(architecture)
        return 4.0 * new + 2.0 * at_home + sum(_follows(rule, features) for rule in rules) / (len(rules) + 1)


def _of_item(logged: ProposalsMade, number: int) -> list[Candidate]:
    """The LLM's logged proposals for one item."""
    made = zip(logged.candidates, logged.items, strict=True)
    return [candidate for candidate, item in made if item == number]


def _follows(rule: Heuristic, features: Mapping[str, Feature]) -> bool:
    """Whether features are on the better side of the rule."""
    return rule.predicate.holds(features) == rule.favours
