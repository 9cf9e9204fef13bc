"""The rules of LLM-NAS (arXiv 2510.01472): the critic rewrites each niche's rules after every round.

A rule says what to do (positive) or to avoid (negative) in one niche. The LLM picks or writes it. Each rule is a
heuristic like any other: its evidence is computed, and one that the data contradict is dropped from the niche's sheet.
"""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from pydantic import BaseModel, Field

from illuminas.agents.context import Context
from illuminas.agents.llm_session import LLMSession, prompt
from illuminas.agents.quoting import line
from illuminas.agents.rules.base import Review, RuleSource, effect_lines
from illuminas.memory.evidence import Direction, measure
from illuminas.memory.evidence import Record as Observation
from illuminas.memory.heuristics import Heuristic, HeuristicStatus
from illuminas.memory.kinds import RulesWritten
from illuminas.memory.mining import conditions_of
from illuminas.memory.predicates import Predicate, parse_predicate
from illuminas.tools.errors import IlluminasError

SIDE = 2
"""Architectures on either side of a rule before it can be thought of; evidence asks for more."""
OFFERED = 2
"""Rules of either sign that a small LLM chooses among: on one thread it reads some seventy tokens a second."""
MOST = 3
"""Rules of either sign on a sheet that a capable LLM writes."""
SHOWN = 12
"""Architectures of the niche that a capable LLM is shown, the latest last."""
REFUTED = (HeuristicStatus.CONTRADICTED, HeuristicStatus.RETIRED)


class RuleAnswer(BaseModel):
    """A rule of a capable LLM."""

    predicate: str = Field(max_length=160, description="conditions on features, joined by 'and'")
    why: str = Field(max_length=200, description="the reason, in one sentence")


class SheetAnswer(BaseModel):
    """A niche's rules, written by a capable LLM."""

    positive: list[RuleAnswer] = Field(max_length=MOST, description="what cells of the niche should have")
    negative: list[RuleAnswer] = Field(max_length=MOST, description="what they should not have")


class RewrittenRules(RuleSource):
    """A sheet of rules for each niche, rewritten whenever a round measured something in it."""

    binding: ClassVar[bool] = True
    edit_prompt: ClassVar[str] = "coder_edit_rules"

    def __init__(self, context: Context, llm: LLMSession) -> None:
        super().__init__(context)
        self._llm = llm

    def of_niche(self, niche: int) -> tuple[str, ...]:
        return self._context.state.rules.get(niche, ())

    def lines(self, rules: list[Heuristic]) -> str:
        """The rules without their niche, which the prompt names."""
        space = self._context.space
        lines = [f"- {'use' if r.favours else 'avoid'} {r.predicate.words(space)}" for r in rules]
        return "\n".join(lines) or "none yet"

    async def review(self, round: int, records: list[Observation], found: list[Heuristic]) -> Review:
        await self._rewrite(round, records)
        return await super().review(round, records, found)

    async def _rewrite(self, round: int, records: list[Observation]) -> None:
        """Log the new sheets, unless they are in the log already."""
        context, key = self._context, f"rules:{round}"
        if context.log.has(key):
            return
        sheets: dict[int, tuple[str, ...]] = {}
        refused: list[str] = []
        for niche in context.partition.reachable:
            words = context.partition.describe(niche)
            inside = [record for record in records if record.niche == words]
            if len(inside) < 2 * SIDE or all(record.round != round for record in inside):
                continue
            rules = await self._write(round, niche, inside, refused)
            context.knowledge.propose(rules, round)
            kept = [rule.id for rule in rules if context.knowledge.get(rule.id).status not in REFUTED]
            sheets[niche] = tuple(kept)
        context.sync()
        context.append(RulesWritten(niches=sheets, refused=tuple(refused)), round=round, key=key)

    async def _write(self, round: int, niche: int, inside: list[Observation], refused: list[str]) -> list[Heuristic]:
        found = self._found(round, inside)
        context = self._context
        # while chance draws what is evaluated, nobody reads the sheets: an LLM's time is saved for those that are read
        profile = context.profile(round, "critic")
        if profile == "none" or len(context.state.evaluations) < context.config.warm_start:
            return found[:2]
        if profile == "capable":
            return await self._ask_capable(round, niche, inside, refused) or found[:2]
        if len(found) < 2:
            return found
        options = {f"{'use' if rule.favours else 'avoid'} {rule.predicate.text}": rule for rule in found}
        answer = await self._llm.choose(
            "rules",
            options,
            count=2,
            round=round,
            system=prompt("critic_system", plural=context.space.plural, objective=context.state.primary.words),
            prompt=prompt("rules_small", niche=context.partition.describe(niche), options=effect_lines(options)),
            temperature=0.3,
            max_tokens=40,
        )
        return found[:2] if answer is None else answer[1]

    def _found(self, round: int, inside: list[Observation]) -> list[Heuristic]:
        """Single conditions by their effect in the niche, of either sign in turn, the strongest first.

        To use something and to avoid its opposite is one rule; the wording that comes first stands for both.
        """
        conditions, masks = conditions_of(inside, self._context.space, least=SIDE)
        if not conditions:
            return []
        place = {mask.tobytes(): index for index, mask in enumerate(masks.T)}
        first = [index for index, mask in enumerate(masks.T) if place.get((~mask).tobytes(), index) >= index]
        predicates, masks = [Predicate(conditions=(conditions[index],)) for index in first], masks[:, first]
        values = np.array([record.value for record in inside])
        counts = masks.sum(axis=0)
        effects = values @ masks / counts - values @ ~masks / (len(values) - counts)
        order = np.argsort(-np.abs(effects), kind="stable")
        sides = [[int(i) for i in order if (effects[i] > 0) == up][:OFFERED] for up in (True, False)]
        mixed = [index for pair in zip(*sides, strict=False) for index in pair]
        rest = [index for index in (*sides[0], *sides[1]) if index not in mixed]
        return [
            self._heuristic(predicates[i], "raises" if effects[i] > 0 else "lowers", round, inside)
            for i in (*mixed, *rest)
        ]

    def _heuristic(
        self,
        predicate: Predicate,
        direction: Direction,
        round: int,
        inside: list[Observation],
        why: str = "",
    ) -> Heuristic:
        context, niche = self._context, inside[0].niche
        verb = "use" if (direction == "raises") == context.state.primary.maximised else "avoid"
        text = f"In niche {niche}, {verb} {predicate.words(context.space)}" + (f" ({why})" if why else "")
        found_with = measure(predicate, inside, direction=direction)
        return self.heuristic(text, predicate, direction, round, niche).model_copy(update={"found_with": found_with})

    async def _ask_capable(
        self, round: int, niche: int, inside: list[Observation], refused: list[str]
    ) -> list[Heuristic]:
        """A sheet in the LLM's own words; predicates that cannot be read are noted in ``refused``."""
        context, state = self._context, self._context.state
        before = context.rules_of(state.rules.get(niche, ()))
        answer = await self._llm.fill(
            "rules",
            SheetAnswer,
            round=round,
            prompt=prompt(
                "rules",
                objectives=", ".join(each.words for each in context.state.objectives),
                niche=context.partition.describe(niche),
                rules="\n".join(f"- {line(rule.text)}: {rule.status}, {line(rule.reason)}" for rule in before)
                or "none yet",
                measured="\n".join(self._line(record) for record in inside[-SHOWN:]),
                **self.language(),
            ),
            max_tokens=800,
        )
        if answer is None:
            return []
        sheet = answer[1]
        good: Direction = "raises" if context.state.primary.maximised else "lowers"
        bad: Direction = "lowers" if good == "raises" else "raises"
        sides = ((good, sheet.positive), (bad, sheet.negative))
        rules = []
        for direction, given in sides:
            for rule in given:
                try:
                    predicate = parse_predicate(rule.predicate, context.space)
                except IlluminasError as error:
                    refused.append(str(error))
                    continue
                rules.append(self._heuristic(predicate, direction, round, inside, rule.why))
        return list({rule.id: rule for rule in rules}.values())

    def _line(self, record: Observation) -> str:
        """One measured architecture with what its proposer meant by it."""
        context, candidate = self._context, self._context.state.candidates[record.hash]
        words = context.space.title(context.architecture(record.hash))
        return f"{words}: {context.line(record.hash)}" + (
            f" ({line(candidate.rationale)})" if candidate.rationale else ""
        )
