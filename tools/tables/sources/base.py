"""What a source of benchmark data is: the interface that every format is read through, and the memory it may take."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from numbers import Real
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

import numpy as np

from illuminas.tools.tables.table import TEXT, ColumnKind, TableError

if TYPE_CHECKING:
    import pyarrow as pa


Progress = Callable[[int, int], None]
"""Told what was read and what there is to read, in the source's own unit."""


class SourceTable(NamedTuple):
    """What a source holds.

    Attributes:
        data: a column ``arch_str`` of published strings, or ``index`` of official indices, or both; and columns of
            numbers, accuracies in per cent and latencies in ms.
        kinds: what a column is, where the source knows; the others are told by their names.
    """

    data: pa.Table
    kinds: Mapping[str, ColumnKind]


class SourceFormat(ABC):
    """One format. A new one is a file and a line in :data:`illuminas.tools.tables.sources.FORMATS`."""

    name: ClassVar[str]
    """As people call it."""

    @abstractmethod
    def recognises(self, source: Path) -> bool:
        """Whether an existing file or folder looks like this format, judged by its name and its first bytes."""

    def memory(self, source: Path) -> int:
        """Bytes of memory that reading takes at most, by the size of the source."""
        return 10 * source.stat().st_size + 100_000_000

    @abstractmethod
    def read(self, source: Path, progress: Progress) -> SourceTable:
        """Everything that the source has to say; rows and values are checked afterwards.

        Raises:
            TableError: the source is damaged, or another one than it seemed.
        """


def make_table(label: str, columns: Mapping[str, Sequence[Any] | np.ndarray]) -> pa.Table:
    """Columns of equal length as a table.

    Args:
        label: what errors call the source.
        columns: strings in ``arch_str``, numbers in the others, None or NaN where there is none.

    Raises:
        TableError: a column holds something else, or too few values.
    """
    import pyarrow as pa

    rows = max(map(len, columns.values()), default=0)
    arrays = {}
    for name, values in columns.items():
        if len(values) != rows:
            raise TableError(f"{label}: expected {rows:,} values in {name}, as in other columns, got {len(values):,}.")
        try:
            arrays[name] = pa.array(values)
        except pa.ArrowException as error:
            wanted = str if name == TEXT else Real
            row = next((row for row, value in enumerate(values) if not isinstance(value, wanted)), 0)
            raise TableError(
                f"{label}, row {row + 1}: expected {'a string' if name == TEXT else 'a number'} in {name}, "
                f"got {values[row]!r}."
            ) from error
    return pa.table(arrays)


_MEMINFO = Path("/proc/meminfo")
_GROUP = Path("/sys/fs/cgroup")


def free_memory() -> int | None:
    """Bytes that a process may still take, by the system's and the container's count; None where neither says."""
    found = []
    if _MEMINFO.exists():
        lines = dict(line.split(":", 1) for line in _MEMINFO.read_text().splitlines() if ":" in line)
        if "MemAvailable" in lines:
            found.append(int(lines["MemAvailable"].split()[0]) * 1024)
    limit, used = _GROUP / "memory.max", _GROUP / "memory.current"
    if limit.exists() and used.exists() and (text := limit.read_text().strip()).isdigit():
        found.append(max(0, int(text) - int(used.read_text())))
    return min(found, default=None)


def amount(size: int) -> str:
    """``1.6 GB``, ``350 MB``."""
    return f"{size / 1e9:.1f} GB" if size >= 1e9 else f"{size / 1e6:.0f} MB"
