"""The chronicle of a knowledge base: every change of it in order, with the acts of people behind them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from illuminas.memory.directives import DirectiveRecord
from illuminas.memory.events import Event
from illuminas.memory.heuristics import Change, Heuristic
from illuminas.memory.kinds import DirectiveGiven, HeuristicChanged, PlanMade
from illuminas.memory.ledger import HeuristicChange, Ledger

KINDS = (HeuristicChanged, DirectiveGiven, PlanMade)
"""Kinds of the events that it is made of."""


class Moment(NamedTuple):
    """One change, and the number of the directive that asked for it; None where the search made it."""

    change: HeuristicChange
    act: int | None = None


class Chronicle:
    """Follows a log; feed it with :meth:`extend`, in order. It reads nothing twice.

    Attributes:
        moments: every change, in order.
        guided: id -> rounds whose plans applied the heuristic.
    """

    def __init__(self) -> None:
        self.moments: list[Moment] = []
        self.guided: dict[str, list[int]] = {}
        self._of: dict[str, list[Moment]] = {}
        self._ledger = Ledger()
        self._cursor = 0

    def extend(self, events: Iterable[Event]) -> int:
        """Take in events, of any kind; those that were seen before change nothing.

        Returns:
            How many changes they made.
        """
        before = len(self.moments)
        for event in events:
            if event.id <= self._cursor:
                continue
            self._cursor = event.id
            if isinstance(event.data, PlanMade):
                for id_ in {id_ for ids in event.data.plan.heuristics.values() for id_ in ids}:
                    self.guided.setdefault(id_, []).append(event.round)
            else:
                self._change(event)
        return len(self.moments) - before

    def _change(self, event: Event) -> None:
        changes = list(self._ledger.apply(event))
        act = None
        if isinstance(event.data, DirectiveGiven):
            act = self._ledger.acts[-1].number
            if made := self._ledger.acts[-1].made:  # its birth was written just before, in the same transaction
                self._of[made][0] = self.moments[-1] = self.moments[-1]._replace(act=act)
        for change in changes:
            moment = Moment(change, act)
            self.moments.append(moment)
            self._of.setdefault(change.heuristic.id, []).append(moment)

    @property
    def acts(self) -> list[DirectiveRecord]:
        """What people did, of whatever kind; number n at place n - 1."""
        return self._ledger.acts

    def why(self, moment: Moment) -> str:
        """What a person asked, what a new heuristic was found with, or else the reason of its status."""
        heuristic = moment.change.heuristic
        if moment.act is not None:
            return self.acts[moment.act - 1].words
        if moment.change.change is Change.BORN and heuristic.found_with is not None:
            return f"found with {heuristic.found_with.words(heuristic.objective)}"
        return heuristic.reason

    def as_of(self, round: int | None = None) -> dict[str, Heuristic]:
        """Id -> heuristic as it stood after ``round`` (default: now), in order of birth."""
        changes = (moment.change for moment in self.moments)
        return {c.heuristic.id: c.heuristic for c in changes if round is None or c.round <= round}

    def history(self, id_: str, round: int | None = None) -> list[Moment]:
        """What happened to one heuristic up to the end of ``round``; its full id."""
        return [m for m in self._of.get(id_, ()) if round is None or m.change.round <= round]

    def judged_in(self, id_: str, round: int | None = None) -> int | None:
        """The round at whose end the evidence that a heuristic has after ``round`` was measured; None before any."""
        found, known = None, None
        for moment in self.history(id_, round):
            evidence = moment.change.heuristic.evidence
            if moment.change.change is not Change.BORN and evidence != known:
                found = moment.change.round
            known = evidence
        return found
