"""Parquet and CSV files: a column ``arch_str`` (or ``index``) and columns of numbers, or those of macro search spaces.

The latter are parquet files as they are collected from the benchmarks' repositories:

- NAS-Bench-Macro (Su et al., CVPR 2021): ``arch_str``, ``test_seed0`` to ``test_seed2``, ``params``, ``macs``. There
  are test accuracies alone: the mean of two seeds is searched on, and the third is reported.
- TransNAS-Bench-101 (Duan et al., CVPR 2021), macro: ``modules`` and a column a task, of one unknown split. Each is
  searched on and reported, so a report of it shows no generalisation. ``normal`` is an SSIM, kept in per cent.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from illuminas.tools.tables.sources.base import Progress, SourceFormat, SourceTable, make_table
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


class _MacroFormat(SourceFormat):
    """A parquet file that is known by its columns."""

    columns: ClassVar[tuple[str, ...]]

    def recognises(self, source: Path) -> bool:
        if not source.is_file() or source.suffix != ".parquet":
            return False
        import pyarrow as pa
        import pyarrow.parquet as pq

        try:
            return set(self.columns) <= set(pq.read_schema(source).names)
        except (pa.ArrowException, OSError):
            return False


class NASBenchMacroFormat(_MacroFormat):
    """Columns ``c10_val``, ``c10_test``, ``params`` and ``macs``."""

    name = "NAS-Bench-Macro parquet"
    columns = (TEXT, "test_seed0", "test_seed1", "test_seed2")

    def read(self, source: Path, progress: Progress) -> SourceTable:
        data = read_columns(source)
        seeds = [data[f"test_seed{seed}"].to_numpy() for seed in range(3)]
        rest = {name: data[name].to_numpy() for name in data.column_names if name not in self.columns}
        columns = {TEXT: data[TEXT].to_pylist(), "c10_val": np.mean(seeds[:2], axis=0), "c10_test": seeds[2], **rest}
        return SourceTable(make_table(source.name, columns), {})


class TransNASMacroFormat(_MacroFormat):
    """Columns ``TASK_val`` and ``TASK_test``, which are equal."""

    name = "TransNAS-Bench-101 macro parquet"
    columns = ("modules", "class_object", "class_scene", "jigsaw", "normal")

    def read(self, source: Path, progress: Progress) -> SourceTable:
        data = read_columns(source)
        columns = {TEXT: data["modules"].to_pylist()}
        for task in self.columns[1:]:
            values = data[task].to_numpy() * (100 if task == "normal" else 1)
            columns |= {f"{task}_val": values, f"{task}_test": values}
        return SourceTable(make_table(source.name, columns), {})
