"""References: how a search names what it looks up, ``table:NAME/PREFIX`` and ``table:NAME/COLUMN``."""

from __future__ import annotations

import re
from typing import NamedTuple

from illuminas.tools.errors import IlluminasError, unknown_name
from illuminas.tools.objectives import Objective
from illuminas.tools.tables.table import Table, open_table

_FORM = re.compile(r"table:([^/]+)/(.+)")


class TableReference(NamedTuple):
    """A data set or a device of an imported table."""

    name: str
    column: str

    def __str__(self) -> str:
        return f"table:{self.name}/{self.column}"


def parse_reference(text: str, kind: str | None = None) -> TableReference:
    """The data set or device written ``table:NAME/PREFIX`` or ``table:NAME/COLUMN``.

    Args:
        kind: the kind of objective that the column must hold; None takes any data set or device.

    Raises:
        IlluminasError: another form, no such table, or no such data set or device; the nearest is named.
    """
    match = _FORM.fullmatch(text)
    if match is None:
        raise IlluminasError(
            f"expected table:NAME/DATASET or table:NAME/DEVICE, got {text!r}. See `illuminas data list`."
        )
    reference = TableReference(*match.groups())
    info = open_table(reference.name).info
    known = info.datasets + info.latencies + info.energies if kind is None else info.measured(kind)
    if reference.column not in known:
        what = "data set or device" if kind is None else f"device with {kind}"
        raise unknown_name(f"{what} of table {info.name}", reference.column, known)
    return reference


def is_listed(reference: TableReference, text: str) -> bool:
    """Whether a data set of a table has an architecture, or another way to write the same function."""
    return _table_with_dataset(reference).listed(text) is not None


def table_accuracy(reference: TableReference, text: str) -> float:
    """Validation accuracy of an architecture, per cent; this is what a search may see."""
    return _accuracy(reference, text, f"{reference.column}_val")


def table_test_accuracy(reference: TableReference, text: str) -> float:
    """Test accuracy of an architecture, per cent; for reports, never for a search."""
    return _accuracy(reference, text, f"{reference.column}_test")


def _accuracy(reference: TableReference, text: str, column: str) -> float:
    """Of an architecture, or of another way to write the same function, which a table may list in its place."""
    table = _table_with_dataset(reference)
    return table.query(table.listed(text) or text, column)


def table_value(objective: Objective, text: str) -> float:
    """Value of a table's device for an architecture, in the objective's unit.

    Raises:
        InfeasibleError: the device cannot run it.
        TableError: the table has no such row.
        IlluminasError: the table has no such device.
    """
    reference = parse_reference(objective.device or "", objective.kind)
    return open_table(reference.name).query(text, reference.column)


def _table_with_dataset(reference: TableReference) -> Table:
    table = open_table(reference.name)
    if reference.column not in table.info.datasets:
        raise unknown_name(f"data set of table {reference.name}", reference.column, table.info.datasets)
    return table
