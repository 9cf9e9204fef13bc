"""How well a run foresaw what it measured: its surrogate, and every zero-cost proxy."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from illuminas.memory.state import RunState
from illuminas.tools.correlation import spearman

CHECKS = 30
"""Points of the curves over a run."""
RECENT = 40
"""Predictions that the curve of recent ones looks back on."""


class Foreseen(NamedTuple):
    """One evaluation of which something was expected, per cent.

    Attributes:
        low, high: the range in which nine of ten such accuracies were expected; None where the log does not tell.
    """

    hash: str
    round: int
    expected: float
    came: float
    low: float | None
    high: float | None

    @property
    def held(self) -> bool | None:
        """Whether what came lies in the range; None where there is none."""
        return None if self.low is None or self.high is None else self.low <= self.came <= self.high


class Check(NamedTuple):
    """How well the predictions up to a point of the run agree with what came.

    Attributes:
        predictions: how many there were.
        agreement: Spearman's rank correlation of all of them, -1 to 1; None for too few.
        recent: the same of the last :data:`RECENT`.
        held: share of all of them that lies in its range; None where the log has no ranges.
    """

    round: int
    predictions: int
    agreement: float | None
    recent: float | None
    held: float | None


class ProxyLine(NamedTuple):
    """One zero-cost proxy.

    Attributes:
        agreement: rank correlation with the accuracies measured, in the direction in which it promises: 1 is best.
        scored: evaluations that it has a score of.
    """

    name: str
    agreement: float
    scored: int


def foreseen(state: RunState) -> list[Foreseen]:
    """Every success of which something was expected, in the order of evaluation."""
    found = []
    for each in state.successes:
        candidate = state.candidates[each.hash]
        if candidate.expected is not None:
            low, high = candidate.expected_range or (None, None)
            came = state.quality(each.hash)
            found.append(Foreseen(each.hash, state.evaluated_in[each.hash], candidate.expected, came, low, high))
    return found


def checks(told: list[Foreseen]) -> list[Check]:
    """The agreement after each round, or after some of many."""
    ends = [place for place, each in enumerate(told, start=1) if place == len(told) or told[place].round != each.round]
    if len(ends) > CHECKS:
        ends = [ends[place] for place in np.linspace(0, len(ends) - 1, CHECKS).round().astype(int)]
    expected, came = np.array([each.expected for each in told]), np.array([each.came for each in told])
    held = [each.held for each in told]
    found = []
    for end in ends:
        known = [each for each in held[:end] if each is not None]
        last = slice(max(0, end - RECENT), end)
        found.append(
            Check(
                round=told[end - 1].round,
                predictions=end,
                agreement=spearman(expected[:end], came[:end]),
                recent=spearman(expected[last], came[last]),
                held=sum(known) / len(known) if known else None,
            )
        )
    return found


def proxies(state: RunState) -> list[ProxyLine]:
    """Every proxy that has scores of what was evaluated, the most telling first; those with too few are left out."""
    from illuminas.tools.proxies import PROXIES

    known = [each.hash for each in state.successes if each.hash in state.proxies]
    came = np.array([state.quality(hash_) for hash_ in known])
    found = []
    for name in dict.fromkeys(name for hash_ in known for name in state.proxies[hash_]):
        scores = np.array([state.proxies[hash_].get(name, np.nan) for hash_ in known], dtype=float)
        sign = PROXIES[name].sign if name in PROXIES else 1
        agreement = spearman(sign * scores, came)
        if agreement is not None:
            found.append(ProxyLine(name, agreement, int(np.isfinite(scores).sum())))
    return sorted(found, key=lambda each: -each.agreement)
