"""Differences: what changed between two rounds, and where two runs agree about their rules."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple

from illuminas.memory.heuristics import Heuristic, HeuristicStatus
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


class Verdict(StrEnum):
    """What two runs make of one rule."""

    AGREE = "both agree"
    """Both confirm it, or both reject it."""
    DISAGREE = "they disagree"
    """One confirms what the other rejects."""
    OPEN = "open in one of them"
    HERE = "in this run alone"
    THERE = "in the other alone"


class Shared(NamedTuple):
    """One rule of two runs; None where a run does not have it."""

    verdict: Verdict
    here: Heuristic | None
    there: Heuristic | None

    @property
    def either(self) -> Heuristic:
        found = self.here or self.there
        assert found is not None
        return found


_CONFIRMED = {HeuristicStatus.ACTIVE: True, HeuristicStatus.CONTRADICTED: False, HeuristicStatus.RETIRED: False}


def between_runs(here: Mapping[str, Heuristic], there: Mapping[str, Heuristic]) -> list[Shared]:
    """The rules of two runs, disagreements first. A rule is its predicate, direction and metric, wherever it holds.

    Of several of one claim in a run, for different niches, the widest stands for it.
    """
    mine, theirs = _by_claim(here), _by_claim(there)
    found = []
    for key in dict.fromkeys([*mine, *theirs]):
        one, other = mine.get(key), theirs.get(key)
        if one is None:
            verdict = Verdict.THERE
        elif other is None:
            verdict = Verdict.HERE
        else:
            said = _CONFIRMED.get(one.status), _CONFIRMED.get(other.status)
            verdict = Verdict.OPEN if None in said else Verdict.AGREE if said[0] is said[1] else Verdict.DISAGREE
        found.append(Shared(verdict, one, other))
    order = [Verdict.DISAGREE, Verdict.AGREE, Verdict.OPEN, Verdict.HERE, Verdict.THERE]
    return sorted(found, key=lambda each: order.index(each.verdict))


def _by_claim(heuristics: Mapping[str, Heuristic]) -> dict[tuple[str, str, str], Heuristic]:
    found: dict[tuple[str, str, str], Heuristic] = {}
    for each in heuristics.values():
        key = (each.predicate.text, each.direction, each.metric)
        if key not in found or (found[key].scope.niche is not None and each.scope.niche is None):
            found[key] = each
    return found
