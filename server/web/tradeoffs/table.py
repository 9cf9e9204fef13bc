"""Evaluated architectures as a table: sorted, page by page, and as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from illuminas.memory.run import Run
from illuminas.server.services.answers import ArchitectureLine
from illuminas.server.services.reports import architecture_line
from illuminas.server.viz.palette import OPERATORS
from illuminas.tools.objectives import Objective

Value = float | int | str | None


class Column(NamedTuple):
    """A column.

    Attributes:
        label: with the unit.
        counts: it holds numbers.
        digits: after the point; None for words and whole numbers.
    """

    name: str
    label: str
    value: Callable[[ArchitectureLine], Value]
    counts: bool = False
    digits: int | None = None

    def text(self, line: ArchitectureLine) -> str:
        """The value as people read it; a missing one is a dash."""
        value = self.value(line)
        if value is None:
            return "–"
        if isinstance(value, float) and self.digits is not None:
            return f"{value:.{self.digits}f}"
        return f"{value:,}" if isinstance(value, int) else str(value)


_COLUMNS: Final = (
    Column("params", "parameters", lambda line: line.params, True),
    Column("macs", "multiply-accumulates", lambda line: line.macs, True),
    Column("round", "round", lambda line: line.round, True),
    Column("operator", "operator", lambda line: OPERATORS[line.operator].words),
    Column("niche", "niche", lambda line: line.niche_words),
    Column("status", "status", lambda line: f"{line.status}: {line.reason}" if line.reason else line.status.value),
    Column("words", "architecture", lambda line: line.words),
    Column("hash", "hash", lambda line: line.hash),
)


def columns_of(run: Run) -> tuple[Column, ...]:
    """The run's objectives, then what is known of every architecture."""
    own = [_of_objective(each) for each in run.state.tracked]
    taken = {column.name for column in own}
    return (*own, *(column for column in _COLUMNS if column.name not in taken))


def _of_objective(objective: Objective) -> Column:
    def value(line: ArchitectureLine) -> Value:
        found = line.objectives.get(objective.name)
        return None if found is None else found / objective.scale

    return Column(objective.name, objective.heading, value, True, 2 if objective.uncertain else 3)


def page(
    run: Run, hashes: Sequence[str], *, sort: str, descending: bool, offset: int, limit: int
) -> list[ArchitectureLine]:
    """Some of the architectures in an order; those that lack the value come last in both directions.

    Sorting by what follows from the structure reads all of them: off the event loop.
    """
    return [
        architecture_line(run, hash_)
        for hash_ in ordered(run, hashes, sort=sort, descending=descending)[offset : offset + limit]
    ]


def ordered(run: Run, hashes: Sequence[str], *, sort: str, descending: bool) -> list[str]:
    """The architectures, sorted by a column; equals stay in the order of the log."""
    state = run.state
    if sort in {each.name for each in state.tracked}:
        values: dict[str, Value] = {hash_: state.value(hash_, sort) for hash_ in hashes}
    elif sort == "round":
        values = {hash_: state.evaluated_in[hash_] for hash_ in hashes}
    else:
        (column,) = (each for each in columns_of(run) if each.name == sort)
        values = {hash_: column.value(_line(run, hash_)) for hash_ in hashes}
    known = [hash_ for hash_ in hashes if values[hash_] is not None]
    lacking = [hash_ for hash_ in hashes if values[hash_] is None]
    return sorted(known, key=values.__getitem__, reverse=descending) + lacking  # type: ignore[arg-type]


def as_csv(columns: Sequence[Column], lines: Sequence[ArchitectureLine]) -> str:
    """All columns, values unrounded; a missing one is empty.

    Words that a spreadsheet would take for a formula are quoted: an LLM may have written them.
    """
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(column.label for column in columns)
    for line in lines:
        writer.writerow(_harmless(column.value(line)) for column in columns)
    return text.getvalue()


def _line(run: Run, hash_: str) -> ArchitectureLine:
    with run.lock:  # for one at a time: others wait for it
        return architecture_line(run, hash_)


def _harmless(value: Value) -> Value:
    return f"'{value}" if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r") else value
