"""Any two objectives: their Pareto front as it moved, its hypervolume, and a brush that all tabs see."""

from __future__ import annotations

from collections.abc import Sequence

from nicegui import run as background
from nicegui import ui
from nicegui.events import GenericEventArguments

from illuminas.memory.events import Event
from illuminas.memory.run import Run
from illuminas.server.web.page_state import PageState
from illuminas.server.web.plot import plot
from illuminas.server.web.scrubber import Scrubber
from illuminas.server.web.tab import CoalescedTask, Tab
from illuminas.server.web.tradeoffs.costs import ValueBook, choices_of
from illuminas.server.web.tradeoffs.figures import MANY, Plane, Scatter, hypervolume_figure, parallel, scatter
from illuminas.server.web.tradeoffs.listing import Listing
from illuminas.server.web.tradeoffs.trail import Trail
from illuminas.tools.evaluation import Status

_PLACES = "emit(event.points.map((point) => [point.curveNumber, point.pointNumber]))"
"""Which points an event of plotly holds, and nothing else of them."""
_OF_A_CLICK = f"(event) => {_PLACES}"
_OF_A_BRUSH = f"(event) => {{ if (event?.range || event?.lassoPoints) {_PLACES} }}"
"""When it draws anew plotly tells of a brush too, one without bounds or points."""


class TradeoffsTab(Tab):
    """The plot with its scrubber, hypervolume, and the table."""

    name = "Trade-offs"
    icon = "ssid_chart"

    def __init__(self, page_state: PageState) -> None:
        super().__init__(page_state)
        self._choices = choices_of(page_state.run)
        up, across = list(self._choices)[:2]
        self._books = self._book(across), self._book(up)
        self._trail = Trail({}, self._books[0].entry, self._books[1].entry, (self._plane.y, self._plane.x))
        self._reference: dict[str, float] = {}
        self._drawn: Scatter | None = None
        self._shown = "", 0, 0
        self._task = CoalescedTask(self._work, name="trade-offs")

    def build(self) -> None:
        self._scrubber = Scrubber(self._draw, name="tradeoffs")
        names = {name: each.heading for name, each in self._choices.items()}
        with ui.row().classes("w-full items-center gap-4"):
            self._up = ui.select(names, value=self._plane.y.name, label="Up").classes("min-w-64")
            self._up.props('dense options-dense data-testid="tradeoffs-up"').mark("tradeoffs-up")
            self._across = ui.select(names, value=self._plane.x.name, label="Across").classes("min-w-64")
            self._across.props('dense options-dense data-testid="tradeoffs-cost"').mark("tradeoffs-cost")
            self._zoom = ui.switch("zoom to the front", on_change=self._draw).mark("tradeoffs-zoom")
            self._words = ui.label().classes("text-sm").props('role="status"').mark("tradeoffs-words")
        ui.label(
            "Drag over points to select them, or circle them with the lasso; a double click selects nothing. "
            "Rows of the table can be selected too."
        ).classes("text-sm quiet")
        self._plot = plot({}, "Two objectives against each other, with the Pareto front").mark("tradeoffs-plot")
        self._plot.on("plotly_selected", self._brushed, js_handler=_OF_A_BRUSH)
        self._plot.on("plotly_click", self._brushed, js_handler=_OF_A_CLICK)
        self._plot.on("plotly_deselect", lambda: self.page_state.selection.set(frozenset()), js_handler="() => emit()")
        self._volume_words = ui.label().classes("text-sm")
        self._volumes = plot(hypervolume_figure((), 0), "Hypervolume over the rounds").mark("tradeoffs-volumes")
        self._parallel = None
        if len(self.page_state.run.state.objectives) > 2:
            ui.label(
                "All objectives: one line per architecture, the better end of each axis up, the Pareto front in orange."
            ).classes("text-sm")
            self._parallel = plot({}, "All objectives in parallel").mark("tradeoffs-parallel")
        self._listing = Listing(self.page_state)
        for choice in (self._up, self._across):
            choice.on_value_change(self._changed_axes)
        self.page_state.selection.tell(self._draw)

    def update(self, events: Sequence[Event]) -> None:
        self._task.start()

    @property
    def _plane(self) -> Plane:
        across, up = self._books
        return Plane(across.objective, up.objective)

    def _book(self, name: str) -> ValueBook:
        return ValueBook(self.page_state.run, self._choices[name])

    def _changed_axes(self) -> None:
        self._books = self._book(str(self._across.value)), self._book(str(self._up.value))
        self._shown = "", 0, 0
        self._words.text = f"Looking up {self._plane.x.words} and {self._plane.y.words}…"
        self._task.start()

    async def _work(self) -> None:
        """Look values up off the event loop, then draw."""
        books = self._books
        found = await background.io_bound(_learned, self.page_state.run, *books)
        if found is None or books is not self._books or self._plot.is_deleted:
            return
        self._trail, self._reference = found
        axes = f"{self._plane.x.name} {self._plane.y.name}"
        before, shown, state = self._scrubber.round, self._shown, self.page_state.run.state
        known = len(self._trail.points(state.round))
        self._shown = axes, known, len(state.evaluations)
        self._scrubber.reach(state.round)
        # each drawing sends all points: many are drawn anew once a round
        same = shown[0] == axes if known > MANY else shown == self._shown
        if before == self._scrubber.round and not same:
            self._draw()

    def _draw(self) -> None:
        round, plane, state = self._scrubber.round, self._plane, self.page_state.run.state
        evaluated = state.evaluated_until(round)
        operators = {hash_: state.candidates[hash_].operator for hash_ in evaluated}
        selected, zoomed = self.page_state.selection.hashes, bool(self._zoom.value)
        self._drawn = scatter(self._trail, plane, round, operators, selected, zoomed=zoomed)
        self._plot.update_figure(self._drawn.figure)
        failed = sum(state.evaluations[hash_].status is not Status.OK for hash_ in evaluated)
        shown = len(self._trail.points(round))
        lacking = len(evaluated) - failed - shown
        words = [f"{shown} architectures, {len(self._trail.front(round))} on the front"]
        words += [f"{failed} failed and have no value"] if failed else []
        words += [f"of {lacking} a value is not known"] if lacking else []
        self._words.text = "; ".join(words)
        volumes = self._trail.hypervolumes(self._reference, state.round)
        self._volumes.update_figure(hypervolume_figure(volumes, round))
        self._volume_words.text = self._box_words() if volumes else "Hypervolume needs a worst and an ideal value."
        if self._parallel is not None:
            seen = set(evaluated)
            vectors = {hash_: vector for hash_, vector in state.vectors.items() if hash_ in seen}
            front = frozenset(state.front_at(round))
            self._parallel.update_figure(parallel(vectors, state.objectives, front, selected))
        self._listing.show(evaluated)

    def _box_words(self) -> str:
        spans = [
            f"{each.words} from {each.text(self._reference[each.name], 4)} to {each.text(each.ideal or 0.0)}"
            for each in (self._plane.y, self._plane.x)
        ]
        return f"Hypervolume: share of the box of {' and '.join(spans)} that the front dominates (higher is better)."

    def _brushed(self, event: GenericEventArguments) -> None:
        if self._drawn is not None:
            self.page_state.selection.set(self._drawn.picked(event.args))


def _learned(run: Run, across: ValueBook, up: ValueBook) -> tuple[Trail, dict[str, float]]:
    """The trail, and the worst values of its objectives as far as they are known."""
    reference = {}
    with run.lock:
        successes = {each.hash: run.state.evaluated_in[each.hash] for each in run.state.successes}
    for book in (across, up):
        book.learn(successes)
        if (worst := book.worst()) is not None:
            reference[book.objective.name] = worst
    return Trail(successes, across.entry, up.entry, (up.objective, across.objective)), reference
