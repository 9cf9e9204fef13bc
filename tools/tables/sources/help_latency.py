"""Latencies that came with HELP (Lee et al., NeurIPS 2021, arXiv 2106.08630): a folder of ``DEVICE.pt``.

Each file holds one value a cell, in ms and in the official order. The authors' folder is ``data/nasbench201/latency``;
those beside it are of other spaces, and have other lengths.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from illuminas.tools.spaces.nb201.order import official_texts
from illuminas.tools.tables.sources.base import Progress, SourceFormat, SourceTable, make_table
from illuminas.tools.tables.sources.torch_files import read_vector
from illuminas.tools.tables.table import ColumnKind, TableError


class HELPFormat(SourceFormat):
    """A column a device, named as its file."""

    name = "HELP latency folder"

    def recognises(self, source: Path) -> bool:
        return bool(_files(source))

    def memory(self, source: Path) -> int:
        return 300_000_000

    def read(self, source: Path, progress: Progress) -> SourceTable:
        files, cells = _files(source), len(official_texts())
        columns: dict[str, Sequence[Any] | np.ndarray] = {"index": list(range(cells))}
        for done, path in enumerate(files, start=1):
            values = read_vector(path)
            if len(values) != cells:
                raise TableError(
                    f"{path.name}: expected {cells:,} latencies, one a cell of NAS-Bench-201, got {len(values):,}. "
                    "Is it of another search space?"
                )
            columns[path.stem] = values
            progress(done, len(files))
        return SourceTable(make_table(source.name, columns), {path.stem: ColumnKind.LATENCY for path in files})


def _files(source: Path) -> list[Path]:
    """The files of the folder, or of the folder ``latency`` in it."""
    inner = source / "latency"
    return sorted((inner if inner.is_dir() else source).glob("*.pt")) if source.is_dir() else []
