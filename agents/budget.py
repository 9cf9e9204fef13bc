"""Caps on evaluations, seconds and tokens; what is in flight counts before more is started."""

from __future__ import annotations

from illuminas.agents.config import SearchConfig
from illuminas.memory.view import RunView

_CHARACTERS_A_TOKEN = 3
"""Few, so that a prompt's tokens are over- rather than underestimated."""


class Budget:
    """What a run may still spend.

    Args:
        config: the caps, where nobody has set others since.
        view: what was spent, by the event log.
    """

    def __init__(self, config: SearchConfig, view: RunView) -> None:
        self._config = config
        self._view = view

    @property
    def evaluations(self) -> int:
        """Cap on evaluations."""
        return int(self._view.caps.get("evaluations", self._config.evaluations))

    @property
    def seconds(self) -> float | None:
        """Cap on wall-clock time; None without one."""
        seconds: float | None = self._view.caps.get("seconds", self._config.seconds)
        return seconds

    @property
    def tokens(self) -> int | None:
        """Cap on LLM tokens; None without one."""
        tokens: int | None = self._view.caps.get("tokens", self._config.tokens)
        return tokens

    @property
    def evaluations_left(self) -> int:
        return max(0, self.evaluations - len(self._view.evaluations))

    @property
    def seconds_left(self) -> float | None:
        """None without a cap."""
        return None if self.seconds is None else self.seconds - self._view.seconds_now

    @property
    def evaluation_seconds(self) -> float:
        """Mean cost of an evaluation so far, seconds."""
        made = [e.seconds for e in self._view.evaluations.values() if not e.cached]
        return sum(made) / len(made) if made else 0.0

    def may_evaluate(self) -> bool:
        """Whether one more evaluation is likely to end within the cap on seconds."""
        left = self.seconds_left
        return left is None or left > self.evaluation_seconds

    def may_ask(self, characters: int, max_tokens: int) -> bool:
        """Whether a call of that prompt length and answer limit fits under the cap on tokens."""
        if self.tokens is None:
            return True
        return self._view.llm.tokens + characters / _CHARACTERS_A_TOKEN + max_tokens <= self.tokens

    def exhausted(self) -> str | None:
        """Why the run is at its end, in words; None while it may go on. Tokens only silence the LLM."""
        if self.evaluations_left == 0:
            return f"all {self.evaluations} evaluations are made"
        if not self.may_evaluate():
            return f"the {self.seconds:g} seconds are used up"
        return None
