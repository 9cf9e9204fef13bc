"""One cell of the map in detail: its elite, the elites before it, and what failed in it."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from nicegui import ui

from illuminas.memory.filling import Filling
from illuminas.memory.run import Run
from illuminas.server.services.answers import ArchitectureLine
from illuminas.server.services.reports import architecture_line
from illuminas.server.viz.drawings.drawing import draw
from illuminas.server.viz.palette import OPERATORS
from illuminas.server.web.archive.cells import VISITS, CellState, CellTable
from illuminas.server.web.portrait import Portrait, portrait, show_portrait

LATEST = 5
"""Failures that are listed."""
SHOWN = 12
"""Former elites that are listed; the rest are counted."""


class Former(NamedTuple):
    """One that the niche kept before.

    Attributes:
        came, left: rounds.
        by: hash of who took its place.
    """

    line: ArchitectureLine
    came: int
    left: int
    by: str


class CellCard(NamedTuple):
    """A cell as of a round.

    Attributes:
        state: in words.
        elite: its best; None unless it is filled.
        drawing: of the elite, as markup.
        kept: what else the niche keeps.
        formers: what it kept before, the latest first.
        members: hashes of all that was evaluated in it.
        failures: why evaluations of what belongs to it failed, the latest first.
    """

    words: str
    state: str
    elite: Portrait | None
    drawing: str
    kept: tuple[ArchitectureLine, ...]
    formers: tuple[Former, ...]
    members: frozenset[str]
    failures: tuple[str, ...]


def cell_card(run: Run, cells: CellTable, niche: int, round: int) -> CellCard:
    """What is known of a cell as of the end of a round."""
    filling, cell = cells.filling, cells.cell(niche, round, VISITS)
    failed = [run.state.evaluations[each.hash] for each in reversed(cells.failures(niche, round))]
    visits = filling.visits(niche, round)
    state = cell.state.words
    if cell.state is CellState.FILLED:
        state = f"{len(visits)} evaluated in it up to round {round}"
    step = filling.step(niche, round)
    return CellCard(
        words=cell.words,
        state=state,
        elite=None if cell.elite is None else portrait(run, cell.elite, round),
        drawing="" if cell.elite is None else draw(run.space, run.architecture(cell.elite), run.shape),
        kept=() if step is None else tuple(architecture_line(run, each) for each in step.kept if each != cell.elite),
        formers=tuple(_formers(run, filling, niche, round)),
        members=frozenset(visit.hash for visit in visits),
        failures=tuple(f"{each.status}: {each.reason}" for each in failed[:LATEST]),
    )


def _formers(run: Run, filling: Filling, niche: int, round: int) -> list[Former]:
    came = {visit.hash: visit.round for visit in filling.visits(niche, round)}
    return [
        Former(architecture_line(run, hash_), came[hash_], step.round, step.hash)
        for step in reversed(filling.steps(niche, round))
        for hash_ in step.displaced
    ]


def show_details(card: CellCard, select: Callable[[frozenset[str]], None]) -> None:
    """Make the elements, inside whatever is open.

    Args:
        select: picks architectures out in all tabs.
    """
    ui.label(card.words).classes("text-lg font-medium").mark("cell-words")
    ui.label(card.state).classes("text-sm quiet")
    if card.elite is not None:
        show_portrait(card.elite, card.drawing).classes("w-full").mark("cell-elite")
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
    found = [line.figures] if line.figures else []
    found += [] if line.params is None else [f"{line.params:,} parameters"]
    return ", ".join(found)


def _former(former: Former) -> None:
    line = former.line
    with ui.column().classes("gap-0 w-full border-l-2 pl-2"):
        ui.label(f"{figures(line)}").classes("text-sm")
        stayed = f"{OPERATORS[line.operator].words}, rounds {former.came} to {former.left}"
        ui.label(f"{stayed}; {line.hash}, displaced by {former.by}").classes("text-xs quiet wrap")
