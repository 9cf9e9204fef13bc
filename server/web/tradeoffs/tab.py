"""Accuracy against what it costs: the Pareto front as it moved, its hypervolume, and a brush that all tabs see."""

from __future__ import annotations

from collections.abc import Sequence

from nicegui import run as background
from nicegui import ui
from nicegui.events import GenericEventArguments

from illuminas.memory.events import Event
from illuminas.memory.metrics import Reference
from illuminas.server.web.page_state import PageState
from illuminas.server.web.plot import plot
from illuminas.server.web.replay import Replay
from illuminas.server.web.scrubber import Scrubber
from illuminas.server.web.tab import CoalescedTask, Tab
from illuminas.server.web.tradeoffs.costs import CostBook, costs_of
from illuminas.server.web.tradeoffs.figures import MANY, Scatter, hypervolume_figure, scatter
from illuminas.server.web.tradeoffs.listing import Listing
from illuminas.server.web.tradeoffs.trail import Trail

_PLACES = "emit(event.points.map((point) => [point.curveNumber, point.pointNumber]))"
"""Which points an event of plotly holds, and nothing else of them."""
_OF_A_CLICK = f"(event) => {_PLACES}"
_OF_A_BRUSH = f"(event) => {{ if (event?.range || event?.lassoPoints) {_PLACES} }}"
"""When it draws anew plotly tells of a brush too, one without bounds or points."""


class TradeoffsTab(Tab):
    """The plot with its scrubber, hypervolume, and the table."""

    name = "Trade-offs"
    icon = "ssid_chart"

    def __init__(self, window: PageState) -> None:
        super().__init__(window)
        self._replay = window.replay
        self._costs = {cost.key: cost for cost in costs_of(window.run)}
        self._book = CostBook(window.run, self._replay, next(iter(self._costs.values())))
        self._trail = Trail(self._replay, self._book.entry)
        self._reference: Reference | None = None
        self._drawn: Scatter | None = None
        self._shown = "", 0, 0
        self._task = CoalescedTask(self._work, name="trade-offs")

    def build(self) -> None:
        self._scrubber = Scrubber(self._draw, name="tradeoffs")
        names = {cost.key: f"{cost.name}, {cost.unit}" for cost in self._costs.values()}
        with ui.row().classes("w-full items-center gap-4"):
            self._against = ui.select(names, value=self._book.cost.key, label="Accuracy against").classes("min-w-72")
            self._against.props('dense options-dense data-testid="tradeoffs-cost"').mark("tradeoffs-cost")
            self._zoom = ui.switch("zoom to the front", on_change=self._draw).mark("tradeoffs-zoom")
            self._words = ui.label().classes("text-sm").props('role="status"').mark("tradeoffs-words")
        ui.label(
            "Drag over points to select them, or circle them with the lasso; a double click selects nothing. "
            "Rows of the table can be selected too."
        ).classes("text-sm quiet")
        self._plot = plot({}, "Validation accuracy against cost, with the Pareto front").mark("tradeoffs-plot")
        self._plot.on("plotly_selected", self._brushed, js_handler=_OF_A_BRUSH)
        self._plot.on("plotly_click", self._brushed, js_handler=_OF_A_CLICK)
        self._plot.on("plotly_deselect", lambda: self.window.selection.set(frozenset()), js_handler="() => emit()")
        self._volume_words = ui.label().classes("text-sm")
        self._volumes = plot(hypervolume_figure((), 0), "Hypervolume over the rounds").mark("tradeoffs-volumes")
        self._listing = Listing(self.window)
        self._against.on_value_change(self._changed_cost)
        self.window.selection.tell(self._draw)

    def update(self, events: Sequence[Event]) -> None:
        self._task.start()

    def _changed_cost(self) -> None:
        self._book = CostBook(self.window.run, self._replay, self._costs[str(self._against.value)])
        self._shown = "", 0, 0
        self._words.text = f"Looking up {self._book.cost.name}…"
        self._task.start()

    async def _work(self) -> None:
        """Look costs up off the event loop, then draw."""
        book = self._book
        trail = await background.io_bound(lambda: _trail(self.window.replayed(), book))
        if trail is None or book is not self._book or self._plot.is_deleted:
            return
        self._trail, self._reference = trail
        before, shown = self._scrubber.round, self._shown
        known = len(self._trail.points(self._replay.last))
        self._shown = book.cost.key, known, len(self._replay.arrivals)
        self._scrubber.reach(self._replay.last)
        # each drawing sends all points: many are drawn anew once a round
        same = shown[0] == book.cost.key if known > MANY else shown == self._shown
        if before == self._scrubber.round and not same:
            self._draw()

    def _draw(self) -> None:
        round, cost, state = self._scrubber.round, self._book.cost, self.window.run.state
        arrivals = self._replay.until(round)
        operators = {arrival.hash: state.candidates[arrival.hash].operator for arrival in arrivals}
        selected, zoomed = self.window.selection.hashes, bool(self._zoom.value)
        self._drawn = scatter(self._trail, cost, round, operators, selected, zoomed=zoomed)
        self._plot.update_figure(self._drawn.figure)
        failed = sum(arrival.accuracy is None for arrival in arrivals)
        shown = len(self._trail.points(round))
        lacking = len(arrivals) - failed - shown
        words = [f"{shown} architectures, {len(self._trail.front(round))} on the front"]
        words += [f"{failed} failed and have no accuracy"] if failed else []
        words += [f"of {lacking} the {cost.name} is not known"] if lacking else []
        self._words.text = "; ".join(words)
        box = self._reference
        volumes = [] if box is None else self._trail.hypervolumes(box, self._replay.last)
        self._volumes.update_figure(hypervolume_figure(volumes, round))
        self._volume_words.text = (
            "Hypervolume needs the cost of the space's heaviest architecture, which is not known."
            if box is None
            else f"Hypervolume: share of the box from {box.accuracy:g} % to 100 % accuracy and from "
            f"{cost.text(box.latency)} down to 0 that the front dominates (higher is better)."
        )
        self._listing.show([arrival.hash for arrival in arrivals])

    def _brushed(self, event: GenericEventArguments) -> None:
        if self._drawn is not None:
            self.window.selection.set(self._drawn.picked(event.args))


def _trail(replay: Replay, book: CostBook) -> tuple[Trail, Reference | None]:
    book.learn([arrival.hash for arrival in replay.arrivals if arrival.accuracy is not None])
    return Trail(replay, book.entry), book.reference()
