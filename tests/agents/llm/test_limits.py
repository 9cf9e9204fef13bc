"""Calls at once, and calls and tokens a minute, by a clock of the test's own."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from illuminas.agents.llm.base import Choice, LLMRequest
from illuminas.agents.llm.gate import Gate, LimitedLLM
from illuminas.agents.llm.limits import Limits
from illuminas.agents.llm.scripted import ScriptedLLM, ScriptEntry
from illuminas.tools.errors import IlluminasError


class Clock:
    """Time that passes when somebody waits for it."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now

    async def wait(self, seconds: float) -> None:
        self.now += seconds


def starts(limits: Limits, costs: Sequence[tuple[int, int]]) -> list[float]:
    """When each of several calls began, in seconds after the first: ``(thought to cost, cost)`` tokens each."""
    clock = Clock()

    async def one_after_the_other() -> list[float]:
        gate = Gate(limits, clock=clock, wait=clock.wait)
        begun = []
        for thought, cost in costs:
            async with gate.passage(thought) as settle:
                begun.append(clock.now - 1000.0)
                settle(cost)
        return begun

    return asyncio.run(one_after_the_other())


def test_a_minute_holds_so_many_calls_and_moves_on_with_the_clock() -> None:
    assert starts(Limits(requests=2), [(1, 1)] * 5) == [0, 0, 60, 60, 120]


def test_a_minute_holds_so_many_tokens_and_what_a_call_did_not_take_is_given_back() -> None:
    assert starts(Limits(tokens=100), [(50, 50), (50, 50), (50, 50)]) == [0, 0, 60]
    assert starts(Limits(tokens=100), [(80, 10), (80, 10), (80, 10)]) == [0, 0, 0]
    assert starts(Limits(tokens=100), [(90, 20), (90, 20), (60, 20)]) == [0, 60, 60]


def test_a_call_above_the_limit_goes_alone() -> None:
    assert starts(Limits(tokens=100), [(500, 500), (10, 10), (500, 500)]) == [0, 60, 120]


def test_no_more_calls_are_made_at_once_than_allowed() -> None:
    async def most() -> int:
        gate = Gate(Limits(concurrency=2))
        inside = highest = 0
        go_on = asyncio.Event()

        async def call() -> None:
            nonlocal inside, highest
            async with gate.passage(1):
                inside += 1
                highest = max(highest, inside)
                await go_on.wait()
                inside -= 1

        calls = [asyncio.create_task(call()) for _ in range(6)]
        for _ in range(20):
            await asyncio.sleep(0)  # lets the others run
        assert inside == 2
        go_on.set()
        await asyncio.gather(*calls)
        return highest

    assert asyncio.run(most()) == 2


def test_a_limited_provider_answers_as_its_own() -> None:
    inner = ScriptedLLM([ScriptEntry(agent="coder", answer=[1])])
    llm = LimitedLLM(inner, Gate(Limits(requests=9)))
    request = LLMRequest(agent="coder", key="llm:0", system="", prompt="", form=Choice(options=("a", "b")))
    assert asyncio.run(llm.answer(request)).values == ("b",)
    assert (llm.name, llm.profile) == (inner.name, inner.profile)


def test_limits_are_read_as_people_type_them() -> None:
    limits = Limits.read(["timeout=2.5", "requests=60"])
    assert (limits.timeout, limits.requests, limits.tokens) == (2.5, 60, None)
    with pytest.raises(IlluminasError, match="Did you mean 'requests'"):
        Limits.read(["request=3"])
    with pytest.raises(IlluminasError, match="--llm-limit retries=many: Input should be a valid integer"):
        Limits.read(["retries=many"])
