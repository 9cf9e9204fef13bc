"""The operator bandit."""

from __future__ import annotations

import pytest

from illuminas.agents import shares as bandit
from illuminas.memory.archive import Placement, PlacementStatus
from illuminas.memory.candidate import Candidate, Operator
from illuminas.memory.state import RunState


def view_of(record: dict[Operator, tuple[int, int]]) -> RunState:
    """A run in which each operator got so many evaluations, of which so many became elites."""
    state = RunState()
    for operator, (evaluated, elites) in record.items():
        for number in range(evaluated):
            hash_ = f"{operator}-{number}"
            state.candidates[hash_] = Candidate(hash=hash_, text="", operator=operator)
            state.evaluated_in[hash_] = 0
            state.operators[operator].evaluated += 1
            if number < elites:
                state.placements.append(Placement(hash=hash_, status=PlacementStatus.NEW, niche=0))
    return state


def llm_share(shares: dict[Operator, float]) -> float:
    return sum(share for operator, share in shares.items() if operator.uses_llm)


@pytest.mark.parametrize("profile", ["none", "small", "capable"])
def test_shares_sum_to_one_and_leave_every_operator_a_chance(profile: str) -> None:
    shares = bandit.shares(view_of({Operator.RANDOM: (50, 0), Operator.MUTATE: (50, 25)}), profile)  # type: ignore[arg-type]
    assert sum(shares.values()) == pytest.approx(1)
    assert min(shares.values()) > 0.02
    assert set(shares) == set(bandit.available(profile))  # type: ignore[arg-type]


def test_an_operator_that_brings_elites_gets_more() -> None:
    before = bandit.shares(RunState(), "none")
    after = bandit.shares(view_of({Operator.CROSSOVER: (30, 15), Operator.MUTATE: (30, 3)}), "none")
    assert after[Operator.CROSSOVER] > before[Operator.CROSSOVER]
    assert after[Operator.CROSSOVER] > after[Operator.MUTATE]


def test_the_llm_is_capped_until_it_has_earned_more() -> None:
    rivals = {Operator.MUTATE: (40, 4)}
    assert llm_share(bandit.shares(RunState(), "capable")) <= bandit.LLM_CAP + 1e-9
    lucky = bandit.shares(view_of({**rivals, Operator.LLM_MUTATE: (5, 5)}), "small")
    assert llm_share(lucky) <= bandit.LLM_CAP + 1e-9
    earned = bandit.shares(view_of({**rivals, Operator.LLM_MUTATE: (30, 20)}), "small")
    assert llm_share(earned) > bandit.LLM_CAP


def test_an_llm_that_brings_nothing_shrinks_to_the_floor() -> None:
    record = {Operator.MUTATE: (40, 20), Operator.LLM_MUTATE: (200, 0), Operator.LLM_FRESH: (200, 0)}
    assert llm_share(bandit.shares(view_of(record), "small")) < 0.15


def test_old_rounds_count_less() -> None:
    state = view_of({Operator.RANDOM: (20, 20), Operator.MUTATE: (20, 5)})
    early = bandit.shares(state, "none")[Operator.RANDOM]
    state.round = 15
    assert bandit.shares(state, "none")[Operator.RANDOM] < early


@pytest.mark.parametrize("total", [1, 7, 240])
@pytest.mark.parametrize("profile", ["none", "capable"])
def test_counts_sum_to_the_pool(profile: str, total: int) -> None:
    counts = bandit.counts(bandit.shares(RunState(), profile), total)  # type: ignore[arg-type]
    assert sum(counts.values()) == total


def test_an_llm_is_asked_for_few_however_large_the_pool() -> None:
    counts = bandit.counts(bandit.shares(RunState(), "small"), 1000)
    asked = sum(count for operator, count in counts.items() if operator.uses_llm)
    assert 0 < asked <= bandit.LLM_POOL * bandit.LLM_CAP + 1
