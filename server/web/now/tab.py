"""What the search does now: whose turn it is, what each agent decided and why, what failed, and operators' shares."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from nicegui import ui

from illuminas.memory.directives import Undo
from illuminas.memory.events import Event
from illuminas.memory.failures import STAGES
from illuminas.memory.kinds import DirectiveGiven
from illuminas.server.services.activity import AGENTS
from illuminas.server.viz.palette import OPERATORS
from illuminas.server.web.confirm import propose
from illuminas.server.web.now.feed import Entry, Feed, why
from illuminas.server.web.now.shares import shares_figure
from illuminas.server.web.page_state import PageState
from illuminas.server.web.plot import Plot, plot
from illuminas.server.web.tab import Tab
from illuminas.server.web.table import columns

TAIL = 1500
"""Events, the latest, from which the feed begins."""
_ICONS: Final = {
    "planner": "map",
    "coder": "code",
    "screen": "filter_alt",
    "evaluate": "model_training",
    "archivist": "grid_view",
    "critic": "rate_review",
}
_COLUMNS: Final = columns({"time": "time", "who": "who", "what": "what"})
_OPERATORS: Final = columns(
    {"operator": "operator", "proposed": ">proposed", "evaluated": ">evaluated", "elites": ">elites"}
)
# texts in double braces are escaped by Vue
_ROW = """
<q-tr :props="props" :class="'by-' + props.row.agent + (props.row.failed ? ' failed' : '')" :data-event="props.row.id">
  <q-td class="figures quiet feed-time">{{ props.row.time }}</q-td>
  <q-td><span class="who">{{ props.row.who }}</span></q-td>
  <q-td>
    <button class="what" :aria-expanded="props.row.why.length > 0 ? 'true' : 'false'"
      @click="$parent.$emit('why', props.row.id)">{{ props.row.what }}</button>
    <q-btn v-if="props.row.undo" flat dense no-caps size="sm" icon="undo" label="Undo" color="primary"
      :aria-label="'Undo directive ' + props.row.undo" @click="$parent.$emit('undo', props.row.undo)" />
    <ul v-if="props.row.why.length" class="why"><li v-for="line in props.row.why">{{ line }}</li></ul>
  </q-td>
</q-tr>
"""


class NowTab(Tab):
    """The live feed."""

    name = "Now"
    icon = "bolt"

    def __init__(self, page_state: PageState) -> None:
        super().__init__(page_state)
        self._failures = 0
        self._unfolded = dict.fromkeys(STAGES, False)  # stages whose reasons a person has opened
        self._opened: dict[int, tuple[str, ...]] = {}
        self._only = "all"
        self._rounds = -1
        self._plot: Plot | None = None

    def build(self) -> None:
        ui.add_css(Path(__file__).with_suffix(".css"))
        run, cursor = self.page_state.run, self.page_state.cursor
        latest = [event for event in run.log.read(after=cursor - TAIL) if event.id <= cursor]
        self._feed = Feed(run, latest)
        with ui.element("ol").classes("stages").props('aria-label="A round, from agent to agent"'):
            self._stages = {agent: _Stage(agent) for agent in AGENTS}
        with ui.element("div").classes("now-grid mt-3"):
            with ui.column().classes("w-full gap-1 min-w-0"):
                with ui.row().classes("w-full items-center gap-3"):
                    ui.label("Activity (newest first)").classes("heading")
                    ui.space()
                    choices = {"all": "everybody", **{agent: agent for agent in AGENTS}, "person": "people"}
                    shown = ui.select(choices, value="all", label="Show", on_change=lambda e: self._show(str(e.value)))
                    shown.props('dense outlined options-dense data-testid="feed-show"').classes("min-w-32")
                self._table = ui.table(columns=_COLUMNS, rows=[], row_key="id")
                self._table.props("flat bordered hide-header hide-bottom dense :rows-per-page-options=[0]")
                self._table.classes("feed w-full").mark("feed").add_slot("body", _ROW)
                self._table.on("why", lambda event: self._explain(int(event.args)))
                self._table.on("undo", lambda event: propose(self.page_state, Undo(directive=int(event.args))))
            with ui.column().classes("w-full gap-3 min-w-0"):
                ui.label("Failures by stage").classes("heading")
                self._failed = ui.column().classes("w-full gap-1").mark("failures")
                ui.label("Operator shares").classes("heading")
                self._shares = ui.column().classes("w-full")
                self._operators = ui.table(columns=_OPERATORS, rows=[], row_key="operator", pagination=0)
                self._operators.props("flat dense hide-bottom").classes("w-full").mark("operators")
        self._draw_feed()
        self._draw_turn()
        self._draw_failures()

    def update(self, events: Sequence[Event]) -> None:
        if self._feed.take(events) or any(isinstance(event.data, DirectiveGiven) for event in events):
            self._draw_feed()
        self._draw_turn()
        if self.page_state.run.state.failed.total > self._failures:
            self._draw_failures()
        if len(self.page_state.run.state.figures) != self._rounds:
            self._draw_shares()

    def _draw_turn(self) -> None:
        going = self.page_state.run.status == "running"
        for agent, stage in self._stages.items():
            stage.show(self._feed.latest.get(agent, ""), at_work=going and self._feed.story.turn == agent)

    def _show(self, agent: str) -> None:
        self._only = agent
        self._draw_feed()

    def _draw_feed(self) -> None:
        self._table.rows = [self._row(entry) for entry in self._feed if self._only in ("all", entry.agent)]
        self._table.update()

    def _row(self, entry: Entry) -> dict[str, Any]:
        undo = entry.directive if self.page_state.client.may_act and self._feed.undoable(entry) else 0
        return {**entry._asdict(), "undo": undo, "why": self._opened.get(entry.id, ())}

    def _explain(self, id: int) -> None:
        """Open a line on what stands behind it, or close it."""
        event = self._feed.event(id)
        if self._opened.pop(id, None) is None and event is not None:
            self._opened[id] = why(self.page_state.run, event) or (f"round {event.round}",)
        self._draw_feed()

    def _draw_shares(self) -> None:
        figures = self.page_state.run.state.figures
        self._rounds = len(figures)
        if figures and self._plot is None:  # not before the first update: plotly would hold up the page
            with self._shares:
                self._plot = plot({}, "Shares of the operators over the rounds").mark("shares")
        if self._plot is not None:
            self._plot.update_figure(shares_figure(figures))
        self._operators.rows = [
            {"operator": OPERATORS[operator].words, **record.model_dump()}
            for operator, record in self.page_state.run.state.operators.items()
            if record.proposed or record.evaluated
        ]
        self._operators.set_visibility(bool(figures))
        self._operators.update()

    def _draw_failures(self) -> None:
        failed = self.page_state.run.state.failed
        self._failures = failed.total
        self._failed.clear()
        with self._failed:
            if not failed.total:
                ui.label("None so far.").classes("quiet")
            for stage in STAGES:
                reasons = failed.of(stage)
                if reasons:
                    count = sum(each.times for each in reasons)
                    fold = ui.expansion(f"{stage}: {count}").bind_value(self._unfolded, stage)
                    with fold.classes("w-full tight sheet").props("dense"):
                        for each in reasons[:20]:
                            self._draw_reason(each.reason, each.times, each.last, each.examples)
                        if len(reasons) > 20:
                            ui.label(f"and {len(reasons) - 20} more reasons").classes("quiet text-sm")

    def _draw_reason(self, reason: str, count: int, last: int, examples: tuple[str, ...]) -> None:
        with ui.column().classes("w-full gap-0 py-1"):
            ui.label(reason).classes("wrap text-sm").style("white-space: pre-wrap")
            with ui.row().classes("items-center gap-2"):
                ui.label(f"{count}, last in round {last}").classes("quiet text-xs figures")
                if examples:
                    pick = ui.button("Select them", on_click=lambda: self.page_state.selection.set(frozenset(examples)))
                    pick.props(
                        'flat dense size=sm title="Highlight them in the other tabs"'
                    )  # a tooltip looks for it in a tab that may be left


class _Stage:
    """One agent of a round: whether it is at work, and what it said last."""

    def __init__(self, agent: str) -> None:
        with ui.element("li").classes(f"stage by-{agent}").mark(f"stage-{agent}") as self._box:
            with ui.element("div").classes("stage-name"):
                ui.icon(_ICONS[agent], size="16px").props('aria-hidden="true"')
                ui.label(agent)
            self._said = ui.label().classes("stage-said")

    def show(self, said: str, *, at_work: bool) -> None:
        if said != self._said.text:
            self._said.text = said
        self._box.classes(**{"add" if at_work else "remove": "at-work"})
        if at_work:
            self._box.props('aria-current="step"')
        else:
            self._box.props(remove="aria-current")
