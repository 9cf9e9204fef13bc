"""The list of heuristics, with filters and a search by meaning, beside the card of the one that is open."""

from __future__ import annotations

from nicegui import run as background
from nicegui import ui

from illuminas.memory.heuristics import HeuristicStatus
from illuminas.server.services.knowledge.listing import Wanted, listed, reaches, rows
from illuminas.server.viz.palette import STATUS
from illuminas.server.web.knowledge.card import Card
from illuminas.server.web.knowledge.notebook import Notebook
from illuminas.server.web.table import LongTable, columns

ANY = ""
_COLUMNS = columns({"rule": "Rule", "effect": "Effect, 95% interval"})
_COLUMNS += columns({"born": ">Born"}, sortable=True, classes="know-wide")
# bound values are text nodes and attributes, which Vue escapes
_RULE = """
<q-td :props="props" style="white-space: normal; min-width: 15rem">
  <button type="button" class="know-open" :data-testid="props.row.id">
    <span class="sign" :style="{color: props.row.colour}" aria-hidden="true">{{ props.row.glyph }}</span>
    <span class="know-status">{{ props.row.status }}<span v-if="props.row.pinned"> ★ pinned</span></span>
    <span class="know-id">{{ props.row.id }}</span>
    <br>{{ props.row.text }}
  </button>
</q-td>
"""
_EFFECT = """
<q-td :props="props">
  <svg width="130" height="18" viewBox="0 0 100 14" preserveAspectRatio="none" role="img"
       :aria-label="props.row.figures">
    <line x1="50" x2="50" y1="0" y2="14" stroke="currentColor" stroke-opacity="0.55" stroke-dasharray="2 1.5"/>
    <line v-if="props.row.low !== null" :x1="props.row.low" :x2="props.row.high" y1="7" y2="7"
          :stroke="props.row.colour" stroke-width="3.5"/>
    <rect v-if="props.row.effect !== null" :x="props.row.effect - 1.4" y="2" width="2.8" height="10"
          :fill="props.row.low === null ? 'none' : props.row.colour" :stroke="props.row.colour" stroke-width="1"/>
  </svg>
  <div class="know-figures">{{ props.row.figures }}<br>{{ props.row.sides }}<span
    v-if="props.row.near !== null"><br>similarity {{ props.row.near }}</span></div>
</q-td>
"""


class RulesPanel:
    """All of them, and one in full."""

    def __init__(self, notebook: Notebook) -> None:
        self._notebook = notebook
        self._similarity: dict[str, float] | None = None

    def build(self) -> None:
        with ui.row().classes("w-full items-center gap-2"):
            self._text = ui.input("Filter by words", on_change=self._list).props(
                "outlined dense clearable debounce=200"
            )
            self._text.classes("grow basis-44").props("data-testid=filter")
            self._query = ui.input("Search by meaning").props("outlined dense clearable debounce=300")
            self._query.classes("grow basis-44").props("data-testid=meaning").on_value_change(self._search)
            statuses = {status: f"{sign.glyph} {status}" for status, sign in STATUS.items()}
            self._statuses = ui.select(statuses, multiple=True, value=[], label="Status", on_change=self._list)
            self._statuses.props("outlined dense use-chips").classes("grow basis-36").props("data-testid=statuses")
            self._objective = ui.select({ANY: "any objective"}, value=ANY, label="Objective", on_change=self._list)
            self._objective.props("outlined dense").classes("grow basis-32").props("data-testid=objective")
            self._scope = ui.select({ANY: "anywhere"}, value=ANY, label="Scope", on_change=self._list)
            self._scope.props("outlined dense").classes("grow basis-36").props("data-testid=scope")
            self._pinned = ui.checkbox("pinned", on_change=self._list).props("data-testid=pinned")
        self._told = ui.label().classes("text-sm opacity-80").props("role=status").props("data-testid=told")
        with ui.element("div").classes("w-full grid grid-cols-1 lg:grid-cols-[minmax(24rem,5fr)_7fr] gap-4"):
            with ui.column().classes("w-full min-w-0 gap-1") as self._left:
                slots = {"rule": _RULE, "effect": _EFFECT}
                self._table = LongTable(_COLUMNS, slots, self._open, label="Rules").props("data-testid=rules")
                ui.label("Bars: no effect in the middle, longer towards the ends on a square-root scale.").classes(
                    "text-xs opacity-70"
                )
            with ui.column().classes("w-full min-w-0").props("data-testid=card"):
                self._card = Card(self._notebook)
                self._card.build()

    def refresh(self) -> None:
        """Show the knowledge as it is now, or was in the round that is looked at."""
        heuristics = list(self._notebook.heuristics.values())
        objectives = {ANY: "any objective"} | {each.objective.name: each.objective.words for each in heuristics}
        scopes = {ANY: "any scope"} | {text: text for text in sorted({each.scope.text for each in heuristics})}
        for field, options in ((self._objective, objectives), (self._scope, scopes)):
            if field.options != options:
                field.set_options(options, value=field.value if field.value in options else ANY)
        self._list()
        self._card.refresh()

    def _list(self) -> None:
        heuristics = self._notebook.heuristics.values()
        wanted = Wanted(
            statuses=frozenset(HeuristicStatus(each) for each in self._statuses.value),
            objective=self._objective.value,
            scope=self._scope.value,
            text=self._text.value or "",
            pinned=self._pinned.value,
        )
        found = listed(heuristics, wanted, self._similarity)
        self._table.show(rows(found, reaches(heuristics), self._similarity))
        self._told.set_text(self._words(len(found), len(heuristics)))
        self._left.set_visibility(bool(heuristics))

    def _words(self, found: int, total: int) -> str:
        if not total:
            return "No rules yet: the critic proposes the first ones once some architectures are evaluated."
        order = "nearest in meaning first" if self._similarity is not None else "confirmed and strong ones first"
        return f"{found} of {total} rule{'' if total == 1 else 's'}, {order}"

    async def _search(self) -> None:
        query, heuristics = self._query.value or "", list(self._notebook.heuristics.values())
        found = await background.io_bound(self._notebook.meanings.nearest, query, heuristics)
        self._similarity = found or None
        self._list()

    def _open(self, key: str, id_: str, button: str) -> None:
        self._notebook.turn_to(id_)
