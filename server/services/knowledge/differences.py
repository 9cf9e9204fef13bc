"""Differences: what changed in the knowledge between two rounds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from illuminas.memory.heuristics import Heuristic
from illuminas.memory.knowledge import KnowledgeDiff, diff
from illuminas.memory.ledger import Change


class Changed(NamedTuple):
    """One heuristic that is not what it was.

    Attributes:
        then: in the earlier state; None where it was not there.
    """

    change: Change
    now: Heuristic
    then: Heuristic | None


def between_rounds(before: Mapping[str, Heuristic], after: Mapping[str, Heuristic]) -> list[Changed]:
    """What is different in the later state, by change; of one that was not there before, its birth alone."""
    found: KnowledgeDiff = diff(before, after)
    return [
        Changed(Change(name), heuristic, before.get(heuristic.id))
        for name in KnowledgeDiff.model_fields
        for heuristic in getattr(found, name)
        if heuristic.id in before or name == Change.BORN
    ]
