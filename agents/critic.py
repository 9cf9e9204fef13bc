"""The critic: compares what was expected with what came, lets the data judge the heuristics, and proposes new ones."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field

from illuminas.agents.context import Context
from illuminas.agents.llm.base import Choice, Record
from illuminas.agents.llm_session import LLMSession, prompt
from illuminas.agents.quoting import line
from illuminas.agents.rulebook import Rulebook
from illuminas.memory.evidence import Metric
from illuminas.memory.evidence import Record as Observation
from illuminas.memory.heuristics import Heuristic, HeuristicStatus, Scope
from illuminas.memory.kinds import Kind
from illuminas.memory.mining import mine
from illuminas.memory.observations import observe
from illuminas.memory.predicates import parse_predicate
from illuminas.tools.errors import IlluminasError

NEW_RULES = 2
"""Rules proposed a round, so that each gets a fair trial."""
NEW_LATENCY_RULES = 1
"""The same for latency, about which less is to be found out."""
FOUND = 6
"""Rules mined a round."""
OFFERED = 4
"""Mined rules that a small LLM chooses among."""


class Rule(BaseModel):
    """A rule of a capable LLM; the data decides what becomes of it."""

    predicate: str = Field(max_length=160, description="for example 'conv3 >= 2 and edge_0_3 == skip'")
    direction: Literal["raises", "lowers"]
    why: str = Field(max_length=200, description="the reason, in one sentence")


class CriticAnswer(BaseModel):
    """What a capable LLM makes of a round."""

    story: str = Field(max_length=600, description="what happened and why, at most three sentences")
    rules: list[Rule] = Field(max_length=3)


class Critic:
    """Evidence is computed; the LLM writes the words and proposes predicates."""

    def __init__(self, context: Context, llm: LLMSession) -> None:
        self._context = context
        self._llm = llm
        self._rulebook = Rulebook(context, llm)

    async def review(self, round: int) -> None:
        """Judge, propose and tell the story of a round, unless that is in the log already."""
        context, key = self._context, f"story:{round}"
        if context.log.get(key) is not None:
            return
        records, latencies = self.observations("val_accuracy"), self.observations("latency_ms")
        context.knowledge.judge(records, round)
        context.knowledge.judge(latencies, round, metric="latency_ms")
        context.sync()
        if context.config.rules == "rewritten":
            await self._rulebook.rewrite(round, records)
        story, author, proposed, refused = await self._propose(round, records)
        proposed += self._mine(latencies, round, metric="latency_ms", limit=NEW_LATENCY_RULES)
        context.knowledge.propose(proposed, round)
        context.sync()
        data = {
            "text": story or self._story(round, proposed),
            "author": author,
            "surprises": self._surprises(round),
            "refused": refused,
        }
        context.append(Kind.STORY, data, round=round, key=key)

    def observations(self, metric: Metric) -> list[Observation]:
        """The run's own measurements of a metric, as evidence sees them."""
        context = self._context
        return observe(context.state, metric, lambda hash_: context.features(context.architecture(hash_)))

    def _elder(self, round: int) -> list[Heuristic]:
        """Heuristics of earlier rounds; a review that was cut short must find what it found before."""
        return [heuristic for heuristic in self._context.knowledge.all() if heuristic.born_round < round]

    def _mine(self, records: list[Observation], round: int, *, metric: Metric, limit: int) -> list[Heuristic]:
        known = [heuristic for heuristic in self._elder(round) if heuristic.metric == metric]
        scope = self._scope(metric)
        return mine(records, self._context.space, round=round, known=known, limit=limit, metric=metric, scope=scope)

    def _scope(self, metric: Metric) -> Scope:
        """Accuracy belongs to the data set, latency to the device."""
        config = self._context.config
        if metric == "latency_ms":
            return Scope(space=config.space, device=config.device)
        return Scope(space=config.space, dataset=config.dataset)

    async def _propose(self, round: int, records: list[Observation]) -> tuple[str, str, list[Heuristic], list[str]]:
        """``(story, author, new heuristics, refused predicates)``; an empty story is told by template."""
        context = self._context
        found = self._mine(records, round, metric="val_accuracy", limit=FOUND)
        profile = context.profile(round, "critic")
        if profile == "none" or context.config.rules != "evidence":
            return "", "statistics", found[:NEW_RULES], []
        if profile == "capable":
            return await self._ask_capable(round, found)
        if len(found) <= 1:
            return "", "statistics", found, []
        options = {heuristic.predicate.text: heuristic for heuristic in found[:OFFERED]}
        answer = await self._llm.ask(
            "critic",
            Choice(options=tuple(options), count=1),
            round=round,
            system=prompt("critic_system", plural=context.space.plural),
            prompt=prompt(
                "critic_small",
                options="\n".join(
                    f"{text}: {heuristic.found_with.effect:+.1f}"
                    for text, heuristic in options.items()
                    if heuristic.found_with is not None and heuristic.found_with.effect is not None
                ),
            ),
            temperature=0.3,
            max_tokens=16,
        )
        if answer is None:
            return "", "statistics", found[:NEW_RULES], []
        picked = options[answer[1].values[0]]
        rest = [heuristic for heuristic in found if heuristic is not picked]
        return "", context.llms.names["critic"], [picked, *rest][:NEW_RULES], []

    async def _ask_capable(self, round: int, found: list[Heuristic]) -> tuple[str, str, list[Heuristic], list[str]]:
        context = self._context
        answer = await self._llm.ask(
            "critic",
            Record(model=CriticAnswer),
            round=round,
            system=prompt("system", space=context.space.summary),
            prompt=prompt(
                "critic",
                round=round,
                outcomes="\n".join(self._outcomes(round)),
                heuristics="\n".join(
                    f"- {h.predicate.text} {h.direction} accuracy: {h.status}, {line(h.reason)}"
                    for h in context.knowledge.all()
                )
                or "none yet",
                features="\n".join(f"{name}: {text}" for name, text in context.space.feature_docs.items()),
            ),
        )
        if answer is None or answer[1].record is None:
            return "", "statistics", found[:NEW_RULES], []
        record = CriticAnswer.model_validate(answer[1].record)
        proposed, refused = [], []
        for rule in record.rules:
            try:
                predicate = parse_predicate(rule.predicate, context.space)
            except IlluminasError as error:
                refused.append(str(error))
                continue
            change = "higher" if rule.direction == "raises" else "lower"
            proposed.append(
                Heuristic(
                    text=f"{change} validation accuracy: {predicate.words(context.space)} ({rule.why})",
                    predicate=predicate,
                    direction=rule.direction,
                    scope=self._scope("val_accuracy"),
                    origin="critic",
                    born_round=round,
                    since=round,
                )
            )
        known = {heuristic.id for heuristic in self._elder(round)}
        new = {h.id: h for h in [*proposed, *found[:NEW_RULES]] if h.id not in known}
        return record.story, context.llms.names["critic"], list(new.values()), refused

    def _evaluated(self, round: int) -> list[str]:
        state = self._context.state
        return [hash_ for hash_, at in state.evaluated_in.items() if at == round]

    def _outcomes(self, round: int) -> list[str]:
        context, state = self._context, self._context.state
        lines = []
        for hash_ in sorted(self._evaluated(round)):
            evaluation, candidate = state.evaluations[hash_], state.candidates[hash_]
            words = context.space.title(context.architecture(hash_))
            came = f"{evaluation.val_accuracy:.1f}" if evaluation.val_accuracy is not None else evaluation.status
            expected = "" if candidate.expected is None else f" expected {candidate.expected:.1f}"
            lines.append(f"{words}:{expected} came {came}")
        return lines

    def _surprises(self, round: int) -> dict[str, float]:
        """Hash -> accuracy minus what the surrogate expected, per cent, of this round's evaluations."""
        state = self._context.state
        return {
            hash_: float(f"{state.accuracy(hash_) - expected:.2f}")
            for hash_ in sorted(self._evaluated(round))
            if (expected := state.candidates[hash_].expected) is not None
            and state.evaluations[hash_].val_accuracy is not None
        }

    def _story(self, round: int, proposed: list[Heuristic]) -> str:
        """The round in words, by template."""
        context, state = self._context, self._context.state
        evaluated = self._evaluated(round)
        entered = [p for p in state.placements if p.hash in evaluated and p.entered]
        sentences = [
            f"{len(evaluated)} evaluated, {len(entered)} became the elite of their niche"
            + (f" ({', '.join(sorted({state.candidates[p.hash].operator.value for p in entered}))})" if entered else "")
        ]
        surprises = self._surprises(round)
        if surprises:
            hash_ = max(surprises, key=lambda each: abs(surprises[each]))
            words = context.space.title(context.architecture(hash_))
            sentences.append(f"the largest surprise was {words}, {surprises[hash_]:+.1f} points off what was expected")
        changed = [h for h in context.knowledge.all() if h.since == round and h.born_round != round]
        for heuristic in changed:
            verb = {
                HeuristicStatus.ACTIVE: "confirms",
                HeuristicStatus.CONTRADICTED: "contradicts",
                HeuristicStatus.RETIRED: "retires",
                HeuristicStatus.SUPERSEDED: "supersedes",
            }.get(heuristic.status, "reopens")
            sentences.append(f"the data {verb} {heuristic.id} ({heuristic.text})")
        if proposed:
            sentences.append("to be tested: " + "; ".join(heuristic.text for heuristic in proposed))
        return ". ".join(sentence[0].upper() + sentence[1:] for sentence in sentences) + "."
