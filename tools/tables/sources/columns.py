"""Parquet and CSV files with a column ``arch_str`` (or ``index``) and columns of numbers."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from illuminas.tools.tables.sources.base import Progress, SourceFormat, SourceTable
from illuminas.tools.tables.table import TEXT, TableError

if TYPE_CHECKING:
    import pyarrow as pa


class ColumnsFormat(SourceFormat):
    """The parts of a column's name say what it is: with ``test`` a test accuracy, with ``val`` a validation accuracy
    (``c10_val``), in per cent; with ``ms`` or ``latency`` a latency in ms, and so is every other column where the
    file's own name says so (``nb201_latency.parquet``). What is left are metrics.
    """

    name = "parquet or CSV"

    def recognises(self, source: Path) -> bool:
        return source.is_file() and source.suffix in (".parquet", ".csv")

    def memory(self, source: Path) -> int:
        return 10 * source.stat().st_size + 100_000_000

    def read(self, source: Path, progress: Progress) -> SourceTable:
        return SourceTable(read_columns(source), {})


def read_columns(source: Path) -> pa.Table:
    """A parquet or CSV file.

    Raises:
        TableError: it is damaged.
    """
    import pyarrow as pa
    import pyarrow.csv
    import pyarrow.parquet as pq

    # architectures may be digits, which are no numbers
    texts = pyarrow.csv.ConvertOptions(column_types={TEXT: pa.string()})
    try:
        return (
            pq.read_table(source)
            if source.suffix == ".parquet"
            else pyarrow.csv.read_csv(source, convert_options=texts)
        )
    except (pa.ArrowException, OSError, KeyError) as error:
        raise TableError(
            f"{source.name} cannot be read as {source.suffix[1:]}: {error}. Is it complete? Fetch it again."
        ) from error
