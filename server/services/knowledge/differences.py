"""Differences in knowledge: between two rounds of a run, or between several runs.

Two heuristics of different runs make the same claim if predicate, direction, metric and niche are equal. Data set and
device may differ, since the question is then whether a rule holds in both.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from itertools import combinations
from typing import NamedTuple

from illuminas.memory.evidence import Direction
from illuminas.memory.heuristics import Change, Heuristic, HeuristicStatus
from illuminas.memory.knowledge import KnowledgeDiff, diff


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


_NOT_SO = (HeuristicStatus.CONTRADICTED, HeuristicStatus.RETIRED)
_OPPOSITE: dict[Direction, Direction] = {"raises": "lowers", "lowers": "raises"}
_ORDER = {status: place for place, status in enumerate(HeuristicStatus)}


class Agreement(StrEnum):
    """How several runs stand to a claim."""

    DISAGREE = "they disagree"
    """One holds it and another does not, or holds the opposite."""
    SHARED = "all of them"
    SOME = "some of them"
    ONE = "only one"


class Claim(NamedTuple):
    """What makes two heuristics of different runs the same."""

    predicate: str
    direction: Direction
    objective: str
    niche: str | None


class Finding(NamedTuple):
    """One claim as the runs have it.

    Attributes:
        text: in words, of the first run that has it.
        held: what each run says of it, in their order; None where it never came up.
        agreement: how they stand to it.
    """

    claim: Claim
    text: str
    held: tuple[Heuristic | None, ...]
    agreement: Agreement

    @property
    def active(self) -> bool:
        """Whether some run holds it, by evidence."""
        return any(each is not None and each.status is HeuristicStatus.ACTIVE for each in self.held)


def findings(runs: Sequence[Sequence[Heuristic]]) -> list[Finding]:
    """Every claim of the runs: those they disagree on first, then what is shared; of these the held ones first."""
    known = [_claims(heuristics) for heuristics in runs]
    found = []
    for claim in dict.fromkeys(claim for of_run in known for claim in of_run):
        held = tuple(of_run.get(claim) for of_run in known)
        text = next(each.text for each in held if each is not None)
        found.append(Finding(claim, text, held, _agreement(claim, known)))
    order = list(Agreement)
    return sorted(found, key=lambda each: (order.index(each.agreement), not each.active))


def _claims(heuristics: Sequence[Heuristic]) -> dict[Claim, Heuristic]:
    found: dict[Claim, Heuristic] = {}
    for each in heuristics:
        claim = Claim(each.predicate.text, each.direction, each.objective.name, each.scope.niche)
        if claim not in found or _ORDER[each.status] < _ORDER[found[claim].status]:
            found[claim] = each
    return found


def _agreement(claim: Claim, known: Sequence[dict[Claim, Heuristic]]) -> Agreement:
    stances = [_stance(claim, of_run) for of_run in known]
    if any(left is not None and right is not None and left is not right for left, right in combinations(stances, 2)):
        return Agreement.DISAGREE
    having = sum(claim in of_run for of_run in known)
    if having == len(known):
        return Agreement.SHARED
    return Agreement.SOME if having > 1 else Agreement.ONE


def _stance(claim: Claim, known: dict[Claim, Heuristic]) -> bool | None:
    """Whether a run holds a claim by evidence, or holds that it is not so; None where it can't say."""
    own, opposite = known.get(claim), known.get(claim._replace(direction=_OPPOSITE[claim.direction]))
    if own is not None and own.status is HeuristicStatus.ACTIVE:
        return True
    if own is not None and own.status in _NOT_SO:
        return False
    return False if opposite is not None and opposite.status is HeuristicStatus.ACTIVE else None
