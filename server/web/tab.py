"""What a tab of a run's page is."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import ClassVar

from illuminas.memory.events import Event
from illuminas.memory.kinds import Kind
from illuminas.server.web.page_state import Window


class Tab(ABC):
    """One tab. It is built once, when it is first opened, and told what happened then and whenever there is news.

    Class attributes:
        name: as people see it.
        icon: a Material icon.
        past: kinds of the events so far that its first update has; without any it reads for itself what it needs.
    """

    name: ClassVar[str]
    icon: ClassVar[str]
    past: ClassVar[tuple[Kind, ...]] = ()

    def __init__(self, window: Window) -> None:
        self.window = window

    @abstractmethod
    def build(self) -> None:
        """Make the elements, of the run as it stands; called inside the tab's panel."""

    @abstractmethod
    def update(self, events: Sequence[Event]) -> None:
        """Show what these events changed; called while the tab is open, and when it is opened again."""
