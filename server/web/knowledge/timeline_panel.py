"""The timeline: births, confirmations, merges, contradictions, retirements and people's acts, drawn and told."""

from __future__ import annotations

from typing import Any

from nicegui import events, ui

from illuminas.memory.directives import DirectiveRecord, RuleDirective, Undo
from illuminas.memory.heuristics import Change
from illuminas.memory.knowledge_history import KnowledgeHistory, Moment
from illuminas.server.viz.palette import CHANGE, meaning
from illuminas.server.web.confirm import propose
from illuminas.server.web.knowledge.figures import timeline_figure
from illuminas.server.web.knowledge.notebook import Notebook
from illuminas.server.web.plot import plot
from illuminas.server.web.table import SIGNED, LongTable, columns

_COLUMNS = columns({"round": ">Round", "what": "What happened", "rule": "Rule", "who": "By"})
_RULE = """
<q-td :props="props" style="white-space: normal; min-width: 16rem">
  <button v-if="props.row.id" type="button" class="know-open">
    <span class="know-id">{{ props.row.id }}</span> {{ props.row.rule }}
  </button>
  <div class="know-why">{{ props.row.why }}</div>
</q-td>
"""
_WHO = """
<q-td :props="props" style="white-space: normal">
  {{ props.row.who }}
  <q-btn v-if="props.row.undo" flat dense no-caps size="sm" icon="undo" label="Undo"
         :data-testid="'undo-' + props.row.undo"
         data-act="undo" :aria-label="'Undo directive ' + props.row.undo"/>
  <span v-if="props.row.undone" class="know-why">{{ props.row.undone }}</span>
</q-td>
"""


class TimelinePanel:
    """All that happened, the newest first."""

    def __init__(self, notebook: Notebook) -> None:
        self._notebook = notebook

    def build(self) -> None:
        self._nothing = ui.label("Nothing has happened yet. The critic proposes the first rules after some rounds.")
        self._all = ui.column().classes("w-full gap-2")
        self._built = False

    def _build(self) -> None:
        self._plot = plot({"data": [], "layout": {}}, "Heuristics by status over rounds, and the life of each")
        self._plot.props("data-testid=lifelines")
        self._plot.on("plotly_click", self._pick)
        kinds = {change.value: f"{CHANGE[change].glyph} {CHANGE[change].words}" for change in CHANGE}
        shown = [change.value for change in CHANGE if change is not Change.MEASURED]
        with ui.row().classes("w-full items-center gap-2"):
            self._kinds = ui.select(kinds, multiple=True, value=shown, label="Show", on_change=self._list)
            self._kinds.props("outlined dense options-dense data-testid=kinds").classes("grow min-w-0")
            self._people = ui.checkbox("by people alone", on_change=self._list).props("data-testid=people")
        slots = {"what": SIGNED, "rule": _RULE, "who": _WHO}
        self._table = LongTable(_COLUMNS, slots, self._click, label="Activity (newest first)")
        self._table.props("data-testid=moments")

    def refresh(self) -> None:
        """Show what happened up to the round that is looked at."""
        notebook, moments = self._notebook, self._moments()
        self._nothing.set_visibility(not moments)
        if moments and not self._built:  # a plot that is hidden complains
            self._built = True
            with self._all:
                self._build()
        if not self._built:
            return
        last = notebook.last if notebook.round is None else notebook.round
        self._plot.update_figure(timeline_figure(moments, last))
        self._list()

    def _moments(self) -> list[Moment]:
        round = self._notebook.round
        return [each for each in self._notebook.history.moments if round is None or each.change.round <= round]

    def _list(self) -> None:
        wanted = set(self._kinds.value)
        self._kinds.props(f'display-value="{len(wanted)} of {len(CHANGE)} kinds of change"')
        rows = moment_rows(self._notebook.history, self._moments(), may_undo=self._notebook.may_act)
        if self._people.value:
            rows = [row for row in rows if row["number"]]
        self._table.show([row for row in rows if row["change"] in wanted or row["number"]])

    def _pick(self, event: events.GenericEventArguments) -> None:
        ids = [point["customdata"] for point in event.args.get("points", ()) if point.get("customdata")]
        if ids:
            self._notebook.turn_to(str(ids[0]))

    async def _click(self, key: str, id_: str, button: str) -> None:
        number = next((int(row["undo"]) for row in self._table.rows if row["key"] == key), 0)
        if button == "undo" and number:
            await propose(self._notebook.page_state, Undo(directive=number))
        else:
            self._notebook.turn_to(id_)


def moment_rows(history: KnowledgeHistory, moments: list[Moment], *, may_undo: bool) -> list[dict[str, Any]]:
    """What the table shows, the newest first: every change, and the acts upon rules that changed none.

    Args:
        moments: those of the history that are looked at.
        may_undo: whether acts that can be taken back say so.
    """
    done = history.acts
    found = [(each.change.event, _of_a_change(history, each, may_undo=may_undo)) for each in moments]
    told = {each.act for each in moments}
    last = max((each.change.round for each in moments), default=0)
    for act in done:
        rules = isinstance(act.directive, RuleDirective) or (
            isinstance(act.directive, Undo) and isinstance(_first(act, done).directive, RuleDirective)
        )
        if rules and act.number not in told and act.round <= last:
            row: dict[str, Any] = {
                "change": "",
                "glyph": "·",
                "colour": CHANGE[Change.MEASURED].colour,
                "what": "changed nothing",
            }
            row |= {"round": act.round, "key": f"act {act.number}", "id": "", "rule": "", "why": act.words}
            found.append((0, row | _by_a_person(act, may_undo=may_undo)))
    # of one event, what came last is on top; those without an event stand by their round
    order = sorted(enumerate(found), key=lambda each: (each[1][1]["round"], each[1][0], each[0]), reverse=True)
    return [row for _, (_, row) in order]


def _of_a_change(history: KnowledgeHistory, moment: Moment, *, may_undo: bool) -> dict[str, Any]:
    change, sign = moment.change, CHANGE[moment.change.change]
    row: dict[str, Any] = {
        "key": f"{change.event} {change.heuristic.id}",
        "change": change.change.value,
        "round": change.round,
        "glyph": sign.glyph,
        "colour": sign.colour,
        "what": meaning(moment),
        "id": change.heuristic.id,
        "rule": change.heuristic.text,
        "why": history.why(moment),
        "number": 0,
        "who": "the search",
        "undo": 0,
        "undone": "",
    }
    if moment.act is None:
        return row
    return row | _by_a_person(history.acts[moment.act - 1], may_undo=may_undo)


def _by_a_person(act: DirectiveRecord, *, may_undo: bool) -> dict[str, Any]:
    undone = act.undone_by is not None
    return {
        "number": act.number,
        "who": f"{act.author}, via {act.via}",
        "undo": act.number if may_undo and act.directive.undoable and not undone else 0,
        "undone": f"undone by directive {act.undone_by}" if undone else "",
    }


def _first(act: DirectiveRecord, done: list[DirectiveRecord]) -> DirectiveRecord:
    """What an undo, or an undo of an undo, is about in the end."""
    while isinstance(act.directive, Undo):
        act = done[act.directive.directive - 1]
    return act
