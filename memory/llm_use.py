"""What the LLMs of a run cost, and whether they answer: both follow from the log's ``llm`` events alone."""

from __future__ import annotations

from typing import NamedTuple

from pydantic import BaseModel, ConfigDict

from illuminas.memory.kinds import LLMCalled
from illuminas.tools.frozen import Frozen

FAILURES = 3
"""Calls in a row without an answer after which an LLM counts as down."""
LONGEST = 8
"""Rounds that an LLM which stays down is left alone at most, between two tries."""


class Call(NamedTuple):
    """One call of an LLM, without its words.

    Attributes:
        at: seconds into the run at its end; what a person asks takes none.
        seconds: until the answer; None where none came.
        failed: without a valid answer.
    """

    agent: str
    at: float
    seconds: float | None
    failed: bool
    prompt_tokens: int
    completion_tokens: int
    dollars: float | None
    by_a_person: bool

    @classmethod
    def of(cls, told: LLMCalled, at: float) -> Call:
        return cls(
            agent=told.agent,
            at=at,
            seconds=told.seconds,
            failed=told.error is not None,
            prompt_tokens=told.prompt_tokens,
            completion_tokens=told.completion_tokens,
            dollars=told.dollars,
            by_a_person=told.by_a_person,
        )


class LLMUse(BaseModel):
    """What calls cost.

    Attributes:
        failures: calls without a valid answer; they may cost all the same.
        seconds: wall-clock time until the answers.
        dollars: of the calls whose price is known.
        unpriced: calls whose price is not.
    """

    model_config = ConfigDict(extra="forbid")

    calls: int = 0
    failures: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    seconds: float = 0.0
    dollars: float = 0.0
    unpriced: int = 0

    @property
    def tokens(self) -> int:
        return self.prompt_tokens + self.completion_tokens

    @property
    def cost(self) -> float | None:
        """US dollars; None where the price of some call is unknown."""
        return None if self.unpriced else self.dollars

    def add(self, call: LLMCalled) -> None:
        """Count one call."""
        self.calls += 1
        self.failures += call.error is not None
        self.prompt_tokens += call.prompt_tokens
        self.completion_tokens += call.completion_tokens
        self.seconds += call.seconds or 0.0
        self.dollars += call.dollars or 0.0
        self.unpriced += call.dollars is None


class Health(Frozen):
    """Whether one LLM answers: a circuit breaker that counts rounds instead of seconds, so that equal runs are equal.

    After :data:`FAILURES` calls in a row without any answer it is down, and left alone until the round
    :attr:`until`; that round's first call is a try. Where it fails too, the pause doubles, up to :data:`LONGEST`.

    Attributes:
        failures: calls in a row without an answer.
        pause: rounds of the last pause; 0 while it is up.
        since, until: rounds in which it went down, and is tried again; None while it is up.
        reason: of the last failure.
        changed: key of the call by which it went down or came back last.
    """

    failures: int = 0
    pause: int = 0
    since: int | None = None
    until: int | None = None
    reason: str = ""
    changed: str = ""

    def shut(self, round: int) -> bool:
        """Whether nothing is asked of it now, in the rest of the round in which it went down as well."""
        return self.since is not None and self.until is not None and self.since <= round < self.until

    def out(self, round: int) -> bool:
        """Whether a round begins without it."""
        return self.shut(round) and self.since != round

    def after(self, call: LLMCalled, *, round: int, key: str) -> Health:
        """The state after one more call; an answer that does not fit is an answer."""
        if not call.down:
            return Health(changed=key if self.until is not None else self.changed)
        failures = self.failures + 1
        if self.until is None and failures < FAILURES:
            return self.model_copy(update={"failures": failures})
        pause = min(LONGEST, 2 * self.pause or 1)
        return Health(
            failures=failures,
            pause=pause,
            since=round,
            until=round + pause + 1,
            reason=call.error or "",
            changed=key,
        )
