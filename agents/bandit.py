"""The operator bandit: credit to operators by what they achieved, so that none can drag the search down."""

from __future__ import annotations

from typing import NamedTuple

from illuminas.agents.llm.base import Profile
from illuminas.memory.candidate import Operator
from illuminas.memory.view import RunView

PRIOR = {
    Operator.LLM_MUTATE: 0.5,
    Operator.LLM_FRESH: 0.25,
    Operator.LLM_CROSSOVER: 0.25,
    Operator.MUTATE: 1.0,
    Operator.CROSSOVER: 0.6,
    Operator.RANDOM: 0.4,
}
"""Relative shares before anything is known."""
PRIOR_WEIGHT = 12.0
"""Proposals that the prior counts for."""
FLOOR = 0.05
"""Least share of an operator, so that it can win its credit back."""
LLM_CAP = 0.30
"""Most that the LLM's operators share until they have shown more elites a proposal than the others."""
DISCOUNT = 0.7
"""Weight of a round against the one after it."""
LLM_TRIAL = 20
"""Proposals of the LLM's operators before the cap can fall."""


def available(profile: Profile) -> list[Operator]:
    """Operators of a run; only a capable LLM crosses parents over itself."""
    llm = {
        "none": [],
        "small": [Operator.LLM_MUTATE, Operator.LLM_FRESH],
        "capable": [Operator.LLM_MUTATE, Operator.LLM_FRESH, Operator.LLM_CROSSOVER],
    }[profile]
    return [*llm, Operator.MUTATE, Operator.CROSSOVER, Operator.RANDOM]


class Credit(NamedTuple):
    """What counts for an operator: discounted numbers of proposals and of elites they became."""

    proposed: float = 0.0
    elites: float = 0.0


def credits(view: RunView) -> dict[Operator, Credit]:
    """Every operator's credit; an old round counts less, since filling empty niches is easy at first."""
    entered = {(view.evaluated_in[p.hash], p.hash) for p in view.placements if p.entered}
    found: dict[Operator, Credit] = {}
    for proposed in view.proposals:
        weight = DISCOUNT ** (view.round - proposed.round)
        before = found.get(proposed.operator, Credit())
        won = (proposed.round, proposed.hash) in entered
        found[proposed.operator] = Credit(before.proposed + weight, before.elites + weight * won)
    return found


def shares(view: RunView, profile: Profile) -> dict[Operator, float]:
    """Each operator's share of the next pool, summing to 1.

    A share follows the posterior mean of elites a proposal, scaled by the prior; what the screen turned down counts
    as a failure too.
    """
    operators = available(profile)
    earned = credits(view)
    credit = {operator: earned.get(operator, Credit()) for operator in operators}
    base_rate = _rate(credit, llm=False) or 0.1
    raw = {}
    for operator in operators:
        rate = (PRIOR_WEIGHT * base_rate + credit[operator].elites) / (PRIOR_WEIGHT + credit[operator].proposed)
        raw[operator] = PRIOR[operator] * rate / base_rate
    total = sum(raw.values())
    share = {operator: max(FLOOR, value / total) for operator, value in raw.items()}
    llm = [operator for operator in operators if operator.uses_llm]
    tried = sum(view.operators[operator].proposed for operator in llm)
    if llm and not (tried >= LLM_TRIAL and _rate(credit, llm=True) > _rate(credit, llm=False)):
        _scale(share, llm, min(LLM_CAP, sum(share[op] for op in llm)))
    total = sum(share.values())
    return {operator: value / total for operator, value in share.items()}


def _rate(credit: dict[Operator, Credit], *, llm: bool) -> float:
    group = [credit[operator] for operator in credit if operator.uses_llm == llm]
    proposed = sum(each.proposed for each in group)
    return sum(each.elites for each in group) / proposed if proposed else 0.0


def _scale(share: dict[Operator, float], group: list[Operator], target: float) -> None:
    """Bring the group's sum to ``target`` of the whole, the rest to what remains."""
    inside = sum(share[operator] for operator in group)
    outside = sum(share.values()) - inside
    for operator in share:
        share[operator] *= target / inside if operator in group else (1 - target) / outside


def counts(share: dict[Operator, float], total: int) -> dict[Operator, int]:
    """Whole numbers that sum to ``total``, by largest remainder."""
    exact = {operator: value * total for operator, value in share.items()}
    whole = {operator: int(value) for operator, value in exact.items()}
    by_remainder = sorted(exact, key=lambda operator: whole[operator] - exact[operator])
    for operator in by_remainder[: total - sum(whole.values())]:
        whole[operator] += 1
    return whole
