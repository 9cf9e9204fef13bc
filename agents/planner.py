"""The planner: which niches to work on next, with which operators, parents and heuristics."""

from __future__ import annotations

import math
from collections import Counter

from pydantic import BaseModel, Field

from illuminas.agents.context import Context
from illuminas.agents.llm_session import LLMSession, prompt
from illuminas.agents.parents import ParentSelection
from illuminas.agents.quoting import line
from illuminas.agents.rules.base import RuleSource
from illuminas.memory.candidate import Operator
from illuminas.memory.heuristics import HeuristicStatus
from illuminas.memory.kinds import PlanMade
from illuminas.memory.plan import Plan, PlanItem
from illuminas.memory.state import RunState
from illuminas.memory.steering import Question

MOST_FOCUS = 12
"""Niches that a capable LLM may name."""
OFFERED = 4
"""Niches that a small LLM chooses among."""
LEAST_BATCH = 2
"""Evaluations of a round that grows with what is known."""
EXPLORATION = 0.6
"""Weight of a niche's uncertainty against its record, as in UCB1."""


class PlannerAnswer(BaseModel):
    """What a capable LLM plans."""

    niches: list[int] = Field(min_length=1, max_length=MOST_FOCUS, description="numbers of the niches to work on")
    reason: str = Field(max_length=300, description="why these, in one or two sentences")


class Planner:
    """Scores every niche by statistics; an LLM, where there is one, says which to take first."""

    def __init__(self, context: Context, llm: LLMSession, *, parents: ParentSelection, rules: RuleSource) -> None:
        self._context = context
        self._llm = llm
        self._parents = parents
        self._rules = rules

    async def plan(self, round: int) -> Plan:
        """Return the plan of a round: from the log if it was made before, a new one if a person rejected that."""
        context, rejected = self._context, rejections(self._context.state, round)
        key = f"plan:{round}:{rejected}" if rejected else f"plan:{round}"
        event = context.log.get(key, PlanMade)
        if event is None:
            await context.compliance.prepare()
            plan = self._steered(await self._make(round))
            event = context.append(PlanMade(plan=plan), round=round, key=key)
        return event.data.plan

    def _steered(self, plan: Plan) -> Plan:
        """Put the architectures that people asked for first, and name the other directives in the reason."""
        context = self._context
        steering, terms = context.state.steering, context.compliance.terms
        wished = {
            wish.number: wish.text
            for wish in steering.seeds
            if context.space.parse(wish.text).hash not in context.state.evaluations
        }
        seeds = tuple(PlanItem(target=None, operator=Operator.USER, text=text) for text in wished.values())
        guiding = {act.number: act.directive.words(terms) for act in steering.guiding}
        asked = [*guiding.values(), *([f"{len(seeds)} architectures of a person's first"] if seeds else [])]
        return plan.model_copy(
            update={
                "items": (*seeds, *plan.items),
                "batch": min(max(plan.batch, len(seeds)), context.budget.evaluations_left),
                "reason": f"{plan.reason}; as asked: {'; '.join(asked)}" if asked else plan.reason,
                "directives": (*guiding, *wished),
            }
        )

    async def _make(self, round: int) -> Plan:
        context, parents = self._context, self._parents
        focus, author = tuple[int, ...](), "statistics"
        if context.config.start and round == 1:
            items = [PlanItem(target=None, operator=Operator.USER, text=text) for text in context.config.start]
            reason = "what the search starts from"
        elif parents.unfocused:
            items, reason = parents.items(round, focus), parents.unfocused
        else:
            focus, reason, author = await self._focus(round)
            items = parents.items(round, focus)
        return Plan(
            round=round,
            focus=focus,
            items=tuple(items),
            heuristics={niche: self._rules.of_niche(niche) for niche in focus},
            batch=min(self._batch(), context.budget.evaluations_left),
            reason=reason,
            author=author,
        )

    async def _focus(self, round: int) -> tuple[tuple[int, ...], str, str]:
        """``(niches to work on, reason, author)``: the most promising ones, those that the LLM wants first."""
        scores, width = self.niche_scores(), self._context.config.focus
        turned_down = rejected_niches(self._context.state, round)
        ranked = sorted(scores, key=lambda niche: (niche in turned_down, -scores[niche], niche))
        chosen = await self._ask(round, ranked)
        if chosen is None:
            return tuple(ranked[:width]), self._reason(ranked[:width]), "statistics"
        niches, reason, author = chosen
        return tuple(dict.fromkeys([*niches, *ranked]))[:width], reason, author

    def _batch(self) -> int:
        """Size of the round's batch: small while each evaluation teaches most, but enough for every worker."""
        context = self._context
        known = len(context.state.evaluations)
        if not known or not context.config.batch_growth:
            return context.config.batch
        least = LEAST_BATCH if context.task.fidelity == "table" else max(LEAST_BATCH, context.tools.workers)
        return min(context.config.batch, max(least, known // context.config.batch_growth))

    def niche_scores(self) -> dict[int, float]:
        """Score of each reachable niche, higher is better: its success rate plus an exploration bonus, as in UCB1."""
        context = self._context
        tries: Counter[int] = Counter()
        successes: Counter[int] = Counter()
        for placement in context.state.placements:
            if placement.niche is not None:
                tries[placement.niche] += 1
                successes[placement.niche] += placement.entered
        total = sum(tries.values())
        scores = {}
        bold = EXPLORATION * context.state.steering.boldness
        for niche in context.compliance.open_niches(context.partition.reachable):
            rate = (successes[niche] + 1) / (tries[niche] + 2)
            promise = rate + bold * math.sqrt(math.log(total + 2) / (tries[niche] + 1))
            scores[niche] = promise * context.state.steering.niche_weight(niche)
        return scores

    async def _ask(self, round: int, ranked: list[int]) -> tuple[list[int], str, str] | None:
        context = self._context
        profile = context.profile(round, "planner")
        if profile == "none" or len(ranked) <= context.config.focus:
            return None
        if profile == "capable":
            answer = await self._llm.fill(
                "planner",
                PlannerAnswer,
                round=round,
                prompt=prompt(
                    "planner",
                    objective=context.state.primary.words,
                    niches="\n".join(f"{niche}: {self._niche_line(niche)}" for niche in sorted(ranked)),
                    heuristics=self._active_heuristics() or "none yet",
                    left=context.budget.evaluations_left,
                ),
            )
            niches = [] if answer is None else [niche for niche in answer[1].niches if niche in ranked]
            return (niches, answer[1].reason, context.llms.names["planner"]) if answer and niches else None
        options = {self._niche_line(niche): niche for niche in ranked[:OFFERED]}
        choice = await self._llm.choose(
            "planner",
            options,
            round=round,
            system=prompt("planner_system"),
            prompt=prompt("planner_small", options="\n".join(options)),
            max_tokens=16,
            temperature=0.3,
        )
        if choice is None:
            return None
        chosen = choice[1]
        reason = f"chose '{context.partition.describe(chosen[0])}' of {len(options)} niches"
        return chosen, reason, context.llms.names["planner"]

    def _niche_line(self, niche: int) -> str:
        state, words = self._context.state, self._context.partition.describe(niche)
        tries = sum(placement.niche == niche for placement in state.placements)
        if niche not in state.elites:
            return f"{words}: empty, tried {tries} times"
        best = state.primary.text(state.quality(state.elites[niche]))
        return f"{words}: best {best}, tried {tries} times"

    def _active_heuristics(self) -> str:
        active = [h for h in self._context.knowledge.all() if h.status is HeuristicStatus.ACTIVE]
        return "\n".join(f"- {line(h.text)} ({h.evidence.words(h.objective)})" for h in active)

    def _reason(self, focus: list[int]) -> str:
        state, partition = self._context.state, self._context.partition
        empty = [partition.describe(niche) for niche in focus if niche not in state.elites]
        rest = [partition.describe(niche) for niche in focus if niche in state.elites]
        parts = [f"fill {_listed(empty)}"] if empty else []
        parts += [f"improve {_listed(rest)}"] if rest else []
        return "; ".join(parts)


def rejections(state: RunState, round: int) -> int:
    """How often a person has rejected a plan of the round."""
    return len(_rejected(state, round))


def rejected_niches(state: RunState, round: int) -> set[int]:
    """Niches of the plans of a round that a person rejected."""
    return {int(niche) for question in _rejected(state, round) for niche in question.options}


def _rejected(state: RunState, round: int) -> list[Question]:
    """What was asked about plans of a round that a person then rejected."""
    asked = [each for key, each in state.steering.questions.items() if key.startswith(f"plan:{round}:")]
    return [each for each in asked if each.answer is not None and not each.answer.approved]


def _listed(words: list[str]) -> str:
    return ", ".join(f"'{word}'" for word in words)
