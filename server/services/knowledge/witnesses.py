"""Witnesses: the very architectures that speak for or against a heuristic."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple

from illuminas.memory.evidence import Record, distinct
from illuminas.memory.heuristics import Heuristic


class Period(StrEnum):
    """When an architecture was measured, as far as the heuristic is concerned."""

    BEFORE = "before its birth"
    """The rule may have been found in it, so it counts for nothing."""
    EVIDENCE = "evidence"
    SINCE = "since it was judged"
    """Fresh, and not counted yet: evidence is written again when it has grown by a quarter, or changes the status."""


class Witness(NamedTuple):
    """One architecture.

    Attributes:
        value: the heuristic's metric, in its unit.
        holds: whether the predicate does.
    """

    hash: str
    value: float
    round: int
    holds: bool
    period: Period


def witnesses(heuristic: Heuristic, records: Sequence[Record], judged_in: int | None) -> list[Witness]:
    """The architectures of its scope in the order in which they were measured.

    Args:
        records: all measurements of its metric, up to the moment that is looked at.
        judged_in: the round at whose end its evidence was measured; None where it has none.
    """
    found = []
    for record in distinct(records):
        if not heuristic.covers(record):
            continue
        period = Period.EVIDENCE
        if record.round <= heuristic.born_round:
            period = Period.BEFORE
        elif judged_in is None or record.round > judged_in:
            period = Period.SINCE
        holds = heuristic.predicate.holds(record.features)
        found.append(Witness(record.hash, record.value, record.round, holds, period))
    return found
