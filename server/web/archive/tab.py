"""The archive as of any round: a heatmap of its niches, what each keeps and kept, and how it grew."""

from __future__ import annotations

from collections.abc import Sequence

from nicegui import background_tasks, ui
from nicegui import run as background

from illuminas.memory.events import Event
from illuminas.memory.partitions import AnyPartition, Centroids
from illuminas.server.web.archive.card import CellCard, cell_card, show_details
from illuminas.server.web.archive.cell_map import CSS, CellMap
from illuminas.server.web.archive.cells import UNCERTAINTY, shades_of
from illuminas.server.web.archive.figures import growth_figure
from illuminas.server.web.archive.lens import AxisChoice, Lens, axis_choices, make_lens
from illuminas.server.web.archive.plan import Plan, axis_title, plan_of, scatter_plan
from illuminas.server.web.archive.surrogate_uncertainty import surrogate_uncertainty
from illuminas.server.web.page_state import PageState
from illuminas.server.web.plot import plot
from illuminas.server.web.scrubber import Scrubber
from illuminas.server.web.tab import CoalescedTask, Tab
from illuminas.tools.errors import IlluminasError

NICHES, CENTROIDS, AXES = "niches", "centroids", "axes"
CHUNK = 2_000
"""Evaluations that are sorted into niches before they are shown."""


class ArchiveTab(Tab):
    """The heatmap with its scrubber, the cell that was clicked, and coverage and QD score over time."""

    name = "Archive"
    icon = "grid_view"

    def __init__(self, page_state: PageState) -> None:
        super().__init__(page_state)
        self._shades = shades_of(page_state.run.state.tracked)
        self._lens: Lens | None = None
        self._choices: dict[str, AxisChoice] = {}
        self._picked: int | None = None
        self._card: CellCard | None = None
        self._uncertain: dict[int, float] | None = None
        self._asked: tuple[str, int] | None = None
        self._grown = 0, 0
        self._task = CoalescedTask(self._work, name="archive")

    def build(self) -> None:
        ui.add_css(CSS)
        self._scrubber = Scrubber(self._catch_up, name="archive")
        with ui.row().classes("w-full items-end gap-4"):
            self._layout = ui.select({NICHES: "niches as they are"}, value=NICHES, label="Cells").classes("min-w-48")
            self._across = ui.select({}, label="Across").classes("min-w-56")
            self._down = ui.select({}, label="Down").classes("min-w-56")
            names = list(self._shades)
            self._shade = ui.select(names, value=names[0], label="Coloured by").classes("min-w-40")
        for choice, mark in (
            (self._layout, "cells"), (self._across, "across"), (self._down, "down"), (self._shade, "shade"),
        ):  # fmt: skip
            choice.props(f'dense options-dense data-testid="archive-{mark}"').mark(f"archive-{mark}")
        self._words = ui.label("This run has made no niches yet.").mark("archive-words").props('role="status"')
        self._note = ui.label().classes("text-sm").props('role="status"').mark("archive-note")
        with ui.element("div").classes("w-full grid grid-cols-1 lg:grid-cols-[3fr_2fr] gap-6 items-start"):
            self._map = CellMap(self._pick)
            self._details = ui.column().classes("w-full gap-1 min-w-0").mark("cell-details")
        with self._details:
            ui.label("Click a cell, or move to it with Tab and the arrow keys and press Enter.").classes("quiet")
        ui.label("Coverage and QD score of the run's own niches").classes("heading")
        self._growth = plot(growth_figure((), 0), "Coverage and QD score over the rounds").mark("archive-growth")
        self._layout.on_value_change(self._changed_layout)
        for axis in (self._across, self._down):
            axis.on_value_change(self._changed_axes)
        self._shade.on_value_change(self._catch_up)
        self.page_state.selection.tell(self._draw)
        self._hide()

    def update(self, events: Sequence[Event]) -> None:
        self._task.start()

    async def _open(self, partition: AnyPartition) -> None:
        """The run has its niches: show them, and offer what else there is to see."""
        layouts = {NICHES: "niches as they are", AXES: "any two axes"}
        if isinstance(partition, Centroids) and len(partition.keys) > 1:
            layouts = {NICHES: "Voronoi cells", CENTROIDS: "centroids", AXES: "any two axes"}
            if len(partition.keys) > 2:
                layouts = {CENTROIDS: "centroids", AXES: "any two axes"}
        await self._show_through(partition)
        self._layout.set_options(layouts, value=next(iter(layouts)))
        self._hide()

    def _hide(self) -> None:
        """Show only the controls that mean something."""
        opened = self._lens is not None
        for control in (self._layout, self._shade, self._map, self._details):
            control.set_visibility(opened)
        chooses = opened and self._layout.value in (AXES, CENTROIDS)
        self._across.set_visibility(chooses)
        self._down.set_visibility(chooses)

    def _changed_layout(self) -> None:
        run = self.page_state.run
        if self._lens is None:
            return
        if self._layout.value == AXES:
            self._choices = {choice.name: choice for choice in axis_choices(run)}
            self._offer({name: choice.words for name, choice in self._choices.items()})
        elif self._layout.value == CENTROIDS:
            self._offer({key: axis_title(key) for key in run.partition.keys})
        self._hide()
        self._changed_axes()

    def _offer(self, options: dict[str, str]) -> None:
        names = [*options, None, None]  # a run that has evaluated nothing knows no axes
        self._across.set_options(options, value=names[1] or names[0])
        self._down.set_options(options, value=names[0])

    def _changed_axes(self) -> None:
        background_tasks.create(self._look_through(), name="archive axes")

    async def _look_through(self) -> None:
        """Show the niches that the controls ask for; those of two axes take seconds the first time."""
        run, chosen = self.page_state.run, self._controls
        layout, across, down = chosen
        if self._lens is None or (across == down and layout != NICHES):
            self._note.text = "" if self._lens is None else "Choose two different axes."
            return
        self._note.text, partition = "", run.partition
        if layout == AXES:
            self._note.text = "Sorting the search space by these axes…"
            made = await background.io_bound(make_lens, run, self._choices[across], self._choices[down])
            if made is None or chosen != self._controls:  # the server ends, or a person has changed their mind
                return
            self._note.text, partition = "", made
        await self._show_through(partition)
        self._catch_up()

    @property
    def _controls(self) -> tuple[str, str, str]:
        return str(self._layout.value), str(self._across.value), str(self._down.value)

    async def _show_through(self, partition: AnyPartition) -> None:
        chosen = self._controls
        plan = await background.io_bound(_plan, partition, *chosen)
        if plan is None or chosen != self._controls:
            return
        if self._lens is None or self._lens.partition != partition:
            self._lens = Lens(self.page_state.run, partition)
            self._picked = self._asked = None
            self._uncertain = None
        self._map.lay_out(plan, f"{len(plan.shapes)} niches of the partition {partition.name}")

    def _catch_up(self) -> None:
        """Draw what is known at once, and then what takes time, off the event loop."""
        self._draw()
        self._task.start()

    async def _work(self) -> None:
        """Take in what is new, sort it into the niches that are shown, and ask the surrogate."""
        state = self.page_state.run.state
        if self._lens is None and state.partition is not None:
            await self._open(self.page_state.run.partition)
        if self._map.is_deleted:  # the page is left
            return
        self._scrubber.reach(state.round)
        self._draw()
        while self._lens is not None and (self._lens.behind or self._wanted != self._asked):
            lens, wanted = self._lens, self._wanted
            many = lens.behind > CHUNK
            if many:
                self._note.text = f"Sorting {lens.behind:,} architectures into these niches…"
            behind = await background.io_bound(lens.sort, CHUNK)
            if behind is None or self._map.is_deleted:
                return
            if many and not behind:
                self._note.text = ""
            if not behind and wanted != self._asked:
                await self._ask(lens, wanted)
            self._draw()

    @property
    def _wanted(self) -> tuple[str, int] | None:
        """Of which partition and round the surrogate's uncertainty is shown; None where it is not."""
        if self._lens is None or self._shade.value != UNCERTAINTY:
            return None
        return self._lens.partition.name, self._scrubber.round

    async def _ask(self, lens: Lens, wanted: tuple[str, int] | None) -> None:
        self._asked, self._uncertain, self._note.text = wanted, None, ""
        if wanted is None:
            return
        self._note.text = f"Asking the surrogate as it was in round {wanted[1]}…"
        try:
            found = await background.io_bound(surrogate_uncertainty, self.page_state.run, lens.partition, wanted[1])
        except IlluminasError as error:
            words = str(error)
            self._note.text = words[:1].upper() + words[1:]
            return
        self._note.text = ""
        self._uncertain = found

    def _draw(self) -> None:
        lens, round = self._lens, self._scrubber.round
        if lens is None:
            return
        shade = self._shades[str(self._shade.value)]
        uncertain = self._uncertain if self._asked == self._wanted else None
        cells = lens.cells.cells(round, shade, uncertain)
        marked = lens.cells.holding(self.page_state.selection.hashes, round)
        self._map.show(cells, shade, lens.cells.span(shade, uncertain), marked, self._picked)
        summary = lens.cells.summary(round)
        self._words.text = (
            f"{summary.filled} of {summary.reachable} niches filled: coverage {100 * summary.coverage:.1f} %, "
            f"QD score {summary.qd_score:.1f}"
        )
        grown = len(self.page_state.run.state.figures), round
        if grown != self._grown:
            self._grown = grown
            self._growth.update_figure(growth_figure(self.page_state.run.state.figures, round))
        self._tell()

    def _pick(self, niche: int) -> None:
        self._picked = niche
        self._draw()

    def _tell(self) -> None:
        """Show the details of the picked cell, where they have changed."""
        if self._picked is None or self._lens is None:
            return
        card = cell_card(self.page_state.run, self._lens.cells, self._picked, self._scrubber.round)
        if card != self._card:
            self._card = card
            self._details.clear()
            with self._details:
                show_details(card, self.page_state.selection.set)


def _plan(partition: AnyPartition, layout: str, across: str, down: str) -> Plan:
    keys = partition.keys
    if isinstance(partition, Centroids) and layout == CENTROIDS:
        return scatter_plan(partition, *(map(keys.index, (across, down)) if across in keys else (0, 1)))
    return plan_of(partition)
