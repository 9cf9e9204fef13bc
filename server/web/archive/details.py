"""The panel beside the heatmap that tells of one cell."""

from __future__ import annotations

from collections.abc import Callable

from nicegui import ui

from illuminas.server.services.answers import ArchitectureLine
from illuminas.server.viz.operators import OPERATORS
from illuminas.server.web.archive.card import CellCard, Former

SHOWN = 12
"""Former elites that are listed; the rest are counted."""


def show_details(card: CellCard, select: Callable[[frozenset[str]], None]) -> None:
    """Make the elements, inside whatever is open.

    Args:
        select: picks architectures out in all tabs.
    """
    ui.label(card.words).classes("text-lg font-medium").mark("cell-words")
    ui.label(card.state).classes("text-sm quiet")
    if card.elite is not None:
        _elite(card, card.elite)
    for other in card.kept:
        ui.label(f"Also kept: {figures(other)}").classes("text-sm")
    if card.members:
        count = len(card.members)
        words = "Select the architecture" if count == 1 else f"Select its {count} architectures"
        ui.button(words, icon="filter_center_focus", on_click=lambda: select(card.members)).props(
            "flat dense no-caps"
        ).mark("cell-select")
    if card.formers:
        ui.label("Elites before").classes("heading mt-2")
        for former in card.formers[:SHOWN]:
            _former(former)
        if len(card.formers) > SHOWN:
            ui.label(f"and {len(card.formers) - SHOWN} earlier ones").classes("text-sm quiet")
    if card.failures:
        ui.label("Failures").classes("heading mt-2")
        for failure in card.failures:
            ui.label(failure[:300]).classes("text-sm wrap w-full")


def figures(line: ArchitectureLine) -> str:
    """What was measured of an architecture, in words."""
    found = [] if line.val_accuracy is None else [f"{line.val_accuracy:.2f} % validation accuracy"]
    found += [] if line.latency_ms is None else [f"{line.latency_ms:.3g} ms"]
    found += [] if line.params is None else [f"{line.params:,} parameters"]
    return ", ".join(found)


def _elite(card: CellCard, elite: ArchitectureLine) -> None:
    ui.label(elite.words).classes("mono wrap w-full")
    ui.label(figures(elite)).classes("font-medium").mark("cell-figures")
    ui.label(f"{OPERATORS[elite.operator].words}, in round {card.since}; {elite.hash}").classes("text-sm quiet")
    with ui.element("div").classes("sheet w-full max-h-96 overflow-auto").props('tabindex="0" role="group"') as frame:
        frame.mark("cell-drawing")
        ui.html(card.drawing, sanitize=False)  # escaped where it is drawn
    if card.rationale:
        ui.label("Why it was proposed").classes("heading mt-2")
        ui.label(card.rationale).classes("text-sm wrap w-full").mark("cell-rationale")
    if card.cited:
        ui.label("Heuristics it follows").classes("heading mt-2")
        for text in card.cited:
            ui.label(f"• {text}").classes("text-sm wrap w-full")


def _former(former: Former) -> None:
    line = former.line
    with ui.column().classes("gap-0 w-full border-l-2 pl-2"):
        ui.label(f"{figures(line)}").classes("text-sm")
        stayed = f"{OPERATORS[line.operator].words}, rounds {former.came} to {former.left}"
        ui.label(f"{stayed}; {line.hash}, displaced by {former.by}").classes("text-xs quiet wrap")
