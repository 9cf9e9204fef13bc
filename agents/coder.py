"""The coder: turns a plan into candidates, and drops duplicates before anything costly."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from pydantic import BaseModel, Field

from illuminas.agents.context import Context
from illuminas.agents.llm.base import Choice, Lines, Record
from illuminas.agents.mind import Mind, prompt
from illuminas.agents.plan import Plan, PlanItem
from illuminas.memory.candidate import Candidate, Operator
from illuminas.memory.heuristics import Heuristic
from illuminas.memory.kinds import Kind
from illuminas.tools.spaces import Architecture, Feature, InvalidArchitecture

TRIES = 3
"""Draws a guided proposal is chosen from, by niche and heuristics."""
FREELY = 0.5
"""Share of statistical proposals that ignore both, so that evidence against the heuristics can arise."""
SHOWN = 12
"""Evaluated architectures that a capable LLM is shown."""
SHOWN_SMALL = 5
"""The same for a small one: on one thread it reads some thirty tokens a second."""
EDITS_OFFERED = 8
"""Untried edits that a prompt offers a small model."""


class Proposal(BaseModel):
    """One architecture of a capable LLM."""

    architecture: str = Field(max_length=400, description="in the short notation")
    rationale: str = Field(max_length=300, description="why it should do well, in one sentence")


class CoderAnswer(BaseModel):
    """What a capable LLM proposes."""

    proposals: list[Proposal] = Field(min_length=1, max_length=12)


@dataclass(frozen=True)
class _Draft:
    architecture: Architecture
    parents: tuple[str, ...] = ()
    rationale: str = ""
    call: str | None = None


class Coder:
    """Proposes candidates by each operator of the plan."""

    def __init__(self, context: Context, mind: Mind) -> None:
        self._context = context
        self._mind = mind
        self._made: tuple[int, list[Candidate]] | None = None

    async def propose(self, plan: Plan) -> list[Candidate]:
        """The round's pool, new architectures alone; logged is how it was made up, and what the LLM proposed.

        Logged too are the items that an LLM was silent about. The rest follows from the log, so a resumed round has
        the pool it had before.
        """
        if self._made is not None and self._made[0] == plan.round:
            return self._made[1]
        context, key = self._context, f"proposals:{plan.round}"
        logged = context.log.get(key)
        pool: dict[str, Candidate] = {}
        duplicates = 0
        refused: list[str] = []
        silent: list[int] = []
        for number, item in enumerate(plan.items):
            rules = self.rules(plan, item.target)
            drafts = None
            if item.operator.uses_llm:
                if logged is None:
                    drafts = await self._ask(plan.round, item, rules, set(pool), refused)
                elif number not in logged.data["silent"]:
                    drafts = self._drafts_of(logged.data["candidates"], item.operator)
            if drafts is None:
                silent += [number] if item.operator.uses_llm else []
                item = _without_llm(item)
                drafts = self._vary(item, rules, context.rng(plan.round, f"vary:{number}"), set(pool))
            for draft in drafts:
                hash_ = draft.architecture.hash
                if hash_ in pool or hash_ in context.view.evaluations:
                    duplicates += 1
                    continue
                pool[hash_] = self._candidate(draft, item, rules)
        candidates = list(pool.values())
        data = {
            "counts": dict(Counter(candidate.operator for candidate in candidates)),
            "candidates": [each.model_dump(mode="json") for each in candidates if each.operator.uses_llm],
            "silent": silent,
            "duplicates": duplicates,
            "refused": refused,
        }
        if logged is None:
            context.append(Kind.PROPOSALS, data, round=plan.round, key=key)
        self._made = (plan.round, candidates)
        return candidates

    def rules(self, plan: Plan, target: int | None) -> list[Heuristic]:
        """The heuristics that the plan applies to a niche."""
        return [] if target is None else self._context.heuristics(plan.heuristics.get(target, ()))

    def cited(self, architecture: Architecture, parents: Sequence[str], rules: list[Heuristic]) -> tuple[str, ...]:
        """Ids of the rules that an architecture follows and its first parent does not."""
        space = self._context.space
        features = space.features(architecture)
        parent = space.features(self._context.architecture(parents[0])) if parents else None
        return tuple(
            rule.id for rule in rules if _follows(rule, features) and (parent is None or not _follows(rule, parent))
        )

    def _drafts_of(self, logged: list[dict[str, Any]], operator: Operator) -> list[_Draft]:
        """What an LLM proposed in a round that was cut short after it."""
        found = [candidate for candidate in map(Candidate.model_validate, logged) if candidate.operator is operator]
        return [_Draft(self._context.space.parse(c.text), c.parents, c.rationale, c.call) for c in found]

    def _candidate(self, draft: _Draft, item: PlanItem, rules: list[Heuristic]) -> Candidate:
        return Candidate(
            hash=draft.architecture.hash,
            text=draft.architecture.text,
            operator=item.operator,
            parents=draft.parents,
            target=item.target,
            cited=self.cited(draft.architecture, draft.parents, rules),
            rationale=draft.rationale,
            call=draft.call,
        )

    def _vary(self, item: PlanItem, rules: list[Heuristic], rng: np.random.Generator, taken: set[str]) -> list[_Draft]:
        """Some proposals are drawn freely, others the best of a few draws: new, in the niche, by the heuristics."""
        drafts: list[_Draft] = []
        for _ in range(item.count):
            free = item.target is None or rng.random() < FREELY
            draws = [self._draw(item, rng) for _ in range(1 if free else TRIES)]
            best = max(draws, key=lambda draft: self._merit(draft, item, rules, taken)) if draws[1:] else draws[0]
            taken.add(best.architecture.hash)
            drafts.append(best)
        return drafts

    def _draw(self, item: PlanItem, rng: np.random.Generator) -> _Draft:
        space, context = self._context.space, self._context
        if item.operator is Operator.MUTATE:
            parent = item.parents[int(rng.integers(len(item.parents)))]
            return _Draft(space.mutate(context.architecture(parent), rng), (parent,))
        if item.operator is Operator.CROSSOVER:
            pair = rng.choice(len(item.parents), size=2)
            left, right = (item.parents[int(index)] for index in pair)
            if left != right:
                child = space.crossover(context.architecture(left), context.architecture(right), rng)
                return _Draft(child, (left, right))
            return _Draft(space.mutate(context.architecture(left), rng), (left,))
        return _Draft(space.random(rng))

    def _merit(self, draft: _Draft, item: PlanItem, rules: list[Heuristic], taken: set[str]) -> float:
        context, architecture = self._context, draft.architecture
        new = architecture.hash not in context.view.evaluations and architecture.hash not in taken
        at_home = context.partition.niche_of(context.descriptors(architecture)) == item.target
        features = context.space.features(architecture)
        return 4.0 * new + 2.0 * at_home + sum(_follows(rule, features) for rule in rules) / (len(rules) + 1)

    async def _ask(
        self, round: int, item: PlanItem, rules: list[Heuristic], taken: set[str], refused: list[str]
    ) -> list[_Draft] | None:
        """The LLM's proposals, None where it gave no answer; what is no architecture is noted in ``refused``."""
        if self._context.profile == "capable":
            return await self._ask_capable(round, item, rules, refused)
        if item.operator is Operator.LLM_MUTATE and item.parents:
            return await self._ask_edits(round, item, taken)
        return await self._ask_continuation(round, item, refused)

    async def _ask_edits(self, round: int, item: PlanItem, taken: set[str]) -> list[_Draft] | None:
        """One-edit choices: the gains of tried edits are shown, untried ones offered."""
        context = self._context
        parent = context.architecture(item.parents[0])
        base = context.view.accuracy(parent.hash)
        tried, untried = [], {}
        for edit in context.space.edits(parent):
            evaluation = context.view.evaluations.get(edit.result.hash)
            if evaluation is not None and evaluation.val_accuracy is not None:
                tried.append((evaluation.val_accuracy - base, edit.label))
            elif evaluation is None and edit.result.hash not in taken:
                untried[edit.label] = edit.result
        if not untried:
            return None
        labels = list(untried)
        offered = context.rng(round, f"edits:{item.target}:{parent.hash}").permutation(len(labels))
        options = tuple(labels[index] for index in offered[:EDITS_OFFERED])
        answer = await self._mind.ask(
            "coder-edit",
            Choice(options=options, count=min(item.count, len(options))),
            round=round,
            system=prompt("coder_edit_system", space=context.space.summary),
            prompt=prompt(
                "coder_edit_small",
                parent=context.space.to_words(parent),
                accuracy=f"{base:.1f}",
                target=self._aim(item),
                tried="\n".join(f"{label}: {gain:+.1f}" for gain, label in sorted(tried, reverse=True)[:SHOWN_SMALL])
                or "none",
                options="\n".join(options),
            ),
            max_tokens=10 * item.count + 8,
        )
        if answer is None:
            return None
        key, picks = answer
        return [_Draft(untried[label], (parent.hash,), f"change {label}", key) for label in picks.values]

    async def _ask_continuation(self, round: int, item: PlanItem, refused: list[str]) -> list[_Draft] | None:
        """Continue a list of measured architectures that rises in accuracy."""
        context, space = self._context, self._context.space
        ranked = sorted(context.view.successes, key=lambda e: (context.view.accuracy(e.hash), e.hash))[-SHOWN_SMALL:]
        shown = "\n".join(f"{e.val_accuracy:.1f} {space.to_words(context.architecture(e.hash))}" for e in ranked)
        answer = await self._mind.ask(
            "coder-list",
            Lines(grammar=space.words_grammar(), pattern=space.words_pattern(), count=item.count),
            round=round,
            system=prompt("coder_list_system", space=space.summary),
            prompt=prompt("coder_list_small", shown=shown or "none measured yet", count=item.count),
            max_tokens=24 * item.count + 8,
            temperature=0.9,
        )
        if answer is None:
            return None
        key, lines = answer
        drafts = []
        for words in lines.values:
            architecture = self._read(words, refused)
            if architecture is not None:
                drafts.append(_Draft(architecture, (), "continues the list of the best", key))
        return drafts

    async def _ask_capable(
        self, round: int, item: PlanItem, rules: list[Heuristic], refused: list[str]
    ) -> list[_Draft] | None:
        context, space = self._context, self._context.space
        parents = item.parents[: 1 if item.operator is Operator.LLM_MUTATE else 3]
        if item.operator is Operator.LLM_FRESH:
            parents = ()
        ranked = sorted(context.view.successes, key=lambda e: (context.view.accuracy(e.hash), e.hash))[-SHOWN:]
        answer = await self._mind.ask(
            "coder",
            Record(model=CoderAnswer),
            round=round,
            system=prompt("system", space=space.summary),
            prompt=prompt(
                "coder",
                task={
                    Operator.LLM_MUTATE: "Change the parent a little.",
                    Operator.LLM_CROSSOVER: "Combine the parents.",
                }.get(item.operator, "Design new ones."),
                parents="\n".join(self._line(hash_) for hash_ in parents) or "none",
                measured="\n".join(self._line(e.hash) for e in ranked) or "nothing yet",
                target=self._aim(item),
                rules=_rule_lines(rules),
                count=item.count,
            ),
            max_tokens=160 * item.count + 100,
        )
        if answer is None or answer[1].record is None:
            return None
        drafts = []
        for proposal in CoderAnswer.model_validate(answer[1].record).proposals[: item.count]:
            architecture = self._read(proposal.architecture, refused)
            if architecture is not None:
                drafts.append(_Draft(architecture, parents, proposal.rationale, answer[0]))
        return drafts

    def _aim(self, item: PlanItem) -> str:
        """The niche that an item is meant for, in words."""
        return "any" if item.target is None else self._context.partition.describe(item.target)

    def _line(self, hash_: str) -> str:
        view = self._context.view
        latency = f", {view.latencies[hash_]:.2f} ms" if hash_ in view.latencies else ""
        words = self._context.space.to_words(self._context.architecture(hash_))
        return f"{words}: {view.accuracy(hash_):.1f} per cent{latency}"

    def _read(self, words: str, refused: list[str]) -> Architecture | None:
        try:
            return self._context.space.from_words(words)
        except InvalidArchitecture as error:
            refused.append(str(error))
            return None


def _without_llm(item: PlanItem) -> PlanItem:
    """The same proposals by statistics, where the LLM gave no answer."""
    if not item.operator.uses_llm:
        return item
    return item.model_copy(update={"operator": Operator.MUTATE if item.parents else Operator.RANDOM})


def _follows(rule: Heuristic, features: Mapping[str, Feature]) -> bool:
    """Whether features are on the side of the rule that raises accuracy."""
    return rule.predicate.holds(features) == (rule.direction == "raises")


def _rule_lines(rules: list[Heuristic]) -> str:
    return "\n".join(f"- {rule.text}" for rule in rules) or "none yet"
