"""The knowledge tab: every heuristic with its evidence, and how the base came to be what it is."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from nicegui import background_tasks, ui
from nicegui import run as background

from illuminas.memory.events import Event
from illuminas.memory.knowledge_history import KINDS
from illuminas.server.services.knowledge.listing import Wanted, counted, listed
from illuminas.server.viz.palette import STATUS
from illuminas.server.web.knowledge.differences_panel import DifferencesPanel
from illuminas.server.web.knowledge.map_panel import MapPanel
from illuminas.server.web.knowledge.notebook import Notebook
from illuminas.server.web.knowledge.rules_panel import RulesPanel
from illuminas.server.web.knowledge.timeline_panel import TimelinePanel
from illuminas.server.web.page_state import PageState
from illuminas.server.web.scrubber import Scrubber
from illuminas.server.web.tab import CoalescedTask, Tab

REST = 0.15
"""Seconds for which the scrubber rests before a round is shown; on its way it passes by many of them."""
AT_ONCE = 3000
"""Evaluations up to which a first card is opened unasked; its witnesses take half a millisecond each."""


class Panel(Protocol):
    """One part of the tab."""

    def build(self) -> None: ...

    def refresh(self) -> None: ...


class KnowledgeTab(Tab):
    """Rules, timeline, differences and map, of any round."""

    name = "Knowledge"
    icon = "lightbulb"
    past = KINDS

    def __init__(self, page_state: PageState) -> None:
        super().__init__(page_state)
        self._notebook = Notebook(page_state)
        self._panels: dict[str, Panel] = {
            "Rules": RulesPanel(self._notebook),
            "Timeline": TimelinePanel(self._notebook),
            "Differences": DifferencesPanel(self._notebook),
            "Map": MapPanel(self._notebook),
        }
        self._seen: str | None = None
        self._last = -1
        self._stale: set[str] = set()
        self._built: set[str] = set()
        self._news: list[Event] = []
        self._task = CoalescedTask(self._take, name="knowledge")

    def build(self) -> None:
        ui.add_css(Path(__file__).with_suffix(".css"))
        with ui.row().classes("w-full items-center gap-x-4 gap-y-1"):
            self._counts = ui.row().classes("gap-x-3 gap-y-0 items-baseline").props("data-testid=counts")
            ui.space()
            if self._notebook.may_act:
                ui.button("Add a rule", icon="add", on_click=lambda: self.page_state.steer("add_heuristic")).props(
                    "outline dense no-caps data-testid=add"
                )
            ui.button("Markdown", icon="download", on_click=self._export).props(
                'outline dense no-caps data-testid=export aria-label="Export as Markdown"'
            )
        self._scrubber = Scrubber(self._scrub, name="knowledge")
        with ui.tabs().props("dense no-caps align=left inline-label").classes("w-full") as self._tabs:
            for name in self._panels:
                ui.tab(name).props(f"data-testid=knowledge-{name.lower()}")
        with ui.tab_panels(self._tabs, value="Rules", animated=False, keep_alive=False).classes(
            "w-full bg-transparent"
        ):
            self._places = {name: ui.tab_panel(name).classes("p-0 pt-2 gap-2") for name in self._panels}
        self._tabs.on_value_change(self._show)
        self._notebook.tell(self._turned)

    def update(self, events: Sequence[Event]) -> None:
        self._news += events
        self._task.start()

    async def _take(self) -> None:
        """Take in what is new, off the event loop: a long run has thousands of heuristics."""
        news, self._news = self._news, []
        changed = await background.io_bound(self._notebook.extend, news)
        if changed is not None and not self._counts.is_deleted and (changed or self._last != self._notebook.last):
            self._refresh()

    def _scrub(self) -> None:
        background_tasks.create(self._look_at(self._scrubber.round), name="another round of the knowledge")

    async def _look_at(self, round: int) -> None:
        """Show a round, if the scrubber still rests there a moment later; the last one is now."""
        await asyncio.sleep(REST)
        if round == self._scrubber.round:
            self._notebook.show(round=None if round >= self._notebook.last else round)

    def _turned(self) -> None:
        """Another round or rule is looked at; a rule is shown among the rules."""
        if self._tabs.value in ("Timeline", "Differences", "Map") and self._notebook.open != self._seen:
            self._tabs.set_value("Rules")
        self._refresh()

    def _refresh(self) -> None:
        notebook = self._notebook
        if notebook.open is None and notebook.heuristics and len(self.page_state.run.state.evaluations) <= AT_ONCE:
            notebook.open = _first(notebook)
        self._seen = notebook.open
        if self._last != notebook.last:
            self._last = notebook.last
            self._scrubber.reach(self._last)
        self._count()
        self._stale = set(self._panels)
        self._show()

    def _count(self) -> None:
        self._counts.clear()
        with self._counts:
            then = "" if self._notebook.round is None else f" as of round {self._notebook.round}"
            total = len(self._notebook.heuristics)
            ui.label(f"{total} rule{'' if total == 1 else 's'}{then}").classes("text-lg")
            for status, count in counted(self._notebook.heuristics.values()).items():
                with ui.row().classes("gap-1 items-baseline"):
                    ui.label(STATUS[status].glyph).style(f"color: {STATUS[status].colour}").classes("sign").props(
                        "aria-hidden=true"
                    )
                    ui.label(f"{count} {status}").classes("text-sm")

    def _show(self) -> None:
        """Build the open panel where it is looked at for the first time, and bring it up to date."""
        name = str(self._tabs.value)
        if name not in self._built:
            self._built.add(name)
            with self._places[name]:
                self._panels[name].build()
        if name in self._stale:
            self._stale.discard(name)
            self._panels[name].refresh()

    async def _export(self) -> None:
        notebook = self._notebook
        text = await background.io_bound(notebook.markdown)
        if text is not None:
            after = "" if notebook.round is None else f"-round-{notebook.round}"
            ui.download.content(text, f"{notebook.page_state.run.id}{after}-knowledge.md", "text/markdown")


def _first(notebook: Notebook) -> str:
    """The rule to begin with: the one on top of the list."""
    return listed(notebook.heuristics.values(), Wanted())[0].id
