"""Importing benchmark tables: a source is read, checked to the last row, and kept whole or not at all."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import numpy as np

from illuminas.tools.errors import IlluminasError
from illuminas.tools.paths import tables_folder
from illuminas.tools.spaces import get_space
from illuminas.tools.tables import (
    INDEX,
    TEXT,
    Column,
    ColumnKind,
    TableError,
    TableInfo,
    describe_table,
    list_tables,
    numbers,
)

if TYPE_CHECKING:
    import pyarrow as pa

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")
_NUMBER = re.compile(r"[-+]?[0-9.]+(e[-+]?[0-9]+)?", re.IGNORECASE)
_READABLE = (".parquet", ".csv")


def import_table(source: Path, *, name: str | None = None, space: str = "nb201") -> TableInfo:
    """Check a parquet or CSV file and keep it as a table; one of the same name is replaced.

    The file has a column ``arch_str`` with published strings, or a column ``index`` with official indices
    where an imported table, or else a file beside it, has both; and columns of numbers. The parts of a
    column's name say what it is: with ``test`` a test accuracy, with ``val`` a validation accuracy
    (``c10_val``), in per cent; with ``ms`` or ``latency`` a latency in ms, and so is every other column where
    the file's own name says so (``nb201_latency.parquet``). None of these has gaps. What is left are metrics,
    which may have some.

    Args:
        source: the file.
        name: how searches will call the table; the file's name without its ending where not given.
        space: the search space of the architectures.

    Raises:
        TableError: the file is no such table; it names file, row (the first is 1) and what was expected.
    """
    import pyarrow as pa

    name = source.stem if name is None else name
    if _NAME.fullmatch(name) is None:
        raise TableError(f"expected a table name of letters, digits, _ and -, got {name!r}. Give one with --name.")
    data, companion = _read(source), ""
    if len(set(data.column_names)) < data.num_columns:
        raise TableError(f"{source.name} has two columns of one name: {', '.join(data.column_names)}.")
    if not data.num_rows:
        raise TableError(f"{source.name} has no rows; expected one an architecture.")
    if TEXT not in data.column_names:
        if INDEX not in data.column_names:
            raise TableError(f"{source.name}: expected a column {TEXT} or {INDEX}, got {', '.join(data.column_names)}.")
        texts, companion = _texts_by_index(source, _indices(source, data), space)
        data = data.append_column(TEXT, pa.array(texts))
    _check_texts(source, data[TEXT].to_pylist(), space)
    indexed = INDEX in data.column_names
    if indexed:
        _indices(source, data)
    columns = tuple(
        Column(name=column, kind=_kind(column, source.stem))
        for column in data.column_names
        if column not in (TEXT, INDEX)
    )
    if not columns:
        raise TableError(f"{source.name} has no column of numbers beside {TEXT}; expected accuracies or latencies.")
    for column in columns:
        _check_column(source, data, column)
    return _keep(
        data,
        TableInfo(
            name=name,
            space=space,
            source=source.name,
            companion=companion,
            rows=data.num_rows,
            indexed=indexed,
            columns=columns,
            sha256="",
        ),
    )


def _keep(data: pa.Table, info: TableInfo) -> TableInfo:
    """Write the parquet file, then the description that makes it a table, then remove what that replaced."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    sink = pa.BufferOutputStream()
    pq.write_table(data.replace_schema_metadata(None), sink, compression="zstd")
    content = sink.getvalue().to_pybytes()
    info = info.model_copy(update={"sha256": sha256(content).hexdigest()})
    folder = tables_folder()
    folder.mkdir(parents=True, exist_ok=True)
    description = folder / f"{info.name}.json"
    replaced = describe_table(description).path if description.exists() else info.path
    _write(info.path, content)
    _write(description, info.model_dump_json(indent=2).encode())
    if replaced != info.path:
        replaced.unlink(missing_ok=True)
    return info


def _write(path: Path, content: bytes) -> None:
    part = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with part.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _read(source: Path, columns: Sequence[str] | None = None) -> pa.Table:
    import pyarrow as pa
    import pyarrow.csv
    import pyarrow.parquet as pq

    if source.suffix not in _READABLE:
        raise TableError(f"expected a file ending in {' or '.join(_READABLE)}, got {source.name}.")
    if not source.is_file():
        raise TableError(f"there is no file {source}.")
    try:
        if source.suffix == ".parquet":
            return pq.read_table(source, columns=columns)
        options = pyarrow.csv.ConvertOptions(include_columns=columns)
        return pyarrow.csv.read_csv(source, convert_options=options)
    except (pa.ArrowException, OSError, KeyError) as error:
        raise TableError(
            f"{source.name} cannot be read as {source.suffix[1:]}: {error}. Is it complete? Fetch it again."
        ) from error


def _texts_by_index(source: Path, indices: list[int], space: str) -> tuple[list[str], str]:
    """Strings of official indices, whose order follows from nothing, and the table or file that has them."""
    tried = []
    for info in list_tables():
        if info.indexed and info.space == space:
            tried.append((info.name, info.path))
    for path in sorted(source.resolve().parent.iterdir()):
        if path.suffix in _READABLE and path.name != source.name and {TEXT, INDEX} <= _header(path):
            tried.append((path.name, path))
    for label, path in tried:
        pairs = _read(path, [INDEX, TEXT])
        texts = dict(zip(pairs[INDEX].to_pylist(), pairs[TEXT].to_pylist(), strict=True))
        if all(index in texts for index in indices):
            return [texts[index] for index in indices], label
    raise TableError(
        f"{source.name} has official indices but no column {TEXT}, and "
        + (f"{', '.join(label for label, _ in tried)} lack some of them" if tried else "nothing tells their strings")
        + f". First import a table of {space} with both {INDEX} and {TEXT}, or put such a file beside it."
    )


def _header(path: Path) -> set[str]:
    """Names of a file's columns; none where it cannot be read, since it was not asked for."""
    import pyarrow as pa
    import pyarrow.csv
    import pyarrow.parquet as pq

    try:
        if path.suffix == ".parquet":
            return set(pq.read_schema(path).names)
        with pyarrow.csv.open_csv(path) as reader:
            return set(reader.schema.names)
    except (pa.ArrowException, OSError):
        return set()


def _indices(source: Path, data: pa.Table) -> list[int]:
    import pyarrow as pa

    if not pa.types.is_integer(data.schema.field(INDEX).type):
        raise TableError(
            f"{source.name}: expected whole numbers in column {INDEX}, got {data.schema.field(INDEX).type}."
        )
    indices: list[int] = data[INDEX].to_pylist()
    _check_unique(source, INDEX, indices)
    return indices


def _check_texts(source: Path, texts: list[object], space: str) -> None:
    parse = get_space(space).parse
    for row, text in enumerate(texts):
        if not isinstance(text, str):
            _refuse(source, row, f"expected an architecture in column {TEXT}, got {text!r}")
        try:
            published = parse(text).text
        except IlluminasError as error:
            raise TableError(f"{source.name}, row {row + 1}: {error}") from error
        if published != text:
            _refuse(source, row, f"expected {published!r} in column {TEXT}, got {text!r}")
    _check_unique(source, TEXT, texts)


def _check_unique(source: Path, column: str, values: Sequence[object]) -> None:
    first: dict[object, int] = {}
    for row, value in enumerate(values):
        if value is None:
            _refuse(source, row, f"column {column} is empty")
        if first.setdefault(value, row) != row:
            _refuse(source, row, f"{column} {value} is already in row {first[value] + 1}; expected each once")


def _kind(column: str, file: str) -> ColumnKind:
    """Test before validation: a column of both must never be searched on."""
    parts = column.lower().split("_")
    if "test" in parts:
        return ColumnKind.TEST
    if "val" in parts:
        return ColumnKind.VALIDATION
    if {"ms", "latency"} & {*parts, *re.split(r"[_-]", file.lower())}:
        return ColumnKind.LATENCY
    return ColumnKind.METRIC


def _check_column(source: Path, data: pa.Table, column: Column) -> None:
    import pyarrow as pa

    type_ = data.schema.field(column.name).type
    if data[column.name].null_count == data.num_rows:
        raise TableError(f"{source.name}: column {column.name} has no values. Remove it.")
    if not (pa.types.is_integer(type_) or pa.types.is_floating(type_)):
        texts = [str(value) for value in data[column.name].to_pylist()]
        row = next((row for row, text in enumerate(texts) if not _NUMBER.fullmatch(text)), 0)
        _refuse(source, row, f"expected numbers in column {column.name}, got {texts[row]!r} ({type_})")
    values = numbers(data, column.name)
    gaps = np.isnan(values)
    if column.kind is ColumnKind.METRIC:
        return
    expected = f"expected a {column.kind} in column {column.name}"
    if gaps.any():
        _refuse(source, int(gaps.argmax()), f"{expected}, got no finite number; leave such rows out")
    accuracy = column.kind is not ColumnKind.LATENCY
    wrong = (values < 0) | (values > (100 if accuracy else np.inf))
    if wrong.any():
        row = int(wrong.argmax())
        _refuse(
            source,
            row,
            f"{expected}, {'0 to 100 per cent' if accuracy else '0 or more'}, got {values[row]:g}",
        )
    if accuracy and values.max() <= 1:
        _refuse(
            source,
            int(values.argmax()),
            f"{expected} in per cent, got at most {values.max():g}; multiply by 100",
        )


def _refuse(source: Path, row: int, why: str) -> NoReturn:
    raise TableError(f"{source.name}, row {row + 1}: {why}.")
