"""The timeline of statuses: what each heuristic was when, and how many were what."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from illuminas.memory.heuristics import HeuristicStatus
from illuminas.memory.knowledge_history import Moment


class Stretch(NamedTuple):
    """Rounds, both ends included, in which a heuristic had one status."""

    id: str
    status: HeuristicStatus
    begin: int
    end: int


def stretches(moments: Sequence[Moment], last: int) -> list[Stretch]:
    """The lives of the heuristics up to the round ``last``, in order of birth; they end where one is retired."""
    open_: dict[str, Stretch] = {}
    done: dict[str, list[Stretch]] = {}
    for moment in moments:
        change = moment.change
        id_, status = change.heuristic.id, change.heuristic.status
        lived = open_.get(id_)
        if lived is None:
            done[id_] = []
        elif lived.status is status:
            continue
        else:
            done[id_].append(lived._replace(end=change.round))
        open_[id_] = Stretch(id_, status, change.round, last)
    for id_, rest in open_.items():
        if rest.status is HeuristicStatus.RETIRED:
            rest = rest._replace(end=rest.begin)
        done[id_].append(rest)
    return [stretch for life in done.values() for stretch in life]


def counts(moments: Sequence[Moment], last: int) -> dict[HeuristicStatus, list[int]]:
    """Status -> how many heuristics had it after each round, 0 to ``last``; those that none ever had are left out."""
    found: dict[HeuristicStatus, list[int]] = {status: [0] * (last + 1) for status in HeuristicStatus}
    now: dict[str, HeuristicStatus] = {}
    for moment in moments:
        change = moment.change
        before = now.get(change.heuristic.id)
        if before is not None:
            found[before][change.round] -= 1
        now[change.heuristic.id] = change.heuristic.status
        found[change.heuristic.status][change.round] += 1
    for steps in found.values():
        for round in range(1, last + 1):
            steps[round] += steps[round - 1]
    return {status: steps for status, steps in found.items() if any(steps)}
