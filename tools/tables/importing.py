"""Importing: a source is read, checked to the last row, and kept as a table, whole or not at all."""

from __future__ import annotations

import re
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from illuminas.tools.errors import unknown_name
from illuminas.tools.paths import tables_folder, write_whole
from illuminas.tools.tables.checks import check_column, check_names, with_texts
from illuminas.tools.tables.sources import Progress, survey
from illuminas.tools.tables.table import INDEX, TEXT, Column, ColumnKind, TableError, TableInfo, describe_table

if TYPE_CHECKING:
    import pyarrow as pa

COSTS = "hwnasbench"
"""Part of a file's name that says its columns are latencies, unless they name another unit."""
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")


def import_table(
    source: Path,
    *,
    name: str | None = None,
    space: str | None = None,
    progress: Progress | None = None,
    roles: Mapping[str, tuple[str, ColumnKind]] | None = None,
) -> TableInfo:
    """Check a source of benchmark data and keep it as a table; one of the same name is replaced.

    What can be read is listed in :mod:`illuminas.tools.tables.sources`. Whatever it is, in the end it has a row an
    architecture and columns of numbers: accuracies in per cent, without gaps; a device's latencies in ms or energies
    in mJ, NaN where it cannot run the architecture; and metrics, which may have gaps.

    Args:
        source: the file or folder.
        name: how searches will call the table; the source's name without its ending where not given.
        space: the search space of the architectures; None for the one that can read them.
        progress: called with what was read and what there is to read, in no particular unit.
        roles: column of the table -> column of the source, and what it is; None keeps all by their own names.

    Raises:
        TableError: the source is no such table; it names file, row (the first is 1) and what was expected.
    """
    name = source.resolve().stem if name is None else name
    if _NAME.fullmatch(name) is None:
        raise TableError(f"expected a table name of letters, digits, _ and -, got {name!r}. Give one with --name.")
    format_ = survey(source).format
    data, kinds = format_.read(source, progress or (lambda done, total: None))
    check_names(source.name, data)
    if roles is not None:
        data, kinds = _select(source, data, roles)
    data, space = with_texts(source.name, data, space)
    columns = tuple(
        Column(name=column, kind=kinds.get(column) or kind_by_name(column, source.stem))
        for column in data.column_names
        if column != TEXT
    )
    if not columns:
        raise TableError(f"{source.name} has no column of numbers beside {TEXT}; expected accuracies or latencies.")
    for column in columns:
        check_column(source.name, data, column)
    return _keep(
        data,
        TableInfo(
            name=name,
            space=space,
            source=source.resolve().name,
            format=format_.name,
            rows=data.num_rows,
            columns=columns,
            sha256="",
        ),
    )


def import_columns(
    source: Path,
    *,
    name: str,
    validation: str,
    test: str,
    latency: str | None = None,
    space: str | None = None,
) -> TableInfo:
    """Keep two or three columns of a source, whatever their names, as a table with one task.

    The table has the data set ``table:NAME/task`` (columns ``task_val`` and ``task_test``) and, where a latency is
    given, the device ``table:NAME/latency_ms``.

    Args:
        source: a source that :func:`import_table` can read.
        name: how searches will call the table.
        validation: column of the accuracy to search by, per cent.
        test: column of the accuracy to report, per cent; it may be the same.
        latency: column of a latency, ms.
        space: the search space of the architectures; None for the one that can read them.

    Raises:
        TableError: the source is no table.
        IlluminasError: it has no column of that name; the nearest is named.
    """
    roles = {
        "task_val": (validation, ColumnKind.VALIDATION),
        "task_test": (test, ColumnKind.TEST),
    }
    if latency is not None:
        roles["latency_ms"] = (latency, ColumnKind.LATENCY)
    return import_table(source, name=name, space=space, roles=roles)


def kind_by_name(column: str, file: str) -> ColumnKind:
    """What the parts of a column's name say it is, where its source does not say.

    Test before validation: a column of both must never be searched on. A device's column names its unit or its kind
    (``edgegpu_mj``, ``c10_pixel3_latency``). Where the file's own name speaks of latencies or of HW-NAS-Bench, a
    column that says nothing is a latency (``edgegpu`` of ``phones_latency.parquet``).
    """
    parts = column.lower().split("_")
    if "test" in parts:
        return ColumnKind.TEST
    if "val" in parts:
        return ColumnKind.VALIDATION
    kind, words = ColumnKind.of_device(column), file.lower().replace("-", "_")
    if kind is ColumnKind.METRIC and (COSTS in words.split("_") or ColumnKind.of_device(words) is ColumnKind.LATENCY):
        return ColumnKind.LATENCY
    return kind


def _select(
    source: Path, data: pa.Table, roles: Mapping[str, tuple[str, ColumnKind]]
) -> tuple[pa.Table, dict[str, ColumnKind]]:
    import pyarrow as pa

    known = [column for column in data.column_names if column not in (TEXT, INDEX)]
    for column, _ in roles.values():
        if column not in known:
            raise unknown_name(f"column of {source.name}", column, known)
    columns = {column: data[column] for column in (TEXT, INDEX) if column in data.column_names}
    columns |= {role: data[column] for role, (column, _) in roles.items()}
    return pa.table(columns), {role: kind for role, (_, kind) in roles.items()}


def _keep(data: pa.Table, info: TableInfo) -> TableInfo:
    """Write the parquet file, then the description that makes it a table, then remove what that replaced."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    sink = pa.BufferOutputStream()
    pq.write_table(data.replace_schema_metadata(None), sink, compression="zstd")
    content = sink.getvalue().to_pybytes()
    info = info.model_copy(update={"sha256": sha256(content).hexdigest()})
    description = tables_folder() / f"{info.name}.json"
    replaced = describe_table(description).path if description.exists() else info.path
    write_whole(info.path, content)
    write_whole(description, info.model_dump_json(indent=2).encode())
    if replaced != info.path:
        replaced.unlink(missing_ok=True)
    return info
