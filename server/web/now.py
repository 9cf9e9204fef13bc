"""What the search does now."""

from __future__ import annotations

from collections.abc import Sequence

from nicegui import ui

from illuminas.memory.events import Event
from illuminas.server.web.tab import Tab


class NowTab(Tab):
    """The feed of events."""

    name = "Now"
    icon = "bolt"

    def build(self) -> None:
        self._log = ui.log(max_lines=200).classes("w-full h-96")

    def update(self, events: Sequence[Event]) -> None:
        for event in events:
            self._log.push(f"{event.round} {event.kind}")
