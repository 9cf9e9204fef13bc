"""Sources of benchmark data, one format a file.

- ``base``: the interface, and what memory this machine has left
- ``columns``: parquet and CSV, those of NAS-Bench-Macro and TransNAS-Bench-101's macro space among them;
  ``nats_bench``: its fast-mode folder, and the training records that it shares with ``nas_bench_201``, an API file;
  ``mini_nasbench``: a pickle; ``device_costs``: HW-NAS-Bench's pickle, and HELP's folder of latencies
- ``pickles``: reading them, and those inside torch's files, without letting them run anything
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from illuminas.tools.tables.sources.base import Progress, SourceFormat, SourceTable, amount, free_memory
from illuminas.tools.tables.sources.columns import ColumnsFormat, NASBenchMacroFormat, TransNASMacroFormat
from illuminas.tools.tables.sources.device_costs import HELPFormat, HWNASBenchFormat
from illuminas.tools.tables.sources.mini_nasbench import MiniNASBenchFormat
from illuminas.tools.tables.sources.nas_bench_201 import NASBench201Format
from illuminas.tools.tables.sources.nats_bench import NATSBenchFormat
from illuminas.tools.tables.sources.pickles import contents, is_pickle, read_pickle
from illuminas.tools.tables.table import TableError

__all__ = ["FORMATS", "Progress", "SourceFormat", "SourceTable", "Survey", "survey"]

FORMATS: tuple[SourceFormat, ...] = (
    NASBenchMacroFormat(),
    TransNASMacroFormat(),
    ColumnsFormat(),
    NASBench201Format(),
    NATSBenchFormat(),
    HWNASBenchFormat(),
    MiniNASBenchFormat(),
    HELPFormat(),
)
"""In the order in which they are tried; a new one is added here."""
READABLE = (
    "a parquet or CSV file with a column arch_str or index, a NAS-Bench-201 .pth, a fast-mode folder of NATS-Bench, "
    "a mini-nasbench or HW-NAS-Bench pickle, or a folder of HELP's latencies"
)


class Survey(NamedTuple):
    """What a source is, before it is read.

    Attributes:
        format: what will read it.
        memory: bytes that this takes at most.
        free: bytes that there are, None where the system does not say.
    """

    format: SourceFormat
    memory: int
    free: int | None

    def __str__(self) -> str:
        free = "" if self.free is None else f", {amount(self.free)} are free"
        return f"{self.format.name}: reading it takes up to {amount(self.memory)} of memory{free}"


def survey(source: Path) -> Survey:
    """What a source is and what reading it takes.

    Raises:
        TableError: there is no such file or folder, it is of no kind that can be read, or there is too little memory.
    """
    if not source.exists():
        raise TableError(f"there is no file or folder {source}.")
    for format_ in FORMATS:
        if format_.recognises(source):
            break
    else:
        raise _unknown(source)
    found = Survey(format_, format_.memory(source), free_memory())
    if found.free is not None and found.memory > found.free:
        raise TableError(
            f"{source.name} is a {found}. Close other programs or use a larger machine; or import a smaller source of "
            "the same numbers, the fast-mode folder of NATS-Bench, which is read one architecture at a time, or a "
            "parquet table that was imported elsewhere."
        )
    return found


def _unknown(source: Path) -> TableError:
    """The error for what no format recognises; a pickle is looked into first, since it may be a hostile one."""
    if is_pickle(source):
        with source.open("rb") as file:
            holds = contents(read_pickle(file, source.name))
        return TableError(f"{source.name} is a pickle that holds {holds}; expected {READABLE}.")
    return TableError(f"{source.name} is none of the sources that can be read; expected {READABLE}.")
