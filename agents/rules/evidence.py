"""Rules with evidence: the knowledge base gives those that fit a niche, and the critic's LLM proposes new ones."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field

from illuminas.agents.context import Context
from illuminas.agents.llm_session import LLMSession, prompt
from illuminas.agents.quoting import line
from illuminas.agents.rules.base import NEW_RULES, Review, RuleSource, effect_lines
from illuminas.memory.evidence import Record as Observation
from illuminas.memory.heuristics import Heuristic, HeuristicStatus
from illuminas.memory.predicates import parse_predicate
from illuminas.tools.errors import IlluminasError

OFFERED = 4
"""Mined rules that a small LLM chooses among."""
RETRIEVED = 6
"""Heuristics that are retrieved for a niche."""


class Rule(BaseModel):
    """A rule of a capable LLM; the data decides what becomes of it."""

    predicate: str = Field(max_length=160, description="conditions on features, joined by 'and'")
    direction: Literal["raises", "lowers"]
    why: str = Field(max_length=200, description="the reason, in one sentence")


class CriticAnswer(BaseModel):
    """What a capable LLM makes of a round."""

    story: str = Field(max_length=600, description="what happened and why, at most three sentences")
    rules: list[Rule] = Field(max_length=3)


class EvidenceRules(RuleSource):
    """Retrieves heuristics by meaning; the data decide what becomes of those that the LLM proposes."""

    def __init__(self, context: Context, llm: LLMSession) -> None:
        super().__init__(context)
        self._llm = llm

    def of_niche(self, niche: int) -> tuple[str, ...]:
        """Ids of heuristics about the primary objective: the pinned, then those that fit the niche, in force first."""
        context, words = self._context, self._context.partition.describe(niche)
        found = context.knowledge.search(
            f"{context.state.primary.kind} of {context.space.noun}s with {words}",
            k=RETRIEVED,
            niche=words,
            statuses=(HeuristicStatus.ACTIVE, HeuristicStatus.PROPOSED),
        )
        pinned = [each for each in context.knowledge.all() if each.pinned]
        primary = context.state.primary.name
        return tuple(dict.fromkeys(each.id for each in [*pinned, *found] if each.objective.name == primary))

    async def review(self, round: int, records: list[Observation], found: list[Heuristic]) -> Review:
        match self._context.profile(round, "critic"):
            case "capable":
                review = await self._ask_capable(round, found)
            case "small" if len(found) > 1:
                review = await self._ask_small(round, found)
            case _:
                review = None
        return review or await super().review(round, records, found)

    async def _ask_small(self, round: int, found: list[Heuristic]) -> Review | None:
        """Let the LLM choose one of the mined rules."""
        context = self._context
        options = {heuristic.predicate.text: heuristic for heuristic in found[:OFFERED]}
        answer = await self._llm.choose(
            "critic",
            options,
            round=round,
            system=prompt("critic_system", plural=context.space.plural, objective=context.state.primary.words),
            prompt=prompt("critic_small", options=effect_lines(options)),
            temperature=0.3,
            max_tokens=16,
        )
        if answer is None:
            return None
        picked = answer[1]
        return Review(
            [*picked, *(each for each in found if each not in picked)][:NEW_RULES], self._context.llms.names["critic"]
        )

    async def _ask_capable(self, round: int, found: list[Heuristic]) -> Review | None:
        """Let the LLM tell the round's story and write rules of its own."""
        context = self._context
        answer = await self._llm.fill(
            "critic",
            CriticAnswer,
            round=round,
            prompt=prompt(
                "critic",
                round=round,
                objective=context.state.primary.words,
                outcomes="\n".join(self._outcomes(round)),
                heuristics="\n".join(
                    f"- {h.predicate.text} {h.direction} {h.objective.words}: {h.status}, {line(h.reason)}"
                    for h in context.knowledge.all()
                )
                or "none yet",
                **self.language(),
            ),
        )
        if answer is None:
            return None
        record = answer[1]
        proposed, refused = [], []
        for rule in record.rules:
            try:
                proposed.append(self._heuristic(rule, round))
            except IlluminasError as error:
                refused.append(str(error))
        known = {heuristic.id for heuristic in context.knowledge.all() if heuristic.born_round < round}
        new = {h.id: h for h in [*proposed, *found[:NEW_RULES]] if h.id not in known}
        return Review(list(new.values()), context.llms.names["critic"], record.story, refused)

    def _heuristic(self, rule: Rule, round: int) -> Heuristic:
        space, primary = self._context.space, self._context.state.primary
        predicate = parse_predicate(rule.predicate, space)
        change = "higher" if rule.direction == "raises" else "lower"
        text = f"{change} {primary.words}: {predicate.words(space)} ({rule.why})"
        return self.heuristic(text, predicate, rule.direction, round)

    def _outcomes(self, round: int) -> list[str]:
        """A line for each evaluation of the round: what was expected, and what came."""
        context, state = self._context, self._context.state
        lines = []
        for hash_ in sorted(each for each, at in state.evaluated_in.items() if at == round):
            evaluation, candidate = state.evaluations[hash_], state.candidates[hash_]
            words = context.space.title(context.architecture(hash_))
            expected = "" if candidate.expected is None else f" expected {state.primary.text(candidate.expected)}"
            lines.append(f"{words}:{expected} came {context.outcome(evaluation)}")
        return lines
