"""Parents from the niches that a round works on, and from the best of all."""

from __future__ import annotations

from illuminas.agents.parents.base import ParentSelection, nearest_elites
from illuminas.memory.plan import PlanItem

NEAREST = 3
"""Elites of a niche and its neighbours that are varied for it."""
LEADERS = 6
"""Best architectures of all that are varied beside the niches' own."""


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
