"""Parent selection: which architectures a round varies, and on which niches it works.

:class:`Leaders` are of the planner's niches and the best of all (the engine, LLM-NAS); :class:`RandomElites` are drawn
anew for each proposal (LLMatic).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar

import numpy as np

from illuminas.agents.context import Context
from illuminas.agents.shares import OperatorShares
from illuminas.memory.candidate import Operator
from illuminas.memory.plan import PlanItem
from illuminas.memory.prompt_archive import SHIFT, Outcome, PromptArchive, Trial, bounded, temperature_after

NEAREST = 3
"""Elites of a niche and its neighbours that are varied for it."""
LEADERS = 6
"""Best architectures of all that are varied beside the niches' own."""
NEIGHBOURS = (2, 3)
"""Elites of nearby niches that a crossover may take beside a random one, as published."""
ALONE = {Operator.LLM_CROSSOVER: Operator.LLM_MUTATE, Operator.CROSSOVER: Operator.MUTATE}
"""The operator that takes the place of a crossover while there is one elite."""


class ParentSelection(ABC):
    """Makes the items of a plan: operators with their parents."""

    unfocused: ClassVar[str] = ""
    """Why a plan works on no niche in particular; empty where it works on those that the planner chooses."""

    def __init__(self, context: Context, shares: OperatorShares) -> None:
        self._context = context
        self._shares = shares

    @abstractmethod
    def items(self, round: int, focus: tuple[int, ...]) -> list[PlanItem]:
        """The items of a round's plan.

        Args:
            focus: niches to work on, most wanted first; empty for a selection that is unfocused.
        """


def nearest_elites(context: Context, niche: int) -> list[int]:
    """Filled niches by their distance from one, the nearest first; itself first where it is filled."""
    distance = context.partition.distance
    return sorted(context.state.elites, key=lambda other: (distance(other, niche), other))


class Leaders(ParentSelection):
    """Elites of the niche and of those nearest to it, then the best of all and the front."""

    def items(self, round: int, focus: tuple[int, ...]) -> list[PlanItem]:
        context = self._context
        parents = {niche: self.parents(niche) for niche in focus}
        warm = len(context.state.evaluations) < context.config.warm_start
        return (self._shares.warm_items if warm else self._shares.items)(round, parents)

    def parents(self, niche: int) -> tuple[str, ...]:
        """Hashes of the parents for a niche, most important first."""
        state = self._context.state
        nearest = nearest_elites(self._context, niche)
        leaders = sorted(state.successes, key=lambda each: (-state.rank(each.hash), each.hash))[:LEADERS]
        elites = [state.elites[other] for other in nearest[:NEAREST]]
        return tuple(dict.fromkeys([*elites, *(e.hash for e in leaders), *state.front]))


class FrontLeaders(Leaders):
    """The niche's own front where it has one, as in LLM-NAS (arXiv 2510.01472); the leaders otherwise."""

    def parents(self, niche: int) -> tuple[str, ...]:
        return tuple(self._context.state.kept.get(niche, ())) or super().parents(niche)


class RandomElites(ParentSelection):
    """A random elite for each proposal; for a crossover also elites of the nearest niches.

    Args:
        context: of the run.
        shares: of the operators.
        pool: proposals of a round.
        instructed: an LLM's mutations follow instructions from the archive of prompts.
    """

    unfocused = "random elites"

    def __init__(self, context: Context, shares: OperatorShares, *, pool: int, instructed: bool) -> None:
        super().__init__(context, shares)
        self._pool = pool
        self._instructed = instructed

    def items(self, round: int, focus: tuple[int, ...]) -> list[PlanItem]:
        """One item for each place of the pool; random architectures while there is no elite."""
        context, elites = self._context, self._context.state.elites
        open_niches = context.compliance.open_niches(list(elites))
        niches = sorted(open_niches or elites)
        if not niches:
            return [PlanItem(target=None, operator=Operator.RANDOM) for _ in range(self._pool)]
        rng = context.rng(round, "generation")
        briefing = _Briefing(context, round) if self._instructed else None
        items = []
        for _ in range(self._pool):
            operator = self._shares.draw(round, rng)
            niche = niches[int(rng.integers(len(niches)))]
            chosen = [niche]
            if operator in ALONE and len(niches) > 1:
                near = [other for other in nearest_elites(context, niche) if other in niches]
                chosen += near[1 : 1 + int(rng.choice(NEIGHBOURS))]
            else:
                operator = ALONE.get(operator, operator)
            item = PlanItem(target=None, operator=operator, parents=tuple(elites[each] for each in chosen))
            if briefing is not None and operator is Operator.LLM_MUTATE:
                item = briefing.add_to(item, rng)
            items.append(item)
        return items


class _Briefing:
    """Chooses the instructions and temperatures of one generation.

    What was asked for in this generation counts as kept out until its outcome is known, so that one curious
    instruction does not fill the whole generation.
    """

    def __init__(self, context: Context, round: int) -> None:
        state = context.state
        self._archive = PromptArchive(list(context.instructions), state.trials)
        bests = [state.best_of_round(earlier) for earlier in range(1, round)]
        self._temperature = temperature_after([state.primary.gain(best) for best in bests if best is not None])

    def add_to(self, item: PlanItem, rng: np.random.Generator) -> PlanItem:
        strays = rng.random() < 0.5
        temperature = bounded(self._temperature + rng.uniform(-SHIFT, SHIFT) * strays)
        name = self._archive.choose(temperature, rng)
        self._archive.add(Trial(instruction=name, temperature=temperature, outcome=Outcome.KEPT_OUT))
        return item.model_copy(update={"instruction": name, "temperature": temperature})
