"""What is told of one cell when a person clicks it: its elite, whose place that took, and what failed."""

from __future__ import annotations

from typing import NamedTuple

from illuminas.server.services.answers import ArchitectureLine
from illuminas.server.services.open_run import OpenRun
from illuminas.server.viz.drawings.drawing import draw
from illuminas.server.web.archive.cells import CellState, CellTable, Shade
from illuminas.server.web.filling import Filling

LATEST = 5
"""Failures that are told."""


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
        elite: its most accurate; None unless it is filled.
        since: round in which that came.
        drawing: of the elite, as markup.
        cited: the heuristics that it follows and its first parent does not, in words.
        kept: what else the niche keeps.
        formers: what it kept before, the latest first.
        members: hashes of all that was evaluated in it.
        failures: why evaluations of what belongs to it failed, the latest first.
    """

    words: str
    state: str
    elite: ArchitectureLine | None
    since: int | None
    drawing: str
    rationale: str
    cited: tuple[str, ...]
    kept: tuple[ArchitectureLine, ...]
    formers: tuple[Former, ...]
    members: frozenset[str]
    failures: tuple[str, ...]


def cell_card(run: OpenRun, cells: CellTable, niche: int, round: int) -> CellCard:
    """What is known of a cell as of the end of a round."""
    filling, cell = cells.filling, cells.cell(niche, round, Shade.ACCURACY)
    failed = [run.state.evaluations[each.hash] for each in reversed(filling.failures(niche, round))]
    visits = filling.visits(niche, round)
    state = cell.state.words
    if cell.state is CellState.FILLED:
        state = f"{len(visits)} evaluated in it up to round {round}"
    step = filling.step(niche, round)
    candidate = None if cell.elite is None else run.state.candidates[cell.elite]
    return CellCard(
        words=cell.words,
        state=state,
        elite=None if cell.elite is None else run.line(cell.elite),
        since=cell.since,
        drawing="" if cell.elite is None else draw(run.space, run.architecture(cell.elite), run.shape),
        rationale="" if candidate is None else candidate.rationale,
        cited=() if candidate is None else tuple(run.knowledge.get(id_).text for id_ in candidate.cited),
        kept=() if step is None else tuple(run.line(each) for each in step.kept if each != cell.elite),
        formers=tuple(_formers(run, filling, niche, round)),
        members=frozenset(visit.hash for visit in visits),
        failures=tuple(f"{each.status}: {each.reason}" for each in failed[:LATEST]),
    )


def _formers(run: OpenRun, filling: Filling, niche: int, round: int) -> list[Former]:
    came = {visit.hash: visit.round for visit in filling.visits(niche, round)}
    return [
        Former(run.line(hash_), came[hash_], step.round, step.hash)
        for step in reversed(filling.steps(niche, round))
        for hash_ in step.displaced
    ]
