"""NATS-Bench, topology space (Dong, Liu, Musial, Gabrys, TPAMI 2021, arXiv 2009.00437): the folder of its fast mode.

The same cells as NAS-Bench-201 with more seeds, one small file an architecture: ``meta.pickle.pbz2`` and
``000000.pickle.pbz2`` to ``015624.pickle.pbz2``.
"""

from __future__ import annotations

import bz2
from pathlib import Path

from illuminas.tools.errors import IlluminasError
from illuminas.tools.spaces import get_space
from illuminas.tools.tables.sources.base import Progress, SourceFormat, SourceTable, make_table
from illuminas.tools.tables.sources.nas_bench_201 import NAMES
from illuminas.tools.tables.sources.pickles import contents, read_pickle
from illuminas.tools.tables.sources.trials import columns_of, row_of_trials
from illuminas.tools.tables.table import TableError

_ENDING = ".pickle.pbz2"
_META = f"meta{_ENDING}"


class NATSBenchFormat(SourceFormat):
    """Columns as those of a NAS-Bench-201 API file."""

    name = "NATS-Bench folder"

    def recognises(self, source: Path) -> bool:
        return source.is_dir() and (source / _META).is_file()

    def memory(self, source: Path) -> int:
        return 400_000_000

    def read(self, source: Path, progress: Progress) -> SourceTable:
        meta = _read(source / _META)
        texts = meta.get("meta_archs") if isinstance(meta, dict) else None
        if not isinstance(texts, list) or not texts:
            raise TableError(f"{_META}: expected a dict with a list meta_archs, got {contents(meta)}.")
        try:
            get_space("nb201").parse(str(texts[0]))
        except IlluminasError as error:
            raise TableError(
                f"{_META}, architecture 0: {error} Is this NATS-Bench's size space? Its topology space is needed."
            ) from error
        names = [f"{index:06d}{_ENDING}" for index in range(len(texts))]
        there = {path.name for path in source.iterdir()}
        missing = [name for name in names if name not in there]
        if missing:
            raise TableError(
                f"{source.name}: expected {len(names)} architectures, got {len(names) - len(missing)}; {missing[0]} is "
                "the first that is not there. Unpack the archive again."
            )
        rows = {}
        for index, name in enumerate(names):
            recipes = _read(source / name)
            if not isinstance(recipes, dict) or not isinstance(recipes.get("200"), dict):
                raise TableError(f"{name}: expected trainings of 12 and 200 epochs, got {contents(recipes)}.")
            rows[index] = row_of_trials(name, recipes["200"], recipes.get("12"))
            if rows[index]["arch_str"] != texts[index]:
                raise TableError(
                    f"{name}: expected {texts[index]}, as {_META} lists it, got {rows[index]['arch_str']}."
                )
            progress(index + 1, len(names))
        return SourceTable(make_table(source.name, columns_of(rows)), {})


def _read(path: Path) -> object:
    with bz2.open(path, "rb") as file:
        return read_pickle(file, path.name, NAMES)
