"""The page of one run: how it stands, what can be done, and its tabs, which follow the log while they are open."""

from __future__ import annotations

import asyncio
from typing import Final

from nicegui import run as background
from nicegui import ui

from illuminas.memory.events import Event
from illuminas.memory.run import Run
from illuminas.server.web.archive.tab import ArchiveTab
from illuminas.server.web.chat.chat_models import ChatModels
from illuminas.server.web.chat.drawer import ChatDrawer
from illuminas.server.web.controls.bar import Controls
from illuminas.server.web.diagnostics.tab import DiagnosticsTab
from illuminas.server.web.entry.client import WebClient
from illuminas.server.web.family.tab import FamilyTab
from illuminas.server.web.knowledge.tab import KnowledgeTab
from illuminas.server.web.now.tab import NowTab
from illuminas.server.web.page_state import PageState
from illuminas.server.web.run.status import StatusLine
from illuminas.server.web.tab import Tab
from illuminas.server.web.theme import header
from illuminas.server.web.tradeoffs.tab import TradeoffsTab

TABS: Final[tuple[type[Tab], ...]] = (NowTab, ArchiveTab, TradeoffsTab, FamilyTab, KnowledgeTab, DiagnosticsTab)
SECONDS = 1.0
"""Between two looks at the log."""


class RunPage:
    """One run, in tabs."""

    def __init__(self, run: Run, client: WebClient, chat_models: ChatModels) -> None:
        self._page_state = PageState(run, client)
        self._page_state.open_tab = self._open
        self._made = {kind.name: kind(self._page_state) for kind in TABS}
        self._seen: dict[str, int] = {}
        self._untold: set[str] = set()
        self._controls, self._status = Controls(self._page_state), StatusLine(self._page_state)
        self._chat = ChatDrawer(self._page_state, chat_models)
        self._busy = asyncio.Lock()

    def build(self, tab: str = "") -> None:
        """Make the page, with the named tab open, or the first."""
        run = self._page_state.run
        ui.page_title(f"{run.id} – illuminas")
        with header(self._page_state.client):
            ui.label(run.id).classes("mono wrap").props('data-testid="run-id"')
            self._controls.build()
            self._chat.build_button()
        with ui.column().classes("page gap-3"):
            self._status.build()
            with ui.tabs().props("dense inline-label align=left no-caps").classes("run-tabs w-full") as self._tabs:
                for each in self._made.values():
                    ui.tab(each.name, icon=each.icon)
            first = tab if tab in self._made else next(iter(self._made))
            with ui.tab_panels(self._tabs, value=first, animated=False).classes("w-full"):
                self._panels = {name: ui.tab_panel(name) for name in self._made}
            self._build_tab(first)
        self._chat.build()
        self._tabs.on_value_change(self._show)
        self._page_state.client.run_cache.watch(run)
        ui.context.client.on_delete(self._leave)
        ui.timer(0.0, self._show, once=True)
        ui.timer(SECONDS, self._follow)

    def _leave(self) -> None:
        self._page_state.client.run_cache.leave(self._page_state.run)

    def _open(self, name: str) -> None:
        self._tabs.set_value(name)

    async def _follow(self) -> None:
        """Bring what is seen up to date; tabs that are not open wait until they are."""
        news = self._page_state.news()
        self._status.update(news)
        self._controls.update(news)
        if news:
            await self._show()

    def _build_tab(self, name: str) -> None:
        self._seen[name] = 0 if self._made[name].past else self._page_state.cursor
        self._untold.add(name)
        with self._panels[name]:
            self._made[name].build()

    async def _show(self) -> None:
        """Bring the open tab up to date; one that is opened for the first time is built."""
        async with self._busy:
            name = str(self._tabs.value)
            if name not in self._seen:
                self._build_tab(name)
            cursor = self._page_state.cursor
            events = await background.io_bound(self._unseen, name, cursor)
            if events is None:  # the server is ending
                return
            self._seen[name] = cursor
            if events or name in self._untold:
                self._untold.discard(name)
                with self._panels[name]:
                    self._made[name].update(events)

    def _unseen(self, name: str, cursor: int) -> list[Event]:
        """What a tab was not told yet, up to what the page has seen."""
        seen = self._seen[name]
        if seen >= cursor:
            return []
        kinds = () if seen else self._made[name].past
        return [event for event in self._page_state.run.log.read(*kinds, after=seen) if event.id <= cursor]
