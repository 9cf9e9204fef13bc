"""Benchmark tables: published accuracies and latencies, imported once and looked up by architecture.

A table is one parquet file and one JSON description in :func:`illuminas.tools.paths.tables_folder`. The
description names the parquet file by its hash and is written last: a table is there as a whole or not at all.

A search names what it looks up: ``table:NAME/PREFIX`` is a data set, whose validation accuracy is the column
``PREFIX_val`` and whose test accuracy, for reports alone, is ``PREFIX_test``; ``table:NAME/COLUMN`` with a
latency or energy column is a device; NaN there says that the device cannot run the architecture.

- ``table``: what a table holds, and the look-up of one architecture; ``reference``: data sets and devices by name
- ``importing``: from a source to a table; ``checks``: what must hold of it; ``sources``: the formats that are read
"""

from __future__ import annotations

from illuminas.tools.tables.importing import import_columns, import_table
from illuminas.tools.tables.reference import (
    TableReference,
    all_datasets,
    find_dataset,
    find_device,
    is_listed,
    parse_reference,
    resolve_constraint,
    resolve_objective,
    table_accuracy,
    table_test_accuracy,
    table_value,
)
from illuminas.tools.tables.table import (
    Column,
    ColumnKind,
    InfeasibleError,
    Table,
    TableError,
    TableInfo,
    infeasible_cells,
    list_tables,
    open_table,
)

__all__ = [
    "Column",
    "ColumnKind",
    "InfeasibleError",
    "Table",
    "TableError",
    "TableInfo",
    "TableReference",
    "all_datasets",
    "find_dataset",
    "find_device",
    "import_columns",
    "import_table",
    "infeasible_cells",
    "is_listed",
    "list_tables",
    "open_table",
    "parse_reference",
    "resolve_constraint",
    "resolve_objective",
    "table_accuracy",
    "table_test_accuracy",
    "table_value",
]
