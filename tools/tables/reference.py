"""References: how a search names what it looks up, ``table:NAME/PREFIX`` and ``table:NAME/COLUMN``."""

from __future__ import annotations

import re
from typing import NamedTuple

from illuminas.tools.errors import IlluminasError, unknown_name
from illuminas.tools.tables.table import Table, open_table

_FORM = re.compile(r"table:([^/]+)/(.+)")


class TableReference(NamedTuple):
    """A data set or a device of an imported table."""

    name: str
    column: str

    def __str__(self) -> str:
        return f"table:{self.name}/{self.column}"


def parse_reference(text: str) -> TableReference:
    """The data set or device written ``table:NAME/PREFIX`` or ``table:NAME/COLUMN``.

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
    if reference.column not in info.datasets + info.latencies:
        raise unknown_name(f"data set or device of table {info.name}", reference.column, info.datasets + info.latencies)
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


def table_latency(reference: TableReference, text: str) -> float:
    """Latency of an architecture, ms, lower is better."""
    table = open_table(reference.name)
    if reference.column not in table.info.latencies:
        raise unknown_name(f"device of table {reference.name}", reference.column, table.info.latencies)
    return table.query(text, reference.column)


def _table_with_dataset(reference: TableReference) -> Table:
    table = open_table(reference.name)
    if reference.column not in table.info.datasets:
        raise unknown_name(f"data set of table {reference.name}", reference.column, table.info.datasets)
    return table
