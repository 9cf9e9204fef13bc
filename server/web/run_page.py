"""The page of one run: its tabs, each of which follows the log while it is open."""

from __future__ import annotations

from typing import Final

from nicegui import run as background
from nicegui import ui

from illuminas.memory.events import Event
from illuminas.server.surface.desk import Desk
from illuminas.server.web.knowledge.tab import KnowledgeTab
from illuminas.server.web.now import NowTab
from illuminas.server.web.tab import Tab
from illuminas.server.web.window import Window

TABS: Final[tuple[type[Tab], ...]] = (NowTab, KnowledgeTab)
SECONDS = 1.0
"""Between two looks at the log."""


class RunPage:
    """One run, in tabs."""

    def __init__(self, desk: Desk, run_id: str) -> None:
        self._window = Window(desk.run(run_id))
        self._made = {kind.name: kind(self._window) for kind in TABS}
        self._unseen: dict[str, list[Event]] = {name: [] for name in self._made}
        self._built: set[str] = set()

    def build(self) -> None:
        with ui.header():
            ui.label(self._window.run.id)
            with ui.tabs() as self._tabs:
                for tab in self._made.values():
                    ui.tab(tab.name, icon=tab.icon)
        first = next(iter(self._made))
        with ui.tab_panels(self._tabs, value=first).classes("w-full"):
            self._panels = {name: ui.tab_panel(name) for name in self._made}
        self._tabs.on_value_change(self._show)
        ui.timer(0.0, self._follow, once=True)
        ui.timer(SECONDS, self._follow)

    async def _follow(self) -> None:
        events = await background.io_bound(self._window.news) or []
        for unseen in self._unseen.values():
            unseen += events
        self._show()

    def _show(self) -> None:
        """Bring the open tab up to date; one that is opened for the first time is built."""
        name = str(self._tabs.value)
        if name not in self._built:
            self._built.add(name)
            with self._panels[name]:
                self._made[name].build()
        if self._unseen[name]:
            self._made[name].update(self._unseen[name])
            self._unseen[name] = []
