"""How a knowledge base came about: what the events of a log, of the search and of people, make of each heuristic.

The search writes what the data say of a heuristic; people add, pin, retire and reword. What people did lies over
what the search wrote, so that neither overwrites the other, and an undo brings back what was below.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from illuminas.memory.directives import (
    DirectiveRecord,
    PinHeuristic,
    RetireHeuristic,
    RewordHeuristic,
    RuleDirective,
    Undo,
)
from illuminas.memory.events import Event
from illuminas.memory.heuristics import Change, Heuristic, HeuristicStatus
from illuminas.memory.kinds import DirectiveGiven, HeuristicChanged, PlanMade
from illuminas.memory.steering import Steering
from illuminas.tools.frozen import Frozen

KINDS = (HeuristicChanged, DirectiveGiven, PlanMade)
"""Kinds of the events that it is made of."""
CHANGE_TO = {
    HeuristicStatus.PROPOSED: Change.REOPENED,
    HeuristicStatus.ACTIVE: Change.ACTIVATED,
    HeuristicStatus.CONTRADICTED: Change.CONTRADICTED,
    HeuristicStatus.RETIRED: Change.RETIRED,
    HeuristicStatus.SUPERSEDED: Change.SUPERSEDED,
}
"""What a change of status is called."""


class HeuristicChange(Frozen):
    """One event of the knowledge base.

    Attributes:
        event: id of the event in the log.
        time: seconds since the epoch.
        round: round of the search.
        change: what happened.
        author: the person who did it; empty where the search did.
        heuristic: the heuristic afterwards.
    """

    event: int
    time: float
    round: int
    change: Change
    author: str = ""
    heuristic: Heuristic


class Moment(NamedTuple):
    """One change, and the number of the directive that asked for it; None where the search made it."""

    change: HeuristicChange
    act: int | None = None


class KnowledgeHistory:
    """Follows a log; feed it with :meth:`extend`, in order. It reads nothing twice.

    Attributes:
        moments: every change, in order.
        latest: id -> the heuristic's last change, in order of birth.
        guided: id -> rounds whose plans applied the heuristic.
        cursor: the last event that was taken in.
    """

    def __init__(self) -> None:
        self.moments: list[Moment] = []
        self.latest: dict[str, HeuristicChange] = {}
        self.guided: dict[str, list[int]] = {}
        self.cursor = 0
        self._of: dict[str, list[Moment]] = {}
        self._written: dict[str, Heuristic] = {}
        self._born: dict[str, Heuristic] = {}
        self._steering = Steering()

    @property
    def acts(self) -> list[DirectiveRecord]:
        """What people did, of whatever kind, undone acts too; number n at place n - 1."""
        return self._steering.acts

    def extend(self, events: Iterable[Event]) -> int:
        """Take in events, of any kind; those that were seen before change nothing.

        Returns:
            How many changes they made.
        """
        before = len(self.moments)
        for event in events:
            if event.id <= self.cursor:
                continue
            self.cursor = event.id
            match event.data:
                case PlanMade(plan=plan):
                    for id_ in {id_ for ids in plan.heuristics.values() for id_ in ids}:
                        self.guided.setdefault(id_, []).append(event.round)
                case HeuristicChanged(change=change, heuristic=heuristic):
                    self._on_written(event, change, heuristic)
                case DirectiveGiven():
                    self._steering.apply(event)
                    self._on_directive(event, self.acts[-1])
        return len(self.moments) - before

    def _on_written(self, event: Event, change: Change, written: Heuristic) -> None:
        self._born.setdefault(written.id, written)
        self._written[written.id] = written  # with what people did by then, which is taken off again below
        author = written.author if change is Change.BORN else ""
        self._note(event, change, self._as_people_have_it(written.id), author)

    def _on_directive(self, event: Event, act: DirectiveRecord) -> None:
        """Note what a directive, or its undoing, makes of the heuristics there are."""
        if act.made:  # its birth was written just before, in the same transaction
            self._of[act.made][0] = self.moments[-1] = self.moments[-1]._replace(act=act.number)
        if not isinstance(act.directive, RuleDirective | Undo):
            return
        for id_ in self._written:
            then, now = self.latest[id_].heuristic, self._as_people_have_it(id_)
            if now == then:
                continue
            if now.status is not then.status:
                change = CHANGE_TO[now.status]
            elif now.pinned is not then.pinned:
                change = Change.PINNED if now.pinned else Change.UNPINNED
            else:
                change = Change.REWORDED
            self._note(event, change, now, act.author, act.number)

    def _note(self, event: Event, change: Change, heuristic: Heuristic, author: str, act: int | None = None) -> None:
        told = HeuristicChange(
            event=event.id, time=event.time, round=event.round, change=change, author=author, heuristic=heuristic
        )
        moment = Moment(told, act)
        self.latest[heuristic.id] = told
        self.moments.append(moment)
        self._of.setdefault(heuristic.id, []).append(moment)

    def _as_people_have_it(self, id_: str) -> Heuristic:
        """What the search wrote last, under what people did with it."""
        text, pinned, retired = self._born[id_].text, False, None
        for act in self.acts:
            directive = act.directive
            if act.made == id_ and act.undone_by is not None:
                by = self.acts[act.undone_by - 1]
                retired = (by.round, f"taken back by {by.author}")
            if act.undone_by is not None:
                continue
            if isinstance(directive, RewordHeuristic) and directive.heuristic == id_:
                text = directive.text
            elif isinstance(directive, PinHeuristic) and directive.heuristic == id_:
                pinned = directive.pinned
            elif isinstance(directive, RetireHeuristic) and directive.heuristic == id_:
                why = f": {directive.reason}" if directive.reason else ""
                retired = (act.round, f"retired by {act.author}{why}")
        changed: dict[str, object] = {"text": text, "pinned": pinned}
        if retired is not None:
            since, reason = retired
            changed |= {"status": HeuristicStatus.RETIRED, "since": since, "reason": reason, "superseded_by": None}
        return self._written[id_].model_copy(update=changed)

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

    def of(self, id_: str, round: int | None = None) -> list[Moment]:
        """What happened to one heuristic up to the end of ``round``; its full id."""
        return [m for m in self._of.get(id_, ()) if round is None or m.change.round <= round]

    def judged_in(self, id_: str, round: int | None = None) -> int | None:
        """The round at whose end the evidence that a heuristic has after ``round`` was measured; None before any."""
        found, known = None, None
        for moment in self.of(id_, round):
            evidence = moment.change.heuristic.evidence
            if moment.change.change is not Change.BORN and evidence != known:
                found = moment.change.round
            known = evidence
        return found


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
