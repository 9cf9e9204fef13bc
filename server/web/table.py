"""Tables on a page: their columns, and long ones, of which the browser makes only the rows that are seen."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from nicegui import events, ui

_CLICKED = """
(event, row) => emit({key: row.key, id: row.id, button: event.target.closest('[data-act]')?.dataset.act ?? ''})
"""

SIGNED = """
<q-td :props="props" style="white-space: nowrap">
  <span class="sign" :style="{color: props.row.colour}" aria-hidden="true">{{ props.row.glyph }}</span>
  {{ props.row.what }}
</q-td>
"""
"""Cells of a column ``what`` that begin with a coloured sign."""


def columns(heads: Mapping[str, str], **more: Any) -> list[dict[str, Any]]:
    """Columns of a table of Quasar.

    Args:
        heads: name of a column and its field in the rows -> what stands above it; ``>`` before that puts figures right.
        more: what else is so of all of them.
    """
    return [
        {
            "name": name,
            "field": name,
            "label": head.lstrip(">"),
            "align": "right" if head[:1] == ">" else "left",
            **more,
        }
        for name, head in heads.items()
    ]


class LongTable(ui.table):
    """Rows that scroll; on a phone every cell stands on a line of its own.

    Rows have a ``key``. A cell may hold buttons, whose attribute ``data-act`` says what they do: a press of one is told
    like any other click on the row, so that keys work as well.

    Args:
        slots: column -> template of its cells. Values bound in it are text, which Vue escapes.
        clicked: told the row's key, its id, and what the button does; empty where none was pressed.
    """

    def __init__(
        self,
        columns: list[dict[str, Any]],
        slots: Mapping[str, str],
        clicked: Callable[[str, str, str], Awaitable[None] | None],
        *,
        label: str,
    ) -> None:
        super().__init__(columns=columns, rows=[], row_key="key", pagination=0)
        self.props("virtual-scroll flat bordered hide-bottom :virtual-scroll-item-size=60").classes("w-full know-rules")
        self.props(f'aria-label="{label}"')
        for name, slot in slots.items():
            self.add_slot(f"body-cell-{name}", slot)
        self._clicked = clicked
        self.on("rowClick", self._click, js_handler=_CLICKED)

    def show(self, rows: list[dict[str, Any]]) -> None:
        """Show these; nothing is sent where they are those that are shown."""
        if rows != self.rows:
            self.rows = rows

    def _click(self, event: events.GenericEventArguments) -> Awaitable[None] | None:
        told = event.args
        return self._clicked(str(told.get("key", "")), str(told.get("id", "")), str(told.get("button", "")))
