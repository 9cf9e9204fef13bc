"""Operator shares: how many proposals each operator makes.

:class:`BanditShares` follow what each operator has achieved, so that none can drag the search down (the engine);
:class:`FixedShares` are set by the mode (LLM-NAS, LLMatic).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from illuminas.agents.context import Context
from illuminas.agents.llm.base import Profile
from illuminas.memory.candidate import Operator
from illuminas.memory.plan import PlanItem
from illuminas.memory.state import RunState

WARM_POOL = 2
"""Size of the pool during the warm start, in regular pools: only zero-cost scores choose from it."""
WITHOUT_LLM = {Operator.LLM_MUTATE: Operator.MUTATE, Operator.LLM_CROSSOVER: Operator.CROSSOVER}
"""The operator that varies parents in the same way without an LLM."""
PRIOR = {
    Operator.LLM_MUTATE: 0.5,
    Operator.LLM_FRESH: 0.25,
    Operator.LLM_CROSSOVER: 0.25,
    Operator.MUTATE: 1.0,
    Operator.CROSSOVER: 0.6,
    Operator.RANDOM: 0.4,
}
"""Relative shares before anything is known."""
PRIOR_WEIGHT = 6.0
"""Evaluations that the prior counts for."""
FLOOR = 0.05
"""Least share of an operator, so that it can win its credit back."""
LLM_CAP = 0.30
"""Most that the LLM's operators share until they have shown more elites an evaluation than the others."""
LLM_POOL = 24
"""Proposals asked of an LLM that has the whole share: its answers cost seconds, draws of statistics nothing."""
DISCOUNT = 0.7
"""Weight of a round against the one after it."""
LLM_TRIAL = 6
"""Evaluations of the LLM's operators before the cap can fall."""


class OperatorShares(ABC):
    """Divides a round's proposals among the operators.

    Args:
        context: of the run.
        pool: proposals of a round.
    """

    def __init__(self, context: Context, pool: int) -> None:
        self._context = context
        self._pool = pool

    @abstractmethod
    def of_round(self, round: int) -> dict[Operator, float]:
        """Each available operator's share, summing to 1."""

    @abstractmethod
    def items(self, round: int, parents: Mapping[int, tuple[str, ...]]) -> list[PlanItem]:
        """The items of a round's plan.

        Args:
            parents: niche -> hashes of its parents, most important first; the most wanted niche first.
        """

    def warm_items(self, round: int, parents: Mapping[int, tuple[str, ...]]) -> list[PlanItem]:
        """The same during the warm start: random draws, a larger number of them."""
        return [self._random(WARM_POOL * self._pool)]

    def draw(self, round: int, rng: np.random.Generator) -> Operator:
        """One operator, drawn by the shares."""
        shares = self.of_round(round)
        return Operator(rng.choice(list(shares), p=list(shares.values())))

    def _random(self, count: int) -> PlanItem:
        return PlanItem(target=None, operator=Operator.RANDOM, count=max(1, count))


class FixedShares(OperatorShares):
    """Constant shares: of the LLM's operators while it answers, of the others otherwise.

    Args:
        context: of the run.
        pool: proposals of a round.
        shares: relative shares.
        most: proposals that the LLM makes in one answer; None for any number.
    """

    def __init__(
        self, context: Context, pool: int, *, shares: Mapping[Operator, float], most: int | None = None
    ) -> None:
        super().__init__(context, pool)
        self._shares = shares
        self._most = most

    def of_round(self, round: int) -> dict[Operator, float]:
        llm = self._context.profile(round) != "none"
        share = {operator: value for operator, value in self._shares.items() if operator.uses_llm == llm}
        total = sum(share.values())
        return {operator: value / total for operator, value in share.items()}

    def items(self, round: int, parents: Mapping[int, tuple[str, ...]]) -> list[PlanItem]:
        """One operator for each niche; draws without the LLM make up for what exceeds one of its answers."""
        rng = self._context.rng(round, "operators")
        count = max(1, self._pool // len(parents))
        items = []
        for niche, own in parents.items():
            operator = self.draw(round, rng)
            rotated = tuple(own[(round + step) % len(own)] for step in range(len(own)))
            item = PlanItem(target=niche, operator=operator if own else Operator.RANDOM, parents=rotated, count=count)
            if item.operator.uses_llm and self._most is not None and count > self._most:
                items.append(item.model_copy(update={"count": self._most}))
                rest = {"operator": WITHOUT_LLM.get(operator, Operator.RANDOM), "count": count - self._most}
                item = item.model_copy(update=rest)
            items.append(item)
        return items


class BanditShares(OperatorShares):
    """Shares by credit; each operator's proposals are dealt out over the niches."""

    def of_round(self, round: int) -> dict[Operator, float]:
        return shares(self._context.state, self._context.profile(round))

    def items(self, round: int, parents: Mapping[int, tuple[str, ...]]) -> list[PlanItem]:
        focus, turn, items = list(parents), 0, []
        for operator, count in counts(self.of_round(round), self._pool).items():
            if operator.uses_llm:  # one question a round and operator: a prompt's shared prefix is read once
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

    def warm_items(self, round: int, parents: Mapping[int, tuple[str, ...]]) -> list[PlanItem]:
        """A capable LLM's usual part, and more random draws, for zero-cost scores have to find what stands out.

        A small LLM knows only what was measured, which is little yet.
        """
        if self._context.profile(round) != "capable":
            return super().warm_items(round, parents)
        items = [item for item in self.items(round, parents) if item.operator.uses_llm]
        return [*items, self._random(WARM_POOL * self._pool - sum(item.count for item in items))]


def available(profile: Profile) -> list[Operator]:
    """Operators of a run; only a capable LLM crosses parents over itself."""
    llm = {
        "none": [],
        "small": [Operator.LLM_MUTATE, Operator.LLM_FRESH],
        "capable": [Operator.LLM_MUTATE, Operator.LLM_FRESH, Operator.LLM_CROSSOVER],
    }[profile]
    return [*llm, Operator.MUTATE, Operator.CROSSOVER, Operator.RANDOM]


class Credit(NamedTuple):
    """What counts for an operator: discounted numbers of evaluations and of elites they became."""

    evaluated: float = 0.0
    elites: float = 0.0


def credits(state: RunState) -> dict[Operator, Credit]:
    """Every operator's credit; an old round counts less, since filling empty niches is easy at first."""
    entered = {placement.hash for placement in state.placements if placement.entered}
    found: dict[Operator, Credit] = {}
    for hash_, round_ in state.evaluated_in.items():
        operator = state.candidates[hash_].operator
        weight = DISCOUNT ** (state.round - round_)
        before = found.get(operator, Credit())
        found[operator] = Credit(before.evaluated + weight, before.elites + weight * (hash_ in entered))
    return found


def shares(state: RunState, profile: Profile) -> dict[Operator, float]:
    """Each operator's share, summing to 1: of the evaluations that go to operators in turn, and of the pool.

    An LLM's part of the pool is its share of :data:`LLM_POOL` alone.

    A share follows the posterior mean of elites an evaluation, scaled by the prior.
    """
    operators = available(profile)
    earned = credits(state)
    credit = {operator: earned.get(operator, Credit()) for operator in operators}
    base_rate = _rate(credit, llm=False) or 0.1
    raw = {}
    for operator in operators:
        rate = (PRIOR_WEIGHT * base_rate + credit[operator].elites) / (PRIOR_WEIGHT + credit[operator].evaluated)
        raw[operator] = PRIOR[operator] * rate / base_rate
    total = sum(raw.values())
    share = {operator: max(FLOOR, value / total) for operator, value in raw.items()}
    llm = [operator for operator in operators if operator.uses_llm]
    tried = sum(state.operators[operator].evaluated for operator in llm)
    if llm and not (tried >= LLM_TRIAL and _rate(credit, llm=True) > _rate(credit, llm=False)):
        _scale(share, llm, min(LLM_CAP, sum(share[op] for op in llm)))
    total = sum(share.values())
    return {operator: value / total for operator, value in share.items()}


def _rate(credit: dict[Operator, Credit], *, llm: bool) -> float:
    group = [credit[operator] for operator in credit if operator.uses_llm == llm]
    evaluated = sum(each.evaluated for each in group)
    return sum(each.elites for each in group) / evaluated if evaluated else 0.0


def _scale(share: dict[Operator, float], group: list[Operator], target: float) -> None:
    """Bring the group's sum to ``target`` of the whole, the rest to what remains."""
    inside = sum(share[operator] for operator in group)
    outside = sum(share.values()) - inside
    for operator in share:
        share[operator] *= target / inside if operator in group else (1 - target) / outside


def counts(share: dict[Operator, float], total: int) -> dict[Operator, int]:
    """Proposals of each operator in a pool of ``total``; the LLM's are its share of :data:`LLM_POOL`."""
    llm = {operator: value for operator, value in share.items() if operator.uses_llm}
    rest = {operator: value for operator, value in share.items() if not operator.uses_llm}
    asked = _apportion(llm, round(min(LLM_POOL, total) * sum(llm.values())))
    return {**asked, **_apportion(rest, total - sum(asked.values()))}


def _apportion(share: dict[Operator, float], total: int) -> dict[Operator, int]:
    """Whole numbers that sum to ``total``, by largest remainder."""
    exact = {operator: value * total / sum(share.values()) for operator, value in share.items()}
    whole = {operator: int(value) for operator, value in exact.items()}
    by_remainder = sorted(exact, key=lambda operator: whole[operator] - exact[operator])
    for operator in by_remainder[: total - sum(whole.values())]:
        whole[operator] += 1
    return whole
