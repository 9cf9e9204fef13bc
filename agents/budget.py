"""Caps on evaluations, seconds, tokens and dollars; what is in flight counts before more is started."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from illuminas.agents.config import SearchConfig
from illuminas.agents.llm.base import Usage
from illuminas.memory.state import RunState

OVERTIME = 0.04
"""Share of a cap on seconds by which it may be passed."""


class _Held(NamedTuple):
    """What calls in flight may cost at most."""

    tokens: int = 0
    dollars: float = 0.0


class Budget:
    """What a run may still spend.

    Args:
        config: the caps, where nobody has set others since.
        state: what was spent, by the event log.
    """

    def __init__(self, config: SearchConfig, state: RunState) -> None:
        self._config = config
        self._state = state
        self._held: list[_Held] = []

    @property
    def evaluations(self) -> int:
        """Cap on evaluations."""
        return int(self._state.caps.get("evaluations", self._config.evaluations))

    @property
    def seconds(self) -> float | None:
        """Cap on wall-clock time; None without one."""
        seconds: float | None = self._state.caps.get("seconds", self._config.seconds)
        return seconds

    @property
    def tokens(self) -> int | None:
        """Cap on LLM tokens; None without one."""
        tokens: int | None = self._state.caps.get("tokens", self._config.tokens)
        return tokens

    @property
    def dollars(self) -> float | None:
        """Cap on US dollars for LLMs; None without one."""
        dollars: float | None = self._state.caps.get("dollars", self._config.dollars)
        return dollars

    @property
    def evaluations_left(self) -> int:
        return max(0, self.evaluations - len(self._state.evaluations))

    @property
    def seconds_left(self) -> float | None:
        """None without a cap."""
        return None if self.seconds is None else self.seconds - self._state.seconds_now

    @property
    def evaluation_seconds(self) -> float:
        """Mean cost of an evaluation so far, seconds."""
        made = [e.seconds for e in self._state.evaluations.values() if not e.cached]
        return sum(made) / len(made) if made else 0.0

    def may_evaluate(self, seconds: float | None = None) -> bool:
        """Whether one more evaluation is likely to end within the cap on seconds.

        Args:
            seconds: that it is expected to take; None takes the mean of those so far.
        """
        left = self.seconds_left
        return left is None or left > (self.evaluation_seconds if seconds is None else seconds)

    def timeout(self, seconds: float) -> float:
        """Seconds after which an evaluation is killed: those given, or fewer where the cap on seconds ends before.

        A cap may be passed by :data:`OVERTIME` of itself, so that what is nearly done can end.
        """
        if self.seconds is None or self.seconds_left is None:
            return seconds
        return min(seconds, max(1.0, self.seconds_left + OVERTIME * self.seconds))

    @contextmanager
    def hold(self, worst: Usage, dollars: float | None) -> Iterator[bool]:
        """Reserve what a call of an LLM may cost at most, until the block ends; False where it does not fit.

        The call's cost must be in the log by then, so that at no time less is counted than is spent or may be.

        Args:
            worst: most tokens that the call may take.
            dollars: most that it may cost; None where the price is unknown: then it fits under no cap.
        """
        spent, left = self._state.llm, self.seconds_left
        tokens = spent.tokens + sum(held.tokens for held in self._held) + worst.tokens
        cost = spent.dollars + sum(held.dollars for held in self._held) + (dollars or 0.0)
        if (
            (self.tokens is not None and tokens > self.tokens)
            or (self.dollars is not None and (dollars is None or cost > self.dollars))
            or (left is not None and left <= 0)
        ):
            yield False
            return
        held = _Held(worst.tokens, dollars or 0.0)
        self._held.append(held)
        try:
            yield True
        finally:
            self._held.remove(held)

    def exhausted(self) -> str | None:
        """Why the run is at its end, in words; None while it may go on. Tokens and dollars only silence the LLM."""
        if self.evaluations_left == 0:
            return f"all {self.evaluations} evaluations are made"
        if not self.may_evaluate():
            return f"the {self.seconds:g} seconds are used up"
        return None
