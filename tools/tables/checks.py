"""What must hold of every row before a source becomes a table; what does not is refused with file and row."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, NoReturn

import numpy as np

from illuminas.tools.errors import IlluminasError
from illuminas.tools.spaces import SPACES, InvalidArchitecture, get_space
from illuminas.tools.tables.table import INDEX, TEXT, Column, ColumnKind, TableError, numbers

if TYPE_CHECKING:
    import pyarrow as pa

LATENCIES = (0.05, 3000.0)
"""ms; the median of a latency column lies between. Published medians of NAS-Bench-201, from accelerators to phones
and batches of 256, are 3 to 30 ms, so seconds and microseconds both fall outside. Single cells may: measurements of
phones hold outliers of a few microseconds."""
_LOOKED_AT = 5
"""Architectures by which a table's search space is found."""
_NUMBER = re.compile(r"[-+]?[0-9.]+(e[-+]?[0-9]+)?", re.IGNORECASE)


def refuse(source: str, row: int, why: str) -> NoReturn:
    """The error for a row; the first is 1."""
    raise TableError(f"{source}, row {row + 1}: {why}.")


def check_names(source: str, data: pa.Table) -> None:
    """A table has rows, and every column its own name."""
    if len(set(data.column_names)) < data.num_columns:
        raise TableError(f"{source} has two columns of one name: {', '.join(data.column_names)}.")
    if not data.num_rows:
        raise TableError(f"{source} has no rows; expected one an architecture.")


def with_texts(source: str, data: pa.Table, space: str | None) -> tuple[pa.Table, str]:
    """The data with its architectures in the first column and without indices, and the architectures' space.

    Args:
        source: what errors call it.
        data: it has a column of strings, of official indices, or of both, which then must agree.
        space: search space of the architectures; None for the one that can read them, or that has indices.
    """
    import pyarrow as pa

    if TEXT not in data.column_names and INDEX not in data.column_names:
        raise TableError(f"{source}: expected a column {TEXT} or {INDEX}, got {', '.join(data.column_names)}.")
    if space is None:
        space = _space_of(source, data[TEXT].to_pylist()) if TEXT in data.column_names else _numbered(source)
    official = _official(source, data, space) if INDEX in data.column_names else None
    if TEXT in data.column_names:
        texts = data[TEXT].to_pylist()
        _check_texts(source, texts, space)
        if official is not None:
            _check_agreement(source, data[INDEX].to_pylist(), texts, official)
    else:
        texts = official
    rest = data.drop_columns([name for name in (TEXT, INDEX) if name in data.column_names])
    return rest.add_column(0, TEXT, pa.array(texts)), space


def _space_of(source: str, texts: Sequence[object]) -> str:
    """The search space that can read the first of the texts."""
    beginning = [text for text in texts[:_LOOKED_AT] if isinstance(text, str)]
    fits = [name for name in SPACES if any(_reads(name, text) for text in beginning)]
    if len(fits) == 1:
        return fits[0]
    first = repr(beginning[0][:80]) if beginning else "no text"
    if fits:
        raise TableError(f"{source}: {' and '.join(fits)} both have an architecture {first}. Say which: --space NAME.")
    raise TableError(
        f"{source}: {first} in column {TEXT} is no architecture of {', '.join(SPACES)}. "
        "Correct the column, or name its search space with --space NAME."
    )


def _numbered(source: str) -> str:
    """The search space that has an official order."""
    found = [name for name in SPACES if get_space(name).official_order()]
    if len(found) == 1:
        return found[0]
    raise TableError(f"{source} has indices alone, and {' and '.join(found)} have an official order: add --space NAME.")


def _reads(space: str, text: str) -> bool:
    try:
        return get_space(space).parse(text).text == text
    except InvalidArchitecture:
        return False


def check_column(source: str, data: pa.Table, column: Column) -> None:
    """Numbers throughout, in the unit that the kind of the column asks for."""
    import pyarrow as pa

    type_ = data.schema.field(column.name).type
    if data[column.name].null_count == data.num_rows:
        raise TableError(f"{source}: column {column.name} has no values. Remove it.")
    if not (pa.types.is_integer(type_) or pa.types.is_floating(type_)):
        texts = [str(value) for value in data[column.name].to_pylist()]
        row = next((row for row, text in enumerate(texts) if not _NUMBER.fullmatch(text)), 0)
        refuse(source, row, f"expected numbers in column {column.name}, got {texts[row]!r} ({type_})")
    if column.kind is ColumnKind.METRIC:
        return
    values = numbers(data, column.name)
    expected = f"expected a {column.kind} in column {column.name}"
    gaps = np.isnan(values)
    device = column.kind.objective is not None
    if gaps.any() and not device:  # of a device, NaN says that it cannot run the architecture
        refuse(source, int(gaps.argmax()), f"{expected}, got no finite number; leave such rows out")
    wrong = (values < 0) | ((values > 100) & (not device))
    if wrong.any():
        row, span = int(wrong.argmax()), "0 or more" if device else "0 to 100 per cent"
        refuse(source, row, f"{expected}, {span}, got {values[row]:g}")
    if not device and values.max() <= 1:
        row = int(values.argmax())
        refuse(source, row, f"{expected} in per cent, got at most {values[row]:g}; multiply by 100")
    if column.kind is ColumnKind.LATENCY:
        _check_unit(source, values, expected)


def _check_unit(source: str, values: np.ndarray, expected: str) -> None:
    """Latencies are in ms, by their median."""
    median = float(np.nanmedian(values))
    if LATENCIES[0] <= median <= LATENCIES[1]:
        return
    row = int(np.nanargmin(np.abs(values - median)))
    unit = "seconds? Multiply by 1000" if median < LATENCIES[0] else "microseconds? Divide by 1000"
    refuse(source, row, f"{expected}, got {values[row]:g}, as much as half of the rows. Are these {unit}")


def _official(source: str, data: pa.Table, space: str) -> list[str]:
    """The strings of a column of official indices."""
    import pyarrow as pa

    texts = get_space(space).official_order()
    if not texts:
        raise TableError(f"{source}: {space} has no official order. Name the architectures in a column {TEXT}.")
    type_ = data.schema.field(INDEX).type
    if not pa.types.is_integer(type_):
        raise TableError(f"{source}: expected whole numbers in column {INDEX}, got {type_}.")
    indices = data[INDEX].to_pylist()
    _check_unique(source, INDEX, indices)
    for row, index in enumerate(indices):
        if not 0 <= index < len(texts):
            refuse(source, row, f"expected an official index of {space}, 0 to {len(texts) - 1}, got {index}")
    return [texts[index] for index in indices]


def _check_agreement(source: str, indices: list[int], texts: list[str], official: list[str]) -> None:
    for row, (index, text, expected) in enumerate(zip(indices, texts, official, strict=True)):
        if text != expected:
            refuse(
                source,
                row,
                f"{INDEX} {index} is officially {expected}, but the row says {text}. Correct the row, or remove the "
                f"column {INDEX} if its numbers are others",
            )


def _check_texts(source: str, texts: list[object], space: str) -> None:
    parse = get_space(space).parse
    for row, text in enumerate(texts):
        if not isinstance(text, str):
            refuse(source, row, f"expected an architecture in column {TEXT}, got {text!r}")
        try:
            published = parse(text).text
        except IlluminasError as error:
            raise TableError(f"{source}, row {row + 1}: {error}") from error
        if published != text:
            refuse(source, row, f"expected {published!r} in column {TEXT}, got {text!r}")
    _check_unique(source, TEXT, texts)


def _check_unique(source: str, column: str, values: Sequence[object]) -> None:
    first: dict[object, int] = {}
    for row, value in enumerate(values):
        if value is None:
            refuse(source, row, f"column {column} is empty")
        if first.setdefault(value, row) != row:
            refuse(source, row, f"{column} {value} is already in row {first[value] + 1}; expected each once")
