"""The planner: which niches to work on next, with which operators, parents and heuristics."""

from __future__ import annotations

import math
from collections import Counter

from pydantic import BaseModel, Field

from illuminas.agents import bandit
from illuminas.agents.context import Context
from illuminas.agents.llm.base import Choice, Record
from illuminas.agents.mind import Mind, prompt
from illuminas.agents.plan import Plan, PlanItem
from illuminas.memory.candidate import Operator
from illuminas.memory.heuristics import HeuristicStatus
from illuminas.memory.kinds import Kind

FOCUS = 3
"""Niches that a round works on."""
OFFERED = 4
"""Niches that a small LLM chooses among."""
LEAST_BATCH, BATCH_GROWTH = 2, 4
"""A round evaluates a quarter of what is known, two at least and ``batch`` at most."""
NEAREST = 3
"""Elites of a niche and its neighbours that are varied for it."""
LEADERS = 6
"""Best architectures of all that are varied beside the niches' own."""
WARM_POOL = 2
"""Times the pool that zero-cost scores choose from, while they are all there is."""
EXPLORATION = 0.6
"""Weight of a niche's uncertainty against its record, as in UCB1."""


class PlannerAnswer(BaseModel):
    """What a capable LLM plans."""

    niches: list[int] = Field(min_length=1, max_length=FOCUS, description="numbers of the niches to work on")
    reason: str = Field(max_length=300, description="why these, in one or two sentences")


class Planner:
    """Statistics score every niche; an LLM, where there is one, says which of them to take first."""

    def __init__(self, context: Context, mind: Mind) -> None:
        self._context = context
        self._mind = mind

    async def plan(self, round: int) -> Plan:
        """The plan of a round, from the log where it was made before."""
        context = self._context
        event = context.log.get(f"plan:{round}")
        if event is None:
            plan = await self._make(round)
            event = context.append(Kind.PLAN, plan.model_dump(mode="json"), round=round, key=f"plan:{round}")
        return Plan.model_validate(event.data)

    async def _make(self, round: int) -> Plan:
        context = self._context
        scores = self.niche_scores()
        ranked = sorted(scores, key=lambda niche: (-scores[niche], niche))
        focus, reason, author = tuple(ranked[:FOCUS]), self._reason(ranked[:FOCUS]), "statistics"
        chosen = await self._ask(round, ranked)
        if chosen is not None:
            niches, reason, author = chosen
            focus = tuple(dict.fromkeys([*niches, *ranked]))[:FOCUS]
        share = bandit.shares(context.view, context.profile)
        warm = len(context.view.evaluations) < context.config.warm_start
        counts = bandit.counts(share, context.config.pool)
        return Plan(
            round=round,
            focus=focus,
            items=tuple(self._warm_items(focus, counts) if warm else self._items(focus, counts)),
            heuristics={niche: self._heuristics(niche) for niche in focus},
            batch=min(self._batch(), context.budget.evaluations_left),
            reason=reason,
            author=author,
        )

    def _batch(self) -> int:
        """Evaluations before the next decision: few while each teaches most, but enough for every worker."""
        context = self._context
        known = len(context.view.evaluations)
        if not known:
            return context.config.batch
        least = LEAST_BATCH if context.task.fidelity == "table" else max(LEAST_BATCH, context.tools.workers)
        return min(context.config.batch, max(least, known // BATCH_GROWTH))

    def niche_scores(self) -> dict[int, float]:
        """How much a try in each reachable niche promises: its rate of success, and how little it was tried."""
        context = self._context
        tries: Counter[int] = Counter()
        successes: Counter[int] = Counter()
        for placement in context.view.placements:
            if placement.niche is not None:
                tries[placement.niche] += 1
                successes[placement.niche] += placement.entered
        total = sum(tries.values())
        scores = {}
        for niche in context.partition.reachable:
            rate = (successes[niche] + 1) / (tries[niche] + 2)
            scores[niche] = rate + EXPLORATION * math.sqrt(math.log(total + 2) / (tries[niche] + 1))
        return scores

    async def _ask(self, round: int, ranked: list[int]) -> tuple[list[int], str, str] | None:
        context = self._context
        if context.llm is None or len(ranked) < 2:
            return None
        if context.profile == "capable":
            answer = await self._mind.ask(
                "planner",
                Record(model=PlannerAnswer),
                round=round,
                system=prompt("system", space=context.space.summary),
                prompt=prompt(
                    "planner",
                    niches="\n".join(f"{niche}: {self._niche_line(niche)}" for niche in sorted(ranked)),
                    heuristics=self._rules() or "none yet",
                    left=context.budget.evaluations_left,
                ),
            )
            if answer is None or answer[1].record is None:
                return None
            record = PlannerAnswer.model_validate(answer[1].record)
            niches = [niche for niche in record.niches if niche in ranked]
            return (niches, record.reason, context.llm.name) if niches else None
        options = {self._niche_line(niche): niche for niche in ranked[:OFFERED]}
        answer = await self._mind.ask(
            "planner",
            Choice(options=tuple(options), count=1),
            round=round,
            system=prompt("planner_system"),
            prompt=prompt("planner_small", options="\n".join(options)),
            max_tokens=16,
            temperature=0.3,
        )
        if answer is None:
            return None
        first = options[answer[1].values[0]]
        return (
            [first],
            f"chose '{context.partition.describe(first)}' of {len(options)} niches",
            context.llm.name,
        )

    def _niche_line(self, niche: int) -> str:
        view, words = self._context.view, self._context.partition.describe(niche)
        tries = sum(placement.niche == niche for placement in view.placements)
        if niche not in view.elites:
            return f"{words}: empty, tried {tries} times"
        return f"{words}: best {view.accuracy(view.elites[niche]):.1f}, tried {tries} times"

    def _rules(self) -> str:
        active = [h for h in self._context.knowledge.all() if h.status is HeuristicStatus.ACTIVE]
        return "\n".join(f"- {h.text} ({h.evidence.words(h.metric)})" for h in active)

    def _reason(self, focus: list[int]) -> str:
        view, partition = self._context.view, self._context.partition
        empty = [partition.describe(niche) for niche in focus if niche not in view.elites]
        rest = [partition.describe(niche) for niche in focus if niche in view.elites]
        parts = [f"fill {_listed(empty)}"] if empty else []
        parts += [f"improve {_listed(rest)}"] if rest else []
        return "; ".join(parts)

    def _heuristics(self, niche: int) -> tuple[str, ...]:
        """Ids of the heuristics that fit the niche, by meaning and scope, those in force first."""
        found = self._context.knowledge.search(
            f"accuracy of cells with {self._context.partition.describe(niche)}",
            k=6,
            niche=self._context.partition.describe(niche),
            statuses=(HeuristicStatus.ACTIVE, HeuristicStatus.PROPOSED),
        )
        return tuple(heuristic.id for heuristic in found if heuristic.metric == "val_accuracy")

    def _warm_items(self, focus: tuple[int, ...], counts: dict[Operator, int]) -> list[PlanItem]:
        """The part of a capable LLM as ever, and a larger number of random draws: scores find what stands out.

        A small one knows nothing but what was measured, and little was.
        """
        capable = self._context.profile == "capable"
        items = [item for item in self._items(focus, counts) if capable and item.operator.uses_llm]
        asked = sum(item.count for item in items)
        drawn = WARM_POOL * self._context.config.pool - asked
        return [*items, PlanItem(target=None, operator=Operator.RANDOM, count=max(1, drawn))]

    def _items(self, focus: tuple[int, ...], counts: dict[Operator, int]) -> list[PlanItem]:
        """Deal each operator's proposals out over the focus, the first niche first."""
        parents = {niche: self._parents(niche) for niche in focus}
        items = []
        turn = 0
        for operator, count in counts.items():
            if operator.uses_llm:  # one question a round and operator: what is shared is read once
                dealt = Counter({focus[turn % len(focus)]: count} if count else {})
                turn += 1
            else:
                dealt = Counter(focus[(turn + step) % len(focus)] for step in range(count))
                turn += count
            for niche, number in dealt.items():
                own = () if operator is Operator.RANDOM else parents[niche]
                kind = operator if own or operator is Operator.LLM_FRESH else Operator.RANDOM
                items.append(PlanItem(target=niche, operator=kind, parents=own, count=number))
        return items

    def _parents(self, niche: int) -> tuple[str, ...]:
        """The niche's elite and those of the niches nearest to it, then the best of all and the front."""
        view = self._context.view
        nearest = sorted(view.elites, key=lambda other: (abs(other - niche), other))
        leaders = sorted(view.successes, key=lambda each: (-view.accuracy(each.hash), each.hash))[:LEADERS]
        parents = [view.elites[other] for other in nearest[:NEAREST]]
        return tuple(dict.fromkeys([*parents, *(e.hash for e in leaders), *(p.hash for p in view.front)]))


def _listed(words: list[str]) -> str:
    return ", ".join(f"'{word}'" for word in words)
