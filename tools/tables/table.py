"""An imported table: what it holds, where it lies, and the look-up of one architecture."""

from __future__ import annotations

import os
from enum import StrEnum
from functools import cached_property, lru_cache
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from pydantic import BaseModel, ConfigDict, ValidationError, computed_field

from illuminas.tools.errors import IlluminasError, unknown_name
from illuminas.tools.frozen import Frozen
from illuminas.tools.objectives import kind_of_column
from illuminas.tools.paths import tables_folder
from illuminas.tools.spaces import get_space

if TYPE_CHECKING:
    import pyarrow as pa

TEXT, INDEX = "arch_str", "index"


class TableError(IlluminasError):
    """A file that is no usable table, or a question that a table cannot answer."""


class InfeasibleError(TableError):
    """The device of a table cannot run the architecture: its cell is NaN."""


class ColumnKind(StrEnum):
    """What the numbers of a column are."""

    VALIDATION = "validation accuracy"
    TEST = "test accuracy"
    LATENCY = "latency in ms"
    ENERGY = "energy in mJ"
    METRIC = "metric"

    @classmethod
    def of_device(cls, column: str) -> ColumnKind:
        """What the parts of a column's name say that it holds of a device; a metric where they say nothing."""
        kind = kind_of_column(column)
        return next((each for each in cls if kind is not None and each.objective == kind.name), cls.METRIC)

    @property
    def objective(self) -> str | None:
        """Name of the kind of objective that a device's column holds; None for a column of no device."""
        return _DEVICE_KINDS.get(self)


_DEVICE_KINDS = {ColumnKind.LATENCY: "latency", ColumnKind.ENERGY: "energy"}


class Column(Frozen):
    """A column of numbers: accuracies in per cent, latencies in ms, energies in mJ, others as their source has them."""

    name: str
    kind: ColumnKind


class TableInfo(BaseModel):
    """What an imported table holds.

    Attributes:
        name: how searches call it.
        space: the search space whose architectures it lists.
        source: name of the file or folder it was imported from.
        format: what kind of source that was.
        rows: architectures.
        columns: what can be looked up.
        sha256: of the table's parquet file.
    """

    # a description that another version wrote may say more
    model_config = ConfigDict(frozen=True, extra="ignore")

    name: str
    space: str
    source: str
    format: str = ""
    rows: int
    columns: tuple[Column, ...]
    sha256: str

    @computed_field  # type: ignore[prop-decorator]
    @cached_property
    def datasets(self) -> tuple[str, ...]:
        """Prefixes of the columns ``PREFIX_val``."""
        names = (column.name for column in self.columns if column.kind is ColumnKind.VALIDATION)
        return tuple(name[:-4] for name in names if name.endswith("_val"))

    @computed_field  # type: ignore[prop-decorator]
    @cached_property
    def latencies(self) -> tuple[str, ...]:
        """Names of the latency columns."""
        return self.devices("latency")

    @computed_field  # type: ignore[prop-decorator]
    @cached_property
    def energies(self) -> tuple[str, ...]:
        """Names of the energy columns."""
        return self.devices("energy")

    def devices(self, kind: str) -> tuple[str, ...]:
        """Names of the columns that hold a kind of objective, one a device."""
        return self._devices.get(kind, ())

    def measured(self, kind: str) -> tuple[str, ...]:
        """The same, or of a kind that no column is known to hold, the metrics: whoever declares it knows."""
        return self._devices.get(kind, self._metrics)

    @cached_property
    def _devices(self) -> dict[str, tuple[str, ...]]:
        kinds = _DEVICE_KINDS.values()
        return {kind: tuple(each.name for each in self.columns if each.kind.objective == kind) for kind in kinds}

    @cached_property
    def _metrics(self) -> tuple[str, ...]:
        return tuple(each.name for each in self.columns if each.kind is ColumnKind.METRIC)

    @property
    def path(self) -> Path:
        """The table's parquet file."""
        return tables_folder() / f"{self.name}.{self.sha256[:16]}.parquet"


class Table:
    """An imported table in memory.

    Attributes:
        info: its description.
        texts: the architectures as their space publishes them, in the order of the rows.
    """

    def __init__(self, info: TableInfo, data: pa.Table) -> None:
        self.info = info
        self.texts: tuple[str, ...] = tuple(data[TEXT].to_pylist())
        self._rows = {text: row for row, text in enumerate(self.texts)}
        self._kinds = {column.name: column.kind for column in info.columns}
        self._values = {column.name: numbers(data, column.name) for column in info.columns}

    def values(self, column: str) -> np.ndarray:
        """A whole column, float64 of shape ``(rows,)``, NaN where its source left a gap, which is what a
        device cannot run; not to be written to.

        Raises:
            IlluminasError: the table has no such column.
        """
        if column not in self._values:
            raise unknown_name(f"column of table {self.info.name}", column, self._values)
        return self._values[column]

    def listed(self, text: str) -> str | None:
        """The architecture as the table writes it: itself, or another way to write the same function; else None.

        Raises:
            InvalidArchitecture: the text is no architecture of the table's space.
        """
        if text in self._rows:
            return text
        space = get_space(self.info.space)
        return next((equal.text for equal in space.equals(space.parse(text)) if equal.text in self._rows), None)

    def query(self, text: str, column: str) -> float:
        """The value of one architecture, written as its space publishes it.

        Raises:
            InvalidArchitecture: the text is no architecture of the table's space.
            InfeasibleError: the column is a device that cannot run it.
            TableError: the table has no such row, or no value in it.
            IlluminasError: the table has no such column.
        """
        values, row = self.values(column), self._rows.get(text)
        if row is None:
            get_space(self.info.space).parse(text)
            raise TableError(f"table {self.info.name} has no row for {text!r}; it holds {self.info.rows} others.")
        value = float(values[row])
        if value != value:
            if self._kinds[column].objective is not None:
                raise InfeasibleError(f"{column} of table {self.info.name} cannot run {text!r}.")
            raise TableError(f"table {self.info.name} has no {column} for {text!r}: its source left it out.")
        return value


def infeasible_cells(info: TableInfo) -> dict[str, int]:
    """Device's column -> architectures that it cannot run, of the columns that have some."""
    table = open_table(info.name)
    counted = {column: int(np.isnan(table.values(column)).sum()) for column in (*info.latencies, *info.energies)}
    return {column: cells for column, cells in counted.items() if cells}


def list_tables() -> list[TableInfo]:
    """The imported tables by name."""
    return [describe_table(path) for path in sorted(tables_folder().glob("*.json"))]


def open_table(name: str) -> Table:
    """An imported table, read once and kept until it is imported anew.

    Raises:
        IlluminasError: there is none of that name; the nearest is named.
        TableError: its files were changed or lost since they were imported.
    """
    path = _description(os.environ.get("ILLUMINAS_HOME"), name)
    try:
        state = os.stat(path)
    except (OSError, ValueError) as error:
        known = [info.name for info in list_tables()]
        if known:
            raise unknown_name("table", name, known) from error
        raise TableError(f"unknown table {name!r}: none is imported yet. Use `illuminas data import FILE`.") from error
    return _load(path, (state.st_mtime_ns, state.st_ino))


@lru_cache(maxsize=64)
def _description(home: str | None, name: str) -> str:  # finding the folder takes longer than a look-up
    return str(tables_folder() / f"{name}.json")


@lru_cache(maxsize=16)
def _load(path: str, version: tuple[int, int]) -> Table:  # ``version`` is there for the cache's key
    import pyarrow as pa
    import pyarrow.parquet as pq

    info = describe_table(Path(path))
    try:
        content = info.path.read_bytes()
    except OSError as error:
        raise TableError(f"table {info.name} lost its file {info.path.name}. Import {info.source} again.") from error
    if sha256(content).hexdigest() != info.sha256:
        raise TableError(f"{info.path} was changed after it was imported. Import {info.source} again.")
    return Table(info, pq.read_table(pa.BufferReader(content)))


def describe_table(path: Path) -> TableInfo:
    """The table that a JSON description stands for.

    Raises:
        TableError: the file is no such description.
    """
    try:
        return TableInfo.model_validate_json(path.read_bytes())
    except (OSError, ValidationError) as error:
        raise TableError(f"{path} describes no table ({error}). Remove it and import the table again.") from error


def numbers(data: pa.Table, column: str) -> np.ndarray:
    """A column as float64, NaN where it has a gap."""
    values = data[column].to_numpy().astype(np.float64)
    return np.where(np.isfinite(values), values, np.nan)
