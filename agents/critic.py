"""The critic: compares expectations with results, judges the heuristics by the data, and tells the round's story."""

from __future__ import annotations

from collections import Counter

from illuminas.agents.context import Context
from illuminas.agents.rules.base import RuleSource
from illuminas.memory.evidence import Record as Observation
from illuminas.memory.heuristics import Heuristic, HeuristicStatus, scope_of
from illuminas.memory.kinds import RoundReviewed
from illuminas.memory.mining import mine
from illuminas.tools.objectives import Objective

NEW_OTHER_RULES = 1
"""Rules about each other objective that are proposed a round: there is less to find out than about the primary."""
FOUND = 6
"""Rules mined a round."""


class Critic:
    """Computes the evidence; the run's rule source proposes what is tested next."""

    def __init__(self, context: Context, rules: RuleSource) -> None:
        self._context = context
        self._rules = rules

    async def review(self, round: int) -> None:
        """Judge, propose and tell the story of a round, unless that is in the log already."""
        context, key = self._context, f"story:{round}"
        if context.log.has(key):
            return
        objectives = context.state.objectives
        observed = {objective.name: context.records(objective.name) for objective in objectives}
        for objective in objectives:
            context.knowledge.judge(observed[objective.name], round, objective=objective)
        records = observed[objectives[0].name]
        context.sync()
        found = self._mine(records, round, objectives[0], limit=FOUND)
        review = await self._rules.review(round, records, found)
        proposed = list(review.proposed)
        for objective in objectives[1:]:
            proposed += self._mine(observed[objective.name], round, objective, limit=NEW_OTHER_RULES)
        context.knowledge.propose(proposed, round)
        context.sync()
        told = RoundReviewed(
            text=" ".join([review.story or self._story(round, proposed), *self._begun_before(round)]),
            author=review.author,
            surprises=self._surprises(round),
            refused=tuple(review.refused),
        )
        context.append(told, round=round, key=key)

    def _mine(self, records: list[Observation], round: int, objective: Objective, *, limit: int) -> list[Heuristic]:
        # without those of this round, so that a review that was cut short finds the same again
        known = [each for each in self._context.knowledge.all() if each.born_round < round]
        config = self._context.config
        return mine(
            records,
            self._context.space,
            objective=objective,
            round=round,
            known=known,
            limit=limit,
            scope=scope_of(config.space, config.dataset, objective),
        )

    def _evaluated(self, round: int) -> list[str]:
        state = self._context.state
        return [hash_ for hash_, at in state.evaluated_in.items() if at == round]

    def _surprises(self, round: int) -> dict[str, float]:
        """Hash -> value of the primary objective minus what the surrogate expected, of this round's evaluations."""
        state = self._context.state
        return {
            hash_: float(f"{value - expected:.2f}")
            for hash_ in sorted(self._evaluated(round))
            if (expected := state.candidates[hash_].expected) is not None
            and (value := state.value(hash_, state.primary.name)) is not None
        }

    def _begun_before(self, round: int) -> list[str]:
        """Of this round's evaluations, those that were begun before a person asked for something that they break."""
        compliance = self._context.compliance
        broken = Counter(compliance.broken_by(self._context.architecture(hash_)) for hash_ in self._evaluated(round))
        return [
            f"{count} begun before directive {number} came, which {'it breaks' if count == 1 else 'they break'}."
            for number, count in broken.items()
            if number is not None and number > 0
        ]

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
            sentences.append(
                f"the largest surprise was {words}, {state.primary.change(surprises[hash_])} off what was expected"
            )
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
