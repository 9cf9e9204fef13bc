"""Benchmark tables: published accuracies and latencies, imported once and looked up by architecture.

A table is one parquet file and one JSON description in :func:`illuminas.tools.paths.tables_folder`. The
description names the parquet file by its hash and is written last: a table is there as a whole or not at all.

A search names what it looks up: ``table:NAME/PREFIX`` is a data set, whose validation accuracy is the column
``PREFIX_val`` and whose test accuracy, for reports alone, is ``PREFIX_test``; ``table:NAME/COLUMN`` with a
latency column is a device.
"""

from __future__ import annotations

import re
from enum import StrEnum
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from pydantic import BaseModel, ConfigDict, ValidationError

from illuminas.tools.errors import IlluminasError, unknown_name
from illuminas.tools.paths import tables_folder
from illuminas.tools.spaces import get_space

if TYPE_CHECKING:
    import pyarrow as pa

TEXT, INDEX = "arch_str", "index"


class TableError(IlluminasError):
    """A file that is no usable table, or a question that a table cannot answer."""


class ColumnKind(StrEnum):
    """What the numbers of a column are; it follows from the column's name."""

    VALIDATION = "validation accuracy"
    TEST = "test accuracy"
    LATENCY = "latency in ms"
    METRIC = "metric"


class Column(BaseModel):
    """A column of numbers: accuracies in per cent, latencies in ms, others as their source has them."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    kind: ColumnKind


class TableInfo(BaseModel):
    """What an imported table holds.

    Attributes:
        name: how searches call it.
        space: the search space whose architectures it lists.
        source: name of the file it was imported from.
        companion: table or file that gave the strings where the source has official indices alone.
        rows: architectures.
        indexed: it has the official indices too, so it can be a companion.
        columns: what can be looked up.
        sha256: of the table's parquet file.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    space: str
    source: str
    companion: str = ""
    rows: int
    indexed: bool
    columns: tuple[Column, ...]
    sha256: str

    @property
    def datasets(self) -> tuple[str, ...]:
        """Prefixes of the columns ``PREFIX_val``."""
        names = (column.name for column in self.columns if column.kind is ColumnKind.VALIDATION)
        return tuple(name[:-4] for name in names if name.endswith("_val"))

    @property
    def latencies(self) -> tuple[str, ...]:
        """Names of the latency columns."""
        return tuple(column.name for column in self.columns if column.kind is ColumnKind.LATENCY)

    @property
    def path(self) -> Path:
        """The table's parquet file."""
        return tables_folder() / f"{self.name}.{self.sha256[:16]}.parquet"


class Table:
    """An imported table in memory."""

    def __init__(self, info: TableInfo, data: pa.Table) -> None:
        self.info = info
        self._rows = {text: row for row, text in enumerate(data[TEXT].to_pylist())}
        self._values = {column.name: numbers(data, column.name) for column in info.columns}

    def query(self, text: str, column: str) -> float:
        """The value of one architecture, written as its space publishes it.

        Raises:
            InvalidArchitecture: the text is no architecture of the table's space.
            TableError: the table has no such row, or no value in it.
            IlluminasError: the table has no such column.
        """
        row, values = self._rows.get(text), self._values.get(column)
        if values is None:
            raise unknown_name(f"column of table {self.info.name}", column, self._values)
        if row is None:
            get_space(self.info.space).parse(text)
            raise TableError(f"table {self.info.name} has no row for {text!r}; it holds {self.info.rows} others.")
        value = float(values[row])
        if value != value:
            raise TableError(f"table {self.info.name} has no {column} for {text!r}: its source left it out.")
        return value


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
    match = re.fullmatch(r"table:([^/]+)/(.+)", text)
    if match is None:
        raise IlluminasError(
            f"expected table:NAME/DATASET or table:NAME/DEVICE, got {text!r}. See `illuminas data list`."
        )
    reference = TableReference(*match.groups())
    info = open_table(reference.name).info
    if reference.column not in info.datasets + info.latencies:
        raise unknown_name(f"data set or device of table {info.name}", reference.column, info.datasets + info.latencies)
    return reference


def table_accuracy(reference: TableReference, text: str) -> float:
    """Validation accuracy of an architecture, per cent; this is what a search may see."""
    return _table_with_dataset(reference).query(text, f"{reference.column}_val")


def table_test_accuracy(reference: TableReference, text: str) -> float:
    """Test accuracy of an architecture, per cent; for reports, never for a search."""
    return _table_with_dataset(reference).query(text, f"{reference.column}_test")


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


def list_tables() -> list[TableInfo]:
    """The imported tables by name."""
    return [describe_table(path) for path in sorted(tables_folder().glob("*.json"))]


def open_table(name: str) -> Table:
    """An imported table, read once and kept until it is imported anew.

    Raises:
        IlluminasError: there is none of that name; the nearest is named.
        TableError: its files were changed or lost since they were imported.
    """
    path = tables_folder() / f"{name}.json"
    try:
        changed = path.stat().st_mtime_ns
    except (OSError, ValueError) as error:
        known = [info.name for info in list_tables()]
        if known:
            raise unknown_name("table", name, known) from error
        raise TableError(f"unknown table {name!r}: none is imported yet. Use `illuminas data import FILE`.") from error
    return _load(path, changed)


@lru_cache(maxsize=16)
def _load(path: Path, changed: int) -> Table:  # ``changed`` is there for the cache's key
    import pyarrow as pa
    import pyarrow.parquet as pq

    info = describe_table(path)
    try:
        content = info.path.read_bytes()
    except OSError as error:
        raise TableError(f"table {info.name} lost its file {info.path.name}. Import {info.source} again.") from error
    if sha256(content).hexdigest() != info.sha256:
        raise TableError(f"{info.path} was changed after it was imported. Import {info.source} again.")
    return Table(info, pq.read_table(pa.BufferReader(content)))


def describe_table(path: Path) -> TableInfo:
    try:
        return TableInfo.model_validate_json(path.read_bytes())
    except (OSError, ValidationError) as error:
        raise TableError(f"{path} describes no table ({error}). Remove it and import the table again.") from error


def numbers(data: pa.Table, column: str) -> np.ndarray:
    """A column as float64, NaN where it has a gap."""
    values = data[column].to_numpy().astype(np.float64)
    return np.where(np.isfinite(values), values, np.nan)
