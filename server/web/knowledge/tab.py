"""The knowledge tab: every heuristic with its evidence, and how the base came to be what it is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from nicegui import run as background
from nicegui import ui

from illuminas.memory.events import Event
from illuminas.server.web.knowledge import acts
from illuminas.server.web.knowledge.differences_panel import DifferencesPanel
from illuminas.server.web.knowledge.listing import Wanted, counted, listed
from illuminas.server.web.knowledge.map_panel import MapPanel
from illuminas.server.web.knowledge.markdown import knowledge_markdown
from illuminas.server.web.knowledge.notebook import Notebook
from illuminas.server.web.knowledge.round_bar import RoundBar
from illuminas.server.web.knowledge.rules_panel import RulesPanel
from illuminas.server.web.knowledge.signs import STATUS
from illuminas.server.web.knowledge.timeline_panel import TimelinePanel
from illuminas.server.web.tab import Tab
from illuminas.server.web.window import Window

AT_ONCE = 3000
"""Evaluations up to which a first card is opened unasked; its witnesses take half a millisecond each."""
_STYLE = """
.know-open { all: unset; cursor: pointer; display: inline; overflow-wrap: anywhere; }
.know-open:focus-visible { outline: 2px solid #0072b2; outline-offset: 3px; border-radius: 2px; }
.know-id { font-family: monospace; opacity: .65; font-size: .85em; }
.know-status { font-weight: 500; font-size: .85em; margin: 0 .4em 0 .1em; }
.know-why, .know-figures { font-size: .8em; opacity: .75; overflow-wrap: anywhere; white-space: normal; }
.know-rules { max-height: 68vh; }
.know-rules td { vertical-align: top; }
.know-rules thead tr th { position: sticky; top: 0; z-index: 1; background: #fff; }
.body--dark .know-rules thead tr th { background: #1d1d1d; }
.know-facts { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: .15rem .9rem; font-size: .9rem; }
.know-facts dt { opacity: .65; }
.know-facts dd { margin: 0; }
.know-plot text { fill: currentColor !important; }
.know-plot .hoverlayer text { fill: #fff !important; }
.know-plot .modebar { opacity: .5; }
.know-narrow { display: none; }
@media (max-width: 700px) {
  .know-rules thead { display: none; }
  .know-rules tbody.q-virtual-scroll__content tr { display: block; border-bottom: 1px solid rgba(128,128,128,.3); }
  .know-rules tbody.q-virtual-scroll__content td { display: block; border: 0; height: auto; min-width: 0 !important;
    padding: 4px 12px; text-align: left; }
  .know-rules td.know-wide { display: none !important; }
  .know-narrow { display: inline; opacity: .65; }
  .know-facts { grid-template-columns: minmax(0, 1fr); gap: 0; }
  .know-facts dd { margin-bottom: .35rem; }
}
"""


class Panel(Protocol):
    """One part of the tab."""

    def build(self) -> None: ...

    def refresh(self) -> None: ...


class KnowledgeTab(Tab):
    """Rules, timeline, differences and map, of any round."""

    name = "Knowledge"
    icon = "lightbulb"

    def __init__(self, window: Window) -> None:
        super().__init__(window)
        self._notebook = Notebook(window)
        self._rounds = RoundBar(self._notebook)
        self._panels: dict[str, Panel] = {
            "Rules": RulesPanel(self._notebook),
            "Timeline": TimelinePanel(self._notebook),
            "Differences": DifferencesPanel(self._notebook),
            "Map": MapPanel(self._notebook),
        }
        self._seen: str | None = None
        self._last = 0
        self._stale: set[str] = set()
        self._built: set[str] = set()

    def build(self) -> None:
        ui.add_css(_STYLE)
        self._notebook.read()
        with ui.row().classes("w-full items-center gap-x-4 gap-y-1"):
            self._counts = ui.row().classes("gap-x-3 gap-y-0 items-baseline").props("data-testid=counts")
            ui.space()
            if self._notebook.may_act:
                ui.button("Add a rule", icon="add", on_click=lambda: acts.add(self._notebook)).props(
                    "outline dense no-caps data-testid=add"
                )
            ui.button("Markdown", icon="download", on_click=self._export).props(
                'outline dense no-caps data-testid=export aria-label="Export as Markdown"'
            )
        self._rounds.build()
        with ui.tabs().props("dense no-caps align=left inline-label").classes("w-full") as self._tabs:
            for name in self._panels:
                ui.tab(name).props(f"data-testid=knowledge-{name.lower()}")
        with ui.tab_panels(self._tabs, value="Rules", animated=False, keep_alive=False).classes(
            "w-full bg-transparent"
        ):
            self._places = {name: ui.tab_panel(name).classes("p-0 pt-2 gap-2") for name in self._panels}
        self._tabs.on_value_change(self._show)
        self._notebook.tell(self._turned)
        if self._notebook.heuristics and len(self.window.run.view.evaluations) <= AT_ONCE:
            self._notebook.open = _first(self._notebook)
        self._refresh()

    def update(self, events: Sequence[Event]) -> None:
        changed = self._notebook.extend(events)
        if changed or self._last != self._notebook.last:
            self._refresh()

    def _turned(self) -> None:
        """Another round or rule is looked at; a rule is shown among the rules."""
        if self._tabs.value in ("Timeline", "Differences", "Map") and self._notebook.open != self._seen:
            self._tabs.set_value("Rules")
        self._refresh()

    def _refresh(self) -> None:
        notebook = self._notebook
        self._seen, self._last = notebook.open, notebook.last
        self._rounds.refresh()
        self._count()
        self._stale = set(self._panels)
        self._show()

    def _count(self) -> None:
        self._counts.clear()
        with self._counts:
            ui.label(f"{len(self._notebook.heuristics)} rules").classes("text-lg")
            for status, count in counted(self._notebook.heuristics.values()).items():
                with ui.row().classes("gap-1 items-baseline"):
                    ui.label(STATUS[status].glyph).style(f"color: {STATUS[status].colour}").props("aria-hidden=true")
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
        text = await background.io_bound(knowledge_markdown, notebook.window.run, notebook.chronicle, notebook.round)
        if text is not None:
            after = "" if notebook.round is None else f"-round-{notebook.round}"
            ui.download.content(text, f"{notebook.window.run.id}{after}-knowledge.md", "text/markdown")


def _first(notebook: Notebook) -> str:
    """The rule to begin with: the one on top of the list."""
    return listed(notebook.heuristics.values(), Wanted())[0].id
