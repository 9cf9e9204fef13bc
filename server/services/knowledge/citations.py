"""Citations: the candidates that followed a heuristic, and what became of them."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import NamedTuple

from illuminas.memory.archive import PlacementStatus
from illuminas.memory.candidate import Operator
from illuminas.memory.state import RunState
from illuminas.tools.evaluation import Status


class Fate(StrEnum):
    """What became of a candidate, the best first."""

    KEPT = "in the archive"
    DISPLACED = "was in the archive"
    KEPT_OUT = "no better than its niche"
    FAILED = "failed"
    WAITING = "not evaluated yet"
    SCREENED_OUT = "not chosen for evaluation"


class Citation(NamedTuple):
    """A candidate that cites a heuristic.

    Attributes:
        words: the architecture on one line.
        round: in which it was evaluated; None where it was not.
        accuracy: of validation, per cent; None without a success.
        expected: what the surrogate foresaw, per cent; None before it knew anything.
    """

    hash: str
    words: str
    operator: Operator
    round: int | None
    accuracy: float | None
    expected: float | None
    fate: Fate
    on_front: bool


def citations(state: RunState, id_: str, title: Callable[[str], str], front: frozenset[str]) -> list[Citation]:
    """The candidates that cite a heuristic, those that went furthest first.

    Args:
        id_: of the heuristic, in full.
        title: hash -> the architecture on one line.
        front: hashes of the Pareto front.
    """
    citing = [candidate for candidate in state.candidates.values() if id_ in candidate.cited]
    hashes = {candidate.hash for candidate in citing}
    placed = {placement.hash: placement.status for placement in state.placements if placement.hash in hashes}
    kept = {hash_ for niche in state.kept.values() for hash_ in niche}
    found = []
    for candidate in citing:
        evaluation = state.evaluations.get(candidate.hash)
        chosen = bool(candidate.chosen_for)
        if evaluation is None:
            fate = Fate.WAITING if chosen else Fate.SCREENED_OUT
        elif evaluation.status is not Status.OK:
            fate = Fate.FAILED
        else:
            fate = _fate(placed.get(candidate.hash), candidate.hash in kept)
        found.append(
            Citation(
                hash=candidate.hash,
                words=title(candidate.hash),
                operator=candidate.operator,
                round=state.evaluated_in.get(candidate.hash),
                accuracy=None if evaluation is None else evaluation.val_accuracy,
                expected=candidate.expected,
                fate=fate,
                on_front=candidate.hash in front,
            )
        )
    order = list(Fate)
    return sorted(found, key=lambda each: (order.index(each.fate), -(each.accuracy or 0.0), each.hash))


def _fate(placed: PlacementStatus | None, kept: bool) -> Fate:
    if placed is None:
        return Fate.WAITING
    if placed is PlacementStatus.FAILED:
        return Fate.FAILED
    if placed is PlacementStatus.REJECTED:
        return Fate.KEPT_OUT
    return Fate.KEPT if kept else Fate.DISPLACED
