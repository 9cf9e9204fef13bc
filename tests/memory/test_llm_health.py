"""The circuit breaker of an LLM, which follows from the log and counts rounds."""

from __future__ import annotations

from typing import Any

from illuminas.memory.kinds import LLMCalled
from illuminas.memory.llm_use import FAILURES, LONGEST, Health, LLMUse


def call(**told: Any) -> LLMCalled:
    return LLMCalled(agent="coder", role="coder", llm="made-up", prompt="", **told)


DOWN = call(error="no connection", down=True)
MISFIT = call(error="expected a list")
ANSWER = call(values=("a",))


def after(*calls: tuple[int, LLMCalled]) -> Health:
    health = Health()
    for number, (round_, data) in enumerate(calls):
        health = health.after(data, round=round_, key=f"call:{number}")
    return health


def test_it_is_down_after_some_failures_in_a_row_and_tried_again_later() -> None:
    assert not after((4, DOWN), (4, DOWN)).shut(4)
    health = after(*[(4, DOWN)] * FAILURES)
    assert (health.since, health.until, health.reason) == (4, 6, "no connection")
    assert [health.shut(round_) for round_ in (4, 5, 6)] == [True, True, False]
    assert [health.out(round_) for round_ in (4, 5, 6)] == [False, True, False], (
        "the round it went down in began with it"
    )


def test_an_answer_in_between_starts_the_count_anew_even_one_that_does_not_fit() -> None:
    assert after((1, DOWN), (1, DOWN), (1, MISFIT), (1, DOWN), (1, DOWN)).until is None
    assert after((1, DOWN), (1, DOWN), (1, ANSWER), (2, DOWN), (2, DOWN)).until is None


def test_a_try_that_fails_doubles_the_pause_up_to_a_limit() -> None:
    health = after(*[(1, DOWN)] * FAILURES)
    pauses = []
    for _ in range(6):
        assert health.until is not None
        at = health.until
        health = health.after(DOWN, round=at, key=f"try:{at}")
        assert health.until is not None
        pauses.append(health.until - at - 1)
    assert pauses == [2, 4, 8, LONGEST, LONGEST, LONGEST]


def test_a_try_that_succeeds_brings_it_back_and_names_the_call() -> None:
    health = after(*[(1, DOWN)] * FAILURES, (3, ANSWER))
    assert not health.shut(3)
    assert health.changed == f"call:{FAILURES}"
    assert after(*[(1, DOWN)] * FAILURES, (3, ANSWER), (3, DOWN), (3, DOWN)).until is None


def test_a_cost_is_unknown_where_one_call_has_no_price() -> None:
    use = LLMUse()
    use.add(call(prompt_tokens=5, completion_tokens=2, dollars=0.25))
    assert (use.cost, use.tokens) == (0.25, 7)
    use.add(call(error="no", prompt_tokens=3))
    assert (use.cost, use.dollars, use.calls, use.failures, use.tokens) == (None, 0.25, 2, 1, 10)
