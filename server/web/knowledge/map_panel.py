"""The map: every heuristic where its meaning puts it."""

from __future__ import annotations

from nicegui import events, ui
from nicegui import run as background

from illuminas.server.web.knowledge.figures import map_figure
from illuminas.server.web.knowledge.notebook import Notebook
from illuminas.server.web.plot import plot
from illuminas.server.web.tab import CoalescedTask

FOUND = 8
"""Heuristics that a search rings."""


class MapPanel:
    """Heuristics that say alike lie together; a search rings the nearest."""

    def __init__(self, notebook: Notebook) -> None:
        self._notebook = notebook
        self._task = CoalescedTask(self._draw, name="map of the knowledge")

    def build(self) -> None:
        self._query = ui.input("Search by meaning", on_change=self.refresh)
        self._query.props("outlined dense clearable debounce=300 data-testid=map-meaning").classes("w-full")
        self._place = ui.column().classes("w-full")
        self._plot: ui.plotly | None = None
        ui.label(
            "Each rule lies where the embedding of its text puts it, along the two directions in which texts differ "
            "most. Near means alike in words, not in what the data say."
        ).classes("text-sm opacity-70")

    def refresh(self) -> None:
        """Draw the heuristics of the round that is looked at."""
        self._task.start()

    async def _draw(self) -> None:
        notebook, query = self._notebook, self._query.value or ""
        heuristics = list(notebook.heuristics.values())
        places = await background.io_bound(notebook.meanings.places, heuristics)
        near = await background.io_bound(notebook.meanings.nearest, query, heuristics)
        if not places or near is None or self._place.is_deleted:
            return  # nothing to draw, or the page or the server ends
        figure = map_figure(places, chosen=notebook.open, near=list(near)[:FOUND])
        if self._plot is not None:
            self._plot.update_figure(figure)
            return
        with self._place:
            self._plot = plot(figure, "Heuristics by meaning, coloured by status").props("data-testid=map")
        self._plot.on("plotly_click", self._pick)

    def _pick(self, event: events.GenericEventArguments) -> None:
        ids = [point["customdata"] for point in event.args.get("points", ()) if point.get("customdata")]
        if ids:
            self._notebook.turn_to(str(ids[0]))
