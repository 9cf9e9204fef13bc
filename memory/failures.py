"""Failures of a run by the stage in which they came, each under its reason."""

from __future__ import annotations

from typing import Final, NamedTuple

from illuminas.memory.events import Event
from illuminas.memory.kinds import (
    EvaluationMade,
    EvaluationSkipped,
    LatencyMeasured,
    LLMCalled,
    PoolScreened,
    ProposalsMade,
)
from illuminas.tools.evaluation import Status

STAGES: Final = ("LLM", "coder", "screen", "latency", "evaluation")
"""Where something can fail, in the order of a round."""
REASONS = 200
"""Reasons of one stage that are told apart."""
EXAMPLES = 8
"""Architectures that are kept of each reason."""


class Failure(NamedTuple):
    """One reason.

    Attributes:
        times: how often.
        last: round in which it came last.
        examples: hashes of architectures, the latest first; empty where there is none.
    """

    reason: str
    times: int
    last: int
    examples: tuple[str, ...]


class Failures:
    """Counts failures as events tell them; feed it with :meth:`apply`, in order."""

    def __init__(self) -> None:
        self._found: dict[str, dict[str, Failure]] = {stage: {} for stage in STAGES}

    @property
    def total(self) -> int:
        return sum(failure.times for reasons in self._found.values() for failure in reasons.values())

    def of(self, stage: str) -> list[Failure]:
        """The reasons of one stage, the most frequent first."""
        return sorted(self._found[stage].values(), key=lambda each: (-each.times, -each.last))

    def apply(self, event: Event) -> None:
        """Count what an event tells of."""
        match event.data:
            case LLMCalled(agent=agent, error=str(error)):
                self._add("LLM", f"{agent}: {error}", event.round)
            case ProposalsMade(misses=misses):
                for miss in misses:
                    self._add("coder", miss.reason, event.round)
            case PoolScreened(refused=refused):
                for hash_, reason in refused.items():
                    self._add("screen", reason, event.round, hash_)
            case EvaluationSkipped(hash=hash_, reason=reason):
                self._add("screen", reason, event.round, hash_)
            case LatencyMeasured(reading=reading):
                if reading.value is None:
                    self._add("latency", reading.reason, event.round, reading.hash)
            case EvaluationMade(evaluation=evaluation):
                if evaluation.status is not Status.OK:
                    reason = f"{evaluation.status}: {evaluation.reason}"
                    self._add("evaluation", reason, event.round, evaluation.hash)

    def _add(self, stage: str, reason: str, round: int, hash_: str | None = None) -> None:
        if len(self._found[stage]) >= REASONS and reason not in self._found[stage]:
            reason = "others"
        before = self._found[stage].get(reason, Failure(reason, 0, 0, ()))
        examples = before.examples if hash_ is None else (hash_, *before.examples)[:EXAMPLES]
        self._found[stage][reason] = Failure(reason, before.times + 1, round, examples)
