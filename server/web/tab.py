"""Tabs of a run's page, and background work that is coalesced while it runs."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Sequence
from typing import ClassVar

from nicegui import background_tasks

from illuminas.memory.events import Event
from illuminas.memory.kinds import EventData
from illuminas.server.web.page_state import PageState


class CoalescedTask:
    """Runs once at a time, however often it is asked for.

    Args:
        work: does all that is to be done by then.
        name: what the task is called.
    """

    def __init__(self, work: Callable[[], Awaitable[None]], *, name: str) -> None:
        self._work, self._name = work, name
        self._due = self._busy = False

    def start(self) -> None:
        """Do the work, or do it once more after what goes on now."""
        self._due = True
        if not self._busy:
            self._busy = True
            background_tasks.create(self._run(), name=self._name)

    async def _run(self) -> None:
        try:
            while self._due:
                self._due = False
                await self._work()
        finally:
            self._busy = False


class Tab(ABC):
    """One tab. It is built once, when it is first opened, and told what happened then and whenever there is news.

    Class attributes:
        name: as people see it.
        icon: a Material icon.
        past: models of the events so far that its first update has; without any it reads for itself what it needs.
    """

    name: ClassVar[str]
    icon: ClassVar[str]
    past: ClassVar[tuple[type[EventData], ...]] = ()

    def __init__(self, page_state: PageState) -> None:
        self.page_state = page_state

    @abstractmethod
    def build(self) -> None:
        """Make the elements, of the run as it stands; called inside the tab's panel."""

    @abstractmethod
    def update(self, events: Sequence[Event]) -> None:
        """Show what these events changed; called while the tab is open, and when it is opened again."""
