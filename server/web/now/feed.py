"""The feed: what the agents did, line by line, the newest first, each with what it was about."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import NamedTuple

from illuminas.memory.events import Event
from illuminas.memory.kinds import Kind
from illuminas.memory.ledger import Change
from illuminas.server.services.activity import AGENTS, Story
from illuminas.server.services.open_run import OpenRun
from illuminas.tools.evaluation import Status

MOST = 200
"""Lines that are kept for a page."""


class Entry(NamedTuple):
    """One line of the feed.

    Attributes:
        id: of the event.
        time: of the day, on the server's clock.
        agent: one of :data:`~illuminas.server.services.activity.AGENTS`, ``search`` or ``person``.
        failed: it tells of a failure.
        directive: number of the directive that it tells of; 0 for others.
    """

    id: int
    time: str
    round: int
    agent: str
    who: str
    what: str
    failed: bool
    directive: int


class Feed:
    """The latest lines of a run.

    Args:
        run: its state is up to date with whatever :meth:`take` is given, or later.
        latest: events to begin with, the last that the state knows.

    Attributes:
        latest: what each agent said last.
    """

    def __init__(self, run: OpenRun, latest: Sequence[Event]) -> None:
        self._run = run
        self.story = Story(run.state)
        self._entries: deque[tuple[Entry, Event]] = deque(maxlen=MOST)
        self.latest: dict[str, str] = {}
        self.story.begin_before(latest)
        self.take(latest)

    def take(self, events: Sequence[Event]) -> list[Entry]:
        """Take in what is new; the lines that it adds, the oldest first."""
        told = {event.id for event in [event for event in events if _is_told(event)][-MOST:]}
        added = []
        for event in events:
            self.story.note(event)
            entry = self._entry(event) if event.id in told else None
            if entry is not None:
                self._entries.append((entry, event))
                self.latest[entry.agent] = entry.what
                added.append(entry)
        return added

    def __iter__(self) -> Iterator[Entry]:
        """The lines, the newest first."""
        return (entry for entry, _ in reversed(self._entries))

    def event(self, id: int) -> Event | None:
        """The event of a line; None where it is kept no more."""
        return next((event for entry, event in self._entries if entry.id == id), None)

    def undoable(self, entry: Entry) -> bool:
        """Whether a line tells of a directive that can still be taken back."""
        if not entry.directive:
            return False
        act = self._run.state.steering.acts[entry.directive - 1]
        return act.directive.undoable and act.undone_by is None

    def _entry(self, event: Event) -> Entry | None:
        line = self.story.line(event)
        if line is None:
            return None
        person = event.kind == Kind.DIRECTIVE
        agent = "person" if person else next((each for each in AGENTS if line.who.startswith(each)), "search")
        failed = event.kind == Kind.EVALUATION and event.data["status"] != Status.OK
        failed = failed or event.kind == Kind.SKIPPED or (event.kind == Kind.LLM and "error" in event.data)
        return Entry(
            id=event.id,
            time=datetime.fromtimestamp(event.time).strftime("%H:%M:%S"),
            round=event.round,
            agent=agent,
            who=line.who,
            what=line.what,
            failed=failed,
            directive=self.story.directives if person else 0,
        )


def _is_told(event: Event) -> bool:
    """Whether the story has a line for an event; finding its words takes longer."""
    if event.kind == Kind.LLM:
        return "error" in event.data
    return event.kind not in _QUIET and (event.kind != Kind.HEURISTIC or event.data["change"] != Change.MEASURED)


_QUIET = frozenset({Kind.LATENCY, Kind.ROUND, Kind.PARTITION, Kind.SESSION, Kind.RULES})
"""Kinds that make no line."""
