"""Costs of the cells of NAS-Bench-201 on devices, in the official order.

- HELP (Lee et al., NeurIPS 2021, arXiv 2106.08630): a folder of ``DEVICE.pt``, each with one latency a cell in ms. The
  authors' folder is ``data/nasbench201/latency``; those beside it are of other spaces, and have other lengths.
- HW-NAS-Bench (Li et al., ICLR 2021, openreview _0kaDkv3dVf): six devices, a pickle ``{"nasbench201": {DATASET:
  {METRIC: [15,625 values], "config": [{"arch_str": …}, …]}}, "fbnet": …}``, the metrics named ``DEVICE_latency`` (ms)
  and ``DEVICE_energy`` (mJ).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from illuminas.tools.spaces.nb201.cells import official_texts
from illuminas.tools.tables.sources.base import Progress, SourceFormat, SourceTable, make_table
from illuminas.tools.tables.sources.nats_bench import DATASETS
from illuminas.tools.tables.sources.pickles import contents, first_words, is_pickle, read_pickle, read_vector
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


_SPACE = "nasbench201"


class HWNASBenchFormat(SourceFormat):
    """Columns ``c10_pixel3_latency``, ``c100_eyeriss_energy`` and so on; latencies and energies are
    devices, the others metrics."""

    name = "HW-NAS-Bench pickle"

    def recognises(self, source: Path) -> bool:
        return is_pickle(source) and bool({_SPACE, "fbnet"} & set(first_words(source, 1)))

    def read(self, source: Path, progress: Progress) -> SourceTable:
        with source.open("rb") as file:
            value = read_pickle(file, source.name)
        spaces = value if isinstance(value, dict) else {}
        if not isinstance(spaces.get(_SPACE), dict):
            raise TableError(f"{source.name}: expected the space {_SPACE!r}, got {contents(value)}.")
        known = {dataset: prefix for prefix, dataset in DATASETS.items()}
        columns: dict[str, Any] = {"index": list(range(len(official_texts())))}
        kinds = {}
        for dataset, metrics in spaces[_SPACE].items():
            if dataset not in known or not isinstance(metrics, dict):
                raise TableError(f"{source.name}: expected costs on {', '.join(known)}, got {dataset!r}.")
            for metric, values in metrics.items():
                label = f"{source.name}, {dataset}, {metric}"
                column = "arch_str" if metric == "config" else f"{known[dataset]}_{metric}"
                found = _texts(label, values) if metric == "config" else list(values)
                if len(found) != len(official_texts()):
                    raise TableError(f"{label}: expected {len(official_texts()):,} values, got {len(found):,}.")
                if column in columns and columns[column] != found:
                    raise TableError(f"{label}: expected the architectures of the other data sets, got others.")
                columns[column] = found
                if metric != "config":
                    kinds[column] = ColumnKind.of_device(metric)
        return SourceTable(make_table(source.name, columns), kinds)


def _texts(label: str, configs: object) -> list[str]:
    try:
        return [config["arch_str"] for config in configs]  # type: ignore[attr-defined]
    except (KeyError, TypeError) as error:
        raise TableError(f"{label}: expected dicts with an arch_str, got others ({error}).") from error
