"""The ledger of the knowledge base: what the events of a log, of the search and of people, make of each heuristic.

The search writes what the data say of a heuristic; people add, pin, retire and reword. What people did lies over
what the search wrote, so that neither overwrites the other, and an undo brings back what was below.
"""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import BaseModel, ConfigDict

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
from illuminas.memory.kinds import DirectiveGiven, HeuristicChanged
from illuminas.memory.steering import Steering

CHANGE_TO = {
    HeuristicStatus.PROPOSED: Change.REOPENED,
    HeuristicStatus.ACTIVE: Change.ACTIVATED,
    HeuristicStatus.CONTRADICTED: Change.CONTRADICTED,
    HeuristicStatus.RETIRED: Change.RETIRED,
    HeuristicStatus.SUPERSEDED: Change.SUPERSEDED,
}
"""What a change of status is called."""


class HeuristicChange(BaseModel):
    """One event of the knowledge base.

    Attributes:
        event: id of the event in the log.
        time: seconds since the epoch.
        round: round of the search.
        change: what happened.
        author: the person who did it; empty where the search did.
        heuristic: the heuristic afterwards.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    event: int
    time: float
    round: int
    change: Change
    author: str = ""
    heuristic: Heuristic


class Ledger:
    """Follows a log; feed it with :meth:`apply`, in order.

    Attributes:
        latest: id -> the heuristic's last change, in order of birth.
    """

    def __init__(self) -> None:
        self.latest: dict[str, HeuristicChange] = {}
        self._written: dict[str, Heuristic] = {}
        self._born: dict[str, Heuristic] = {}
        self._steering = Steering()

    @property
    def acts(self) -> list[DirectiveRecord]:
        """What people did, undone acts too; number n at place n - 1."""
        return self._steering.acts

    def apply(self, event: Event) -> Iterator[HeuristicChange]:
        """What an event of kind heuristic or directive changes; nothing for any other."""
        if isinstance(event.data, HeuristicChanged):
            written, change = event.data.heuristic, event.data.change
            self._born.setdefault(written.id, written)
            self._written[written.id] = written  # with what people did by then, which is taken off again below
            author = written.author if change is Change.BORN else ""
            yield self._note(event, change, self._as_people_have_it(written.id), author)
        elif isinstance(event.data, DirectiveGiven):
            self._steering.apply(event)
            act = self._steering.acts[-1]
            if isinstance(act.directive, RuleDirective | Undo):
                yield from self._by_a_person(event, act)

    def _by_a_person(self, event: Event, act: DirectiveRecord) -> Iterator[HeuristicChange]:
        """What a directive, or its undoing, makes of the heuristics there are."""
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
            yield self._note(event, change, now, author=act.author)

    def _note(self, event: Event, change: Change, heuristic: Heuristic, author: str) -> HeuristicChange:
        told = HeuristicChange(
            event=event.id, time=event.time, round=event.round, change=change, author=author, heuristic=heuristic
        )
        self.latest[heuristic.id] = told
        return told

    def _as_people_have_it(self, id_: str) -> Heuristic:
        """What the search wrote last, under what people did with it."""
        text, pinned, retired = self._born[id_].text, False, None
        for act in self._steering.acts:
            directive = act.directive
            if act.made == id_ and act.undone_by is not None:
                by = self._steering.acts[act.undone_by - 1]
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
