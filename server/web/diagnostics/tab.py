"""Whether the search works as it should: what it foresaw, what it paid for, and where its time went."""

from __future__ import annotations

from collections.abc import Sequence

from nicegui import events as gui
from nicegui import run as background
from nicegui import ui

from illuminas.memory.events import Event
from illuminas.memory.kinds import RunEnded
from illuminas.memory.state import RunState
from illuminas.server.web.diagnostics.course import Course, Occupancy, by_agent
from illuminas.server.web.diagnostics.figures import (
    DRAWN,
    checks_figure,
    foresight_figure,
    latency_figure,
    occupancy_figure,
    proxies_figure,
    shares_figure,
    shows_ranges,
)
from illuminas.server.web.diagnostics.foresight import Foreseen, checks, foreseen, proxies
from illuminas.server.web.figure import thinned
from illuminas.server.web.page_state import PageState
from illuminas.server.web.plot import Chart, grid
from illuminas.server.web.tab import CoalescedTask, Tab
from illuminas.server.web.table import columns

_CLICKED = "(event) => emit(event.points.map((point) => point.customdata).filter(Boolean))"
_POINTS = "Each is an evaluation; on the dotted line it came as the surrogate expected. A click selects it everywhere."
_BARS = "Grey bars are ranges in which nine of ten should lie: those that cross the dotted line do."
_NOTHING_FORESEEN = "The surrogate has foreseen nothing that was evaluated yet."
_NO_SCORES = "This run has no zero-cost scores of what it evaluated."
_HEADS = {"agent": "agent", "calls": ">calls", "failures": ">failed", "median": ">median, s", "slow": ">95 % within, s"}
_HEADS |= {"seconds": ">in all, s", "prompt_tokens": ">tokens read", "completion_tokens": ">tokens written"}
_HEADS |= {"dollars": ">US dollars"}


class DiagnosticsTab(Tab):
    """Expected against measured, proxies, caches, workers, LLM calls and time."""

    name = "Diagnostics"
    icon = "troubleshoot"

    def __init__(self, page_state: PageState) -> None:
        super().__init__(page_state)
        self._told: list[Foreseen] | None = None
        self._shown: int | None = None
        self._task = CoalescedTask(self._judge, name="diagnostics")

    def build(self) -> None:
        self._facts = ui.row().classes("w-full gap-x-8 gap-y-1")
        with grid():
            self._foresight = Chart("Expected and measured", _POINTS)
            self._checks = Chart(
                "The surrogate over the run",
                "How well the order that it expected agrees with what came, and how many lie in their 90 % range "
                "(dotted: how many should).",
            )
            self._proxies = Chart(
                "Zero-cost proxies", "How well the order of each proxy's scores agrees with what was measured."
            )
            self._occupancy = Chart("Workers", "How many networks were trained at once.")
            self._shares = Chart("Where the time went", "Seconds of the run by what went on.", wide=True)
            self._latency = Chart("LLM answers", "How long each took, by agent.", wide=True)
        self._agents = ui.table(columns=columns(_HEADS, sortable=True), rows=[], row_key="agent")
        self._agents.classes("w-full").props("flat dense")
        self._agents.mark("agents").set_visibility(False)
        self.page_state.selection.tell(self._show_foresight)

    def update(self, events: Sequence[Event]) -> None:
        state = self.page_state.run.state
        told = len(state.evaluations) + len(state.calls)
        ended = any(isinstance(event.data, RunEnded) for event in events)
        # a long run is drawn anew when it has grown by a fiftieth: each drawing sends all its points
        if self._shown is not None and not ended and told - self._shown <= self._shown // 50:
            return
        self._shown = told
        self._show_course()
        self._task.start()

    async def _judge(self) -> None:
        """Show what was foreseen; correlations are computed off the event loop."""
        state = self.page_state.run.state
        self._told = foreseen(state)
        self._show_foresight()
        checked = await background.io_bound(checks, self._told)
        if checked is None or self._facts.is_deleted:  # the server, or the page, is closing
            return
        self._checks.show(checks_figure(checked) if checked else None, _NOTHING_FORESEEN)
        scored = proxies(state)
        self._proxies.show(proxies_figure(scored, state.primary) if scored else None, _NO_SCORES)

    def _show_foresight(self) -> None:
        picked = self.page_state.selection.hashes
        found = foresight_figure(self._told, picked, self.page_state.run.state.primary) if self._told else None
        told = self._told or []
        self._foresight.about = f"{_POINTS} {_BARS}" if shows_ranges(told) else _POINTS
        if len(told) > DRAWN:
            self._foresight.about += f" Of the {len(told):,}, {len(thinned(told, DRAWN)):,} are drawn."
        new = self._foresight.show(found, _NOTHING_FORESEEN)
        if new is not None:
            new.on("plotly_click", self._pick, js_handler=_CLICKED)

    def _show_course(self) -> None:
        state = self.page_state.run.state
        course = Course.of(state)
        occupancy = course.occupancy()
        self._occupancy.show(
            None if occupancy is None else occupancy_figure(occupancy),
            "Nothing was trained: values come from a table, or were paid for before."
            if state.evaluations
            else "Nothing was evaluated yet.",
        )
        self._shares.show(shares_figure(course.shares()) if course.seconds >= 1 else None, "Hardly any time yet.")
        self._latency.show(latency_figure(state.calls) if state.calls else None, "No LLM was asked.")
        self._agents.rows = [line._asdict() for line in by_agent(state.calls)]
        self._agents.set_visibility(bool(state.calls))
        self._facts.clear()
        with self._facts:
            for words in facts(state, occupancy):
                ui.label(words)

    def _pick(self, event: gui.GenericEventArguments) -> None:
        self.page_state.selection.set(frozenset(map(str, event.args)))


def facts(state: RunState, occupancy: Occupancy | None) -> list[str]:
    """What was paid for before, turned down, and kept busy, a sentence each."""
    evaluations = list(state.evaluations.values())
    if not evaluations:
        return ["Nothing was evaluated yet."]
    cached = sum(each.cached for each in evaluations)
    found = [f"{cached:,} of {len(evaluations):,} evaluations were paid for before"]
    if state.turned_down:
        asked = state.turned_down + sum(record.proposed for record in state.operators.values())
        found.append(f"{state.turned_down:,} of {asked:,} proposals were known already, and turned down")
    if occupancy is not None:
        found.append(f"{occupancy.busy.mean():.2f} of {occupancy.most} workers busy on average")
    return found
