"""The table below the plot: architectures page by page, which can be selected row by row too."""

from __future__ import annotations

from collections.abc import Sequence

from nicegui import background_tasks, ui
from nicegui import run as background
from nicegui.events import GenericEventArguments, TableSelectionEventArguments

from illuminas.server.surface.answers import ArchitectureLine
from illuminas.server.web.tradeoffs_table import COLUMNS, LABELS, as_csv, page
from illuminas.server.web.window import Window

ROWS = 10


class Listing:
    """What was evaluated, or what is selected of it; sorted and cut into pages here, so that it can be long."""

    def __init__(self, window: Window) -> None:
        self._window = window
        self._hashes: Sequence[str] = ()
        self._lines: list[ArchitectureLine] = []
        self._wanted = 0
        with ui.row().classes("w-full items-end gap-4"):
            self._title = ui.label().classes("text-lg font-medium").props('role="status"').mark("listing-title")
            self._only = ui.switch("only what is selected", value=True).mark("listing-only")
            self._sort = ui.select(LABELS, value="accuracy", label="Sorted by").classes("min-w-56")
            self._sort.props('dense options-dense data-testid="listing-sort"').mark("listing-sort")
            self._descending = ui.switch("descending", value=True)
            ui.button("Clear selection", icon="clear", on_click=lambda: window.selection.set(frozenset())).props(
                "flat dense no-caps"
            ).mark("listing-clear")
            ui.button("Export CSV", icon="download", on_click=self._export).props("flat dense no-caps").mark(
                "listing-csv"
            )
        columns = [
            {
                "name": column.name,
                "label": column.label,
                "field": column.name,
                "sortable": True,
                "align": "right" if column.counts else "left",
                "classes": "font-mono max-w-96 truncate" if column.name in ("words", "hash") else "",
            }
            for column in COLUMNS
            if column.name != "latency" or window.run.device is not None
        ]
        pagination = {"rowsPerPage": ROWS, "rowsNumber": 0, "page": 1, "sortBy": "accuracy", "descending": True}
        self._table = ui.table(
            columns=columns, rows=[], row_key="hash", pagination=pagination, selection="multiple",
            on_select=self._picked,
        ).classes("w-full").mark("listing")  # fmt: skip
        self._table.props('dense flat binary-state-sort :rows-per-page-options="[10, 25, 50, 100]"')
        self._table.props('data-testid="listing" table-header-class="font-medium"')
        self._table.on("request", self._asked)
        for control in (self._only, self._sort, self._descending):
            control.on_value_change(lambda: self._refresh(first=True))

    def show(self, hashes: Sequence[str]) -> None:
        """List these, in the order of the log, or what is selected of them."""
        self._hashes = hashes
        self._refresh(first=False)

    @property
    def _listed(self) -> list[str]:
        selected = self._window.selection.hashes
        only = bool(self._only.value) and bool(selected)
        return [hash_ for hash_ in self._hashes if hash_ in selected] if only else list(self._hashes)

    def _refresh(self, *, first: bool) -> None:
        pagination = dict(self._table.pagination)
        pagination |= {"sortBy": self._sort.value, "descending": self._descending.value}
        if first:
            pagination["page"] = 1
        self._turn_to(pagination)

    def _asked(self, event: GenericEventArguments) -> None:
        """A person turned the page, or clicked a header."""
        pagination = event.args["pagination"]
        if pagination["sortBy"] in LABELS and (pagination["sortBy"], pagination["descending"]) != (
            self._sort.value,
            self._descending.value,
        ):
            self._table.pagination = pagination
            self._sort.set_value(pagination["sortBy"])
            self._descending.set_value(pagination["descending"])
            return
        self._turn_to(pagination)

    def _turn_to(self, pagination: dict[str, object]) -> None:
        self._wanted += 1
        background_tasks.create(self._fill(dict(pagination), self._wanted), name="listing")

    async def _fill(self, pagination: dict[str, object], wanted: int) -> None:
        listed = self._listed
        size = int(str(pagination["rowsPerPage"])) or len(listed)
        pages = max(1, -(-len(listed) // size)) if size else 1
        number = min(int(str(pagination["page"])), pages)
        lines = await background.io_bound(
            page,
            self._window.run,
            listed,
            sort=str(self._sort.value),
            descending=bool(self._descending.value),
            offset=(number - 1) * size,
            limit=size,
        )
        if lines is None or wanted != self._wanted:  # the server ends, or something newer was asked for
            return
        self._lines = lines
        self._table.pagination = {**pagination, "page": number, "rowsNumber": len(listed)}
        self._table.rows = [{column.name: column.text(line) for column in COLUMNS} for line in lines]
        selected = self._window.selection.hashes
        self._table.selected = [row for row in self._table.rows if row["hash"] in selected]
        chosen = sum(hash_ in selected for hash_ in self._hashes)
        self._title.text = f"{chosen} of {len(self._hashes)} evaluated architectures selected"

    def _picked(self, event: TableSelectionEventArguments) -> None:
        shown = {line.hash for line in self._lines}
        picked = {row["hash"] for row in event.selection}
        selection = self._window.selection
        selection.set((selection.hashes - shown) | frozenset(picked))

    async def _export(self) -> None:
        """Everything that is listed, on all pages."""
        lines = await background.io_bound(
            page,
            self._window.run,
            listed := self._listed,
            sort=str(self._sort.value),
            descending=bool(self._descending.value),
            offset=0,
            limit=len(listed),
        )
        if lines is not None:
            ui.download.content(as_csv(lines), f"{self._window.run.id}.csv", "text/csv")
