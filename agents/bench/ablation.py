"""What a part of a mode is worth: the mode in full against itself with that part taken away or exchanged.

Variants are compared with the full mode at equal budgets and with the same LLM, and the mode without an LLM with the
one that has it. Compared is seed by seed: the difference of a measure in every seed that both ran, its mean, and the
95 % interval of that mean by Student's t. The verdict follows from the interval alone: a difference whose interval
holds zero is not told apart. Each verdict stands for itself: of twenty parts that change nothing, one is told apart by
chance.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import NamedTuple

import numpy as np

from illuminas.agents.bench.outcome import BenchRow, Outcome
from illuminas.agents.bench.variants import FULL
from illuminas.tools.frozen import Frozen

CONFIDENCE = 0.95
"""Of every interval."""
NO_LLM = "none"
SINGLE, FRONT = ("validation", "test"), ("hv_ratio", "hv_zoomed", "igd")
"""Measures that are compared, of :class:`~illuminas.agents.bench.measures.Course`."""


class Verdict(StrEnum):
    """What the data say of a difference to the full mode; whether lower is better is the measure's matter."""

    LOWER = "lower than full"
    SAME = "not told apart from full"
    HIGHER = "higher than full"


class Difference(Frozen):
    """A variant minus the full mode in one measure.

    Attributes:
        mean: over the seeds that both ran, in the measure's unit.
        low, high: 95 % interval of the mean; None for one seed.
    """

    mean: float
    low: float | None
    high: float | None
    verdict: Verdict


class Comparison(Frozen):
    """A method beside the full mode at one budget, on one task.

    Attributes:
        full: the full mode, named with its LLM.
        seeds: that both ran.
        differences: by measure, of :data:`SINGLE` or :data:`FRONT`.
    """

    full: str
    seeds: int
    differences: dict[str, Difference]


class ComparedRow(BenchRow):
    """A row of the bench, with how a variant of a mode compares with the full mode, once for each LLM of that."""

    ablation: tuple[Comparison, ...]


class Ablation(NamedTuple):
    """A full mode with one LLM on one task, and what it is compared with.

    Attributes:
        lacking: name of what is missing or exchanged -> the searches like that, and how they compare.
    """

    full: Outcome
    lacking: dict[str, tuple[Outcome, Comparison]]


def difference(variant: np.ndarray, full: np.ndarray) -> Difference:
    """The difference of a measure, ``(seeds,)`` each, one seed at least, paired by place."""
    gaps = variant - full
    mean = float(gaps.mean())
    if len(gaps) < 2:
        return Difference(mean=mean, low=None, high=None, verdict=Verdict.SAME)
    from scipy.stats import t

    half = float(t.ppf((1 + CONFIDENCE) / 2, len(gaps) - 1) * gaps.std(ddof=1) / np.sqrt(len(gaps)))
    verdict = Verdict.LOWER if mean + half < 0 else Verdict.HIGHER if mean - half > 0 else Verdict.SAME
    return Difference(mean=mean, low=mean - half, high=mean + half, verdict=verdict)


def ablations(found: Sequence[Outcome], budget: int) -> list[Ablation]:
    """Every full mode that has something to be compared with, in the order of what was found."""
    made = []
    for full in found:
        if _part(full) == FULL:
            lacking = {
                part: (each, told) for part, each in _lacking(found, full) if (told := _compare(each, full, budget))
            }
            if lacking:
                made.append(Ablation(full, lacking))
    return made


def rows(found: Sequence[Outcome], budgets: Sequence[int]) -> list[ComparedRow]:
    """A row a method, task and budget, each with its comparisons to the full mode where there are any."""
    told = {budget: ablations(found, budget) for budget in budgets}
    made = []
    for outcome in found:
        for budget in budgets:
            beside = [
                each for ablation in told[budget] for other, each in ablation.lacking.values() if other is outcome
            ]
            made.append(ComparedRow(**dict(outcome.row(budget)), ablation=tuple(beside)))
    return made


def _lacking(found: Sequence[Outcome], full: Outcome) -> Iterator[tuple[str, Outcome]]:
    """What the full mode is compared with: its variants with the same LLM, and itself without one."""
    for each in found:
        if each.task != full.task or _mode(each) != _mode(full):
            continue
        if _part(each) == FULL:
            if each.llm == NO_LLM != full.llm:
                yield "no-llm", each
        elif each.llm == full.llm:
            yield _part(each), each


def _compare(variant: Outcome, full: Outcome, budget: int) -> Comparison | None:
    """How a variant compares with the full mode; None where they have no seed in common."""
    shared = sorted(set(variant.seeds) & set(full.seeds))
    if not shared:
        return None

    def of(outcome: Outcome, measure: str) -> np.ndarray:
        return outcome.reached(measure, budget)[np.isin(outcome.seeds, shared)]

    measures = FRONT if full.truth.several else SINGLE
    return Comparison(
        full=full.method,
        seeds=len(shared),
        differences={each: difference(of(variant, each), of(full, each)) for each in measures},
    )


def _mode(outcome: Outcome) -> str:
    return outcome.name.partition("/")[0]


def _part(outcome: Outcome) -> str:
    return outcome.name.partition("/")[2]
