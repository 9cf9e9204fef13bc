"""Evidence: what the evaluations of a run say about a rule, computed and never taken from an LLM.

The effect of a predicate is the difference between the mean value of the architectures it holds for and the
mean of the others, with Welch's confidence interval (B. L. Welch, "The generalization of 'Student's' problem
when several different population variances are involved", Biometrika 34, 1947). Accuracies have a long tail
of poor cells, which makes intervals from a handful of architectures far too sure, so a test on ranks goes
with it (W. J. Conover & R. L. Iman, "Rank transformations as a bridge between parametric and nonparametric
statistics", The American Statistician 35, 1981).

It is an observation, not an experiment: where the search favours some architectures, what goes along with the
predicate is part of its effect.
"""

from __future__ import annotations

import math
from collections import defaultdict
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np

from illuminas.tools.correlation import ranks_of
from illuminas.tools.frozen import Frozen

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from illuminas.memory.predicates import Predicate
    from illuminas.tools.objectives import Objective
    from illuminas.tools.spaces.base import Feature

Direction = Literal["raises", "lowers"]

CONFIDENCE = 0.95
"""Confidence level of every interval."""
MIN_INTERVAL = 3
"""Fewer architectures than this on either side, and there is no interval."""
EXAMPLES = 8
"""Architectures named for and against a rule, the clearest first; more would swell the event log."""


class Record(NamedTuple):
    """One evaluation as evidence sees it; a plain tuple, for every round makes one of each evaluation.

    Attributes:
        hash: the architecture's hash.
        features: what its search space says of it.
        value: of one objective, in its unit; finite.
        round: round in which it was evaluated.
        niche: its niche in the archive's partition.
    """

    hash: str
    features: Mapping[str, Feature]
    value: float
    round: int
    niche: str | None = None


class Evidence(Frozen):
    """What a set of evaluations says of one rule.

    Attributes:
        effect: mean of the architectures the predicate holds for minus mean of the others, in the
            objective's unit; None where one side is empty.
        low, high: confidence interval of the effect; None below :data:`MIN_INTERVAL` architectures on a side,
            or where no value differs from another on its side.
        p: two-sided p-value of the same difference in ranks; None where there is no interval.
        n_with, n_without: architectures the predicate holds for, and the others.
        spread: standard deviation of the value over all of them, the scale of an effect.
        n_for, n_against: of the architectures the predicate holds for, how many lie on the claimed side of
            the mean of the others, and how many do not.
        supporting, opposing: hashes of up to :data:`EXAMPLES` of these, the farthest from that mean first.
    """

    effect: float | None = None
    low: float | None = None
    high: float | None = None
    p: float | None = None
    n_with: int = 0
    n_without: int = 0
    spread: float = 0.0
    n_for: int = 0
    n_against: int = 0
    supporting: tuple[str, ...] = ()
    opposing: tuple[str, ...] = ()

    @property
    def n(self) -> int:
        """Architectures on both sides."""
        return self.n_with + self.n_without

    def words(self, objective: Objective) -> str:
        """The figures in one line; 'too few' where there is no interval."""
        sides = f"{self.n_with} with, {self.n_without} without"
        if self.effect is None:
            return f"too few to tell: {sides}"
        change = objective.change(self.effect)
        if self.low is None or self.high is None:
            return f"{change}, too few for an interval: {sides}"
        low, high = (f"{bound / objective.scale:+.2f}" for bound in (self.low, self.high))
        return f"{change}, {CONFIDENCE:.0%} interval {low} to {high}; {sides}"


def distinct(records: Iterable[Record]) -> list[Record]:
    """One record an architecture: the mean of its values, at the round that evaluated it first.

    Repeats of one architecture are not independent; counted one by one they would narrow every interval.
    """
    records = list(records)
    if len({record.hash for record in records}) == len(records):
        return records
    groups: dict[str, list[Record]] = defaultdict(list)
    for record in records:
        groups[record.hash].append(record)
    merged = []
    for group in groups.values():
        first = min(group, key=lambda record: record.round)
        if len(group) > 1:
            first = first._replace(value=math.fsum(record.value for record in group) / len(group))
        merged.append(first)
    return merged


def extension(predicate: Predicate, records: Sequence[Record]) -> NDArray[np.bool_]:
    """Boolean ``(n,)``: which of the records the predicate holds for."""
    return predicate.extension([record.features for record in records])


def overlap(left: NDArray[np.bool_], right: NDArray[np.bool_]) -> float:
    """How far two extensions are the same, 0 to 1: the smaller Jaccard index of what they hold and do not
    hold for.

    Both sides count, because two rules about rare architectures agree nearly everywhere without being alike.
    """
    jaccard = []
    for a, b in ((left, right), (~left, ~right)):
        union = np.count_nonzero(a | b)
        jaccard.append(np.count_nonzero(a & b) / union if union else 1.0)
    return float(min(jaccard))


def measure(predicate: Predicate, records: Iterable[Record], *, direction: Direction = "raises") -> Evidence:
    """The evidence of ``records`` for the claim that ``predicate`` moves the objective in ``direction``.

    The effect does not depend on the direction; who spoke for and against does.
    """
    merged = distinct(records)
    if not merged:
        return Evidence()
    holds = extension(predicate, merged)
    values = np.array([record.value for record in merged])
    spread = float(values.std(ddof=1)) if len(values) > 1 else 0.0
    with_, without = values[holds], values[~holds]
    if not len(with_) or not len(without):
        return Evidence(n_with=len(with_), n_without=len(without), spread=spread)

    sign = 1.0 if direction == "raises" else -1.0
    margin = sign * (with_ - without.mean())
    hashes = np.array([record.hash for record in merged])[holds]
    order = np.argsort(-np.abs(margin), kind="stable")
    supporting = [str(hashes[i]) for i in order if margin[i] > 0]
    opposing = [str(hashes[i]) for i in order if margin[i] <= 0]

    low, high = _welch_interval(with_, without)
    return Evidence(
        effect=float(with_.mean() - without.mean()),
        low=low,
        high=high,
        p=None if low is None else _rank_test(ranks_of(values), holds),
        n_with=len(with_),
        n_without=len(without),
        spread=spread,
        n_for=len(supporting),
        n_against=len(opposing),
        supporting=tuple(supporting[:EXAMPLES]),
        opposing=tuple(opposing[:EXAMPLES]),
    )


def _welch_interval(left: NDArray[np.float64], right: NDArray[np.float64]) -> tuple[float, float] | tuple[None, None]:
    """Confidence interval of ``left.mean() - right.mean()`` without assuming equal variances."""
    from scipy.special import stdtrit

    if min(len(left), len(right)) < MIN_INTERVAL:
        return None, None
    a, b = left.var(ddof=1) / len(left), right.var(ddof=1) / len(right)
    if a + b == 0:
        return None, None
    freedom = (a + b) ** 2 / (a**2 / (len(left) - 1) + b**2 / (len(right) - 1))
    centre = left.mean() - right.mean()
    half = float(stdtrit(freedom, (1 + CONFIDENCE) / 2)) * math.sqrt(a + b)
    return float(centre - half), float(centre + half)


def _rank_test(ranks: NDArray[np.float64], holds: NDArray[np.bool_]) -> float:
    """Two-sided p of Student's t on ranks: the Wilcoxon-Mann-Whitney test, near enough from 5 a side."""
    from scipy.special import stdtr

    r = np.corrcoef(ranks, holds)[0, 1]
    freedom = len(ranks) - 2
    return float(2 * stdtr(freedom, -abs(r) * math.sqrt(freedom / max(1 - r**2, 1e-12))))
