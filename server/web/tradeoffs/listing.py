"""The table below the plot: architectures page by page, which can be selected row by row too."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from nicegui import background_tasks, ui
from nicegui import run as background
from nicegui.events import GenericEventArguments, TableSelectionEventArguments

from illuminas.server.services.answers import ArchitectureLine
from illuminas.server.web.page_state import PageState
from illuminas.server.web.tradeoffs.table import as_csv, columns_of, page

ROWS: Final = (10, 25, 100)
"""Choices of a page's length."""
_HEADER: Final = """
<q-th :props="props" :aria-sort="props.col.sorted || 'none'">
  <button
    style="font: inherit; color: inherit; background: none; border: 0; cursor: pointer"
    @click="$parent.$emit('sort', props.col.name)"
  >{{ props.col.label }} {{ {ascending: "↑", descending: "↓"}[props.col.sorted] }}</button>
</q-th>
"""
"""A column's name as a button that the keyboard reaches."""


class Listing:
    """What was evaluated, or what is selected of it; sorted and cut into pages here, so that it can be long."""

    def __init__(self, page_state: PageState) -> None:
        self._page_state = page_state
        self._hashes: Sequence[str] = ()
        self._lines: list[ArchitectureLine] = []
        primary = page_state.run.state.primary
        self._sort, self._descending = primary.name, primary.maximised
        self._wanted = 0
        with ui.row().classes("w-full items-center gap-4"):
            self._title = ui.label().classes("text-lg font-medium").props('role="status"').mark("listing-title")
            self._only = ui.switch("only what is selected", value=True).mark("listing-only")
            self._clear = ui.button("Clear selection", icon="clear", on_click=self._forget)
            self._clear.props("flat dense no-caps").mark("listing-clear").set_visibility(False)
            export = ui.button("Export CSV", icon="download", on_click=self._export).mark("listing-csv")
            export.props("flat dense no-caps")
        self._columns = columns_of(page_state.run)
        self._table = ui.table(columns=[], rows=[], row_key="hash", selection="multiple", on_select=self._picked)
        self._table.classes("w-full").props(
            'dense flat hide-pagination hide-selected-banner no-data-label="Reading them…" data-testid="listing"'
        ).mark("listing")
        self._table.add_slot("header-cell", _HEADER)
        self._table.on("sort", self._sorted)
        with ui.row().classes("w-full items-center justify-end gap-4"):
            self._length = ui.select(list(ROWS), value=ROWS[0], label="rows a page").props("dense options-dense")
            self._length.classes("min-w-24")
            self._page = ui.pagination(1, 1, direction_links=True).props("max-pages=6 boundary-numbers")
            self._page.mark("listing-page")
        for control in (self._only, self._length):
            control.on_value_change(lambda: self._refresh(1))
        self._page.on_value_change(lambda: self._refresh())

    def show(self, hashes: Sequence[str]) -> None:
        """List these, in the order of the log, or what is selected of them."""
        self._hashes = hashes
        self._refresh()

    @property
    def _listed(self) -> list[str]:
        selected = self._page_state.selection.hashes
        only = bool(self._only.value) and bool(selected)
        return [hash_ for hash_ in self._hashes if hash_ in selected] if only else list(self._hashes)

    def _refresh(self, number: int | None = None, *, focus: bool = False) -> None:
        """Fill the table anew, with one page.

        Args:
            number: of the page; None stays.
            focus: give the keyboard back to the sorted column's name, which is made anew too.
        """
        listed, size = self._listed, int(self._length.value or ROWS[0])
        self._page.max = max(1, -(-len(listed) // size))
        self._page.value = min(number or int(self._page.value or 1), self._page.max)
        self._wanted += 1
        background_tasks.create(self._fill(listed, size, self._wanted, focus=focus), name="listing")

    async def _fill(self, listed: list[str], size: int, wanted: int, *, focus: bool) -> None:
        offset = (int(self._page.value or 1) - 1) * size
        lines = await self._read(listed, offset, size)
        if lines is None or wanted != self._wanted:  # the server ends, or something newer was asked for
            return
        self._lines = lines
        selected = self._page_state.selection.hashes
        sorting = "descending" if self._descending else "ascending"
        self._table.columns = [
            {
                "name": column.name,
                "label": column.label,
                "field": column.name,
                "sorted": sorting if column.name == self._sort else "",
                "align": "right" if column.counts else "left",
                "classes": "mono max-w-96 truncate" if column.name in ("words", "hash") else "",
            }
            for column in self._columns
        ]
        self._table.rows = [{column.name: column.text(line) for column in self._columns} for line in lines]
        self._table.selected = [row for row in self._table.rows if row["hash"] in selected]
        chosen = sum(hash_ in selected for hash_ in self._hashes)
        self._title.text = f"{chosen} of {len(self._hashes)} evaluated architectures selected"
        self._clear.set_visibility(bool(selected))
        if focus:
            button = f"getElement({self._table.id}).$el.querySelector('[aria-sort$=ending] button')"
            self._table.client.run_javascript(f"requestAnimationFrame(() => {button}?.focus())")

    async def _read(self, listed: list[str], offset: int, limit: int) -> list[ArchitectureLine] | None:
        """Some of the lines in the order that is wanted; None where the server ends."""
        sort, descending = self._sort, self._descending
        return await background.io_bound(
            page, self._page_state.run, listed, sort=sort, descending=descending, offset=offset, limit=limit
        )

    def _sorted(self, event: GenericEventArguments) -> None:
        """A person pressed a column's name: the greatest first, and the other way the next time."""
        self._sort, self._descending = str(event.args), self._sort != event.args or not self._descending
        self._refresh(1, focus=True)

    def _picked(self, event: TableSelectionEventArguments) -> None:
        shown = {line.hash for line in self._lines}
        picked = {row["hash"] for row in event.selection}
        selection = self._page_state.selection
        selection.set((selection.hashes - shown) | frozenset(picked))

    def _forget(self) -> None:
        self._page_state.selection.set(frozenset())

    async def _export(self) -> None:
        """Everything that is listed, on all pages."""
        listed = self._listed
        lines = await self._read(listed, 0, len(listed))
        if lines is not None:
            ui.download.content(as_csv(self._columns, lines), f"{self._page_state.run.id}.csv", "text/csv")
