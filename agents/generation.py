"""A generation of LLMatic (arXiv 2306.01102): random elites, each with an operator and what is to be done with it."""

from __future__ import annotations

from illuminas.agents import bandit
from illuminas.agents.context import Context
from illuminas.agents.plan import PlanItem
from illuminas.memory.candidate import Operator
from illuminas.memory.prompt_archive import SHIFT, Outcome, PromptArchive, Trial, bounded, temperature_after

NEIGHBOURS = (2, 3)
"""Elites of nearby niches that a crossover may take beside a random one, as published."""


class Generation:
    """Draws parents, operators, instructions and temperatures."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def items(self, round: int) -> list[PlanItem]:
        """One item for each place of the pool; random architectures while there is no elite.

        What was asked for in this generation counts as kept out until it is known, so that one curious instruction
        is not all of it.
        """
        context = self._context
        config, elites = context.config, context.state.elites
        wanted = context.compliance.open_niches(list(elites))
        elites = {niche: elites[niche] for niche in wanted or elites}
        if not elites:
            return [PlanItem(target=None, operator=Operator.RANDOM) for _ in range(config.pool)]
        rng = context.rng(round, "generation")
        shares = bandit.fixed(config.shares, context.profile(round))
        instructions = PromptArchive(list(context.instructions), context.state.trials)
        warmth = self._temperature(round)
        items = []
        for _ in range(config.pool):
            operator = Operator(rng.choice(list(shares), p=list(shares.values())))
            niche = sorted(elites)[int(rng.integers(len(elites)))]
            crossed = operator in (Operator.LLM_CROSSOVER, Operator.CROSSOVER)
            if crossed and len(elites) > 1:
                near = nearest_elites(context, niche)[1 : 1 + int(rng.choice(NEIGHBOURS))]
                parents = (elites[niche], *(elites[other] for other in near))
                items.append(PlanItem(target=None, operator=operator, parents=parents))
                continue
            if crossed:  # nobody to cross with yet
                operator = Operator.LLM_MUTATE if operator.uses_llm else Operator.MUTATE
            item = PlanItem(target=None, operator=operator, parents=(elites[niche],))
            if operator.uses_llm and config.instructed:
                strays = rng.random() < 0.5
                temperature = bounded(warmth + rng.uniform(-SHIFT, SHIFT) * strays)
                name = instructions.choose(temperature, rng)
                instructions.add(Trial(instruction=name, temperature=temperature, outcome=Outcome.KEPT_OUT))
                item = item.model_copy(update={"instruction": name, "temperature": temperature})
            items.append(item)
        return items

    def _temperature(self, round: int) -> float:
        bests = [self._context.state.best_of_round(earlier) for earlier in range(1, round)]
        return temperature_after([best for best in bests if best is not None])


def nearest_elites(context: Context, niche: int) -> list[int]:
    """Filled niches by their distance from one, the nearest first; itself first where it is filled."""
    distance = context.partition.distance
    return sorted(context.state.elites, key=lambda other: (distance(other, niche), other))
