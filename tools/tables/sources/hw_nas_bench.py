"""HW-NAS-Bench (Li et al., ICLR 2021, openreview _0kaDkv3dVf): costs on six devices, a pickle.

``{"nasbench201": {DATASET: {METRIC: [15,625 values], "config": [{"arch_str": …}, …]}}, "fbnet": …}``, the metrics
named ``DEVICE_latency`` (ms) and ``DEVICE_energy`` (mJ), all in the official order.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from illuminas.tools.spaces.nb201.order import official_texts
from illuminas.tools.tables.sources.base import Progress, SourceFormat, SourceTable, make_table
from illuminas.tools.tables.sources.pickles import contents, first_words, is_pickle, read_pickle
from illuminas.tools.tables.sources.trials import DATASETS
from illuminas.tools.tables.table import ColumnKind, TableError

_SPACE = "nasbench201"


class HWNASBenchFormat(SourceFormat):
    """Columns ``c10_pixel3_latency``, ``c100_eyeriss_energy`` and so on; latencies and energies are
    devices, the others metrics."""

    name = "HW-NAS-Bench pickle"

    def recognises(self, source: Path) -> bool:
        return is_pickle(source) and bool({_SPACE, "fbnet"} & set(first_words(source, 1)))

    def memory(self, source: Path) -> int:
        return 8 * source.stat().st_size + 100_000_000

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
