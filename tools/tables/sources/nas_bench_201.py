"""The API file of NAS-Bench-201 (Dong & Yang, ICLR 2020, arXiv 2001.00326), v1.0 and v1.1, a ``.pth``.

Loaded whole, as the ``nas-bench-201`` package does, such a file takes about five times its size of memory, 25 GB for
the 4.7 GB of v1.1: it holds every accuracy, loss and time after each of 200 epochs. :class:`StreamingUnpickler` keeps
of each such history the last epoch alone, as soon as it is complete; what stays is a third of the file's size. It is
written in Python, since the unpickler in C has no way to let go of what was read, and reads 6 to 8 MB a second, ten
minutes for v1.1.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable
from pathlib import Path
from sys import intern
from typing import IO, Any, ClassVar

from illuminas.tools.tables.sources.base import Progress, SourceFormat, SourceTable, make_table
from illuminas.tools.tables.sources.nats_bench import NAMES, columns_of, row_of_trials
from illuminas.tools.tables.sources.pickles import (
    DAMAGE,
    contents,
    damaged,
    pickle_size,
    restricted_name,
    torch_pickle,
)
from illuminas.tools.tables.table import TableError

_PER_BYTE = 0.5
"""Bytes of memory a byte of the pickle; 0.32 were measured."""
_KEYS = ("meta_archs", "evaluated_indexes", "arch2infos")
_EVERY = 1024
"""Dicts between two reports of progress."""


class NASBench201Format(SourceFormat):
    """Columns as in :data:`illuminas.tools.tables.sources.nats_bench.SPLITS`, parameters and FLOPs in millions, and the
    authors' own latencies where they have them.
    """

    name = "NAS-Bench-201 API file"

    def recognises(self, source: Path) -> bool:
        return source.is_file() and source.suffix == ".pth"

    def memory(self, source: Path) -> int:
        return int(_PER_BYTE * pickle_size(source)) + 200_000_000

    def read(self, source: Path, progress: Progress) -> SourceTable:
        with torch_pickle(source) as (file, size):
            try:
                value = StreamingUnpickler(file, source.name, lambda done: progress(done, size)).load()
            except DAMAGE as error:
                raise damaged(source.name, error) from error
        progress(size, size)
        if not isinstance(value, dict) or not set(_KEYS) <= set(value):
            raise TableError(f"{source.name}: expected the keys {', '.join(_KEYS)}, got {contents(value)}.")
        records, evaluated = value["arch2infos"], set(value["evaluated_indexes"])
        if evaluated != set(records):
            raise TableError(
                f"{source.name}: expected records of the {len(evaluated)} evaluated architectures, got {len(records)}. "
                "Is the file complete?"
            )
        rows = {}
        for index, recipes in records.items():
            if not isinstance(recipes, dict) or not isinstance(recipes.get("full"), dict):
                raise TableError(f"{source.name}, architecture {index}: expected 'full' and 'less' trainings.")
            rows[index] = row_of_trials(f"{source.name}, architecture {index}", recipes["full"], recipes.get("less"))
        return SourceTable(make_table(source.name, columns_of(rows)), {})


class StreamingUnpickler(pickle._Unpickler):
    """Reads a pickle, thinning every history of numbers by epoch to its last epoch.

    Args:
        file: where the pickle begins.
        label: what errors call it.
        progress: told how many bytes were read.
    """

    dispatch: ClassVar[dict[int, Callable[[Any], None]]] = dict(pickle._Unpickler.dispatch)
    proto: int
    stack: list[Any]
    read: Callable[[int], bytes]
    append: Callable[[object], None]
    pop_mark: Callable[[], list[Any]]

    def __init__(self, file: IO[bytes], label: str, progress: Callable[[int], None]) -> None:
        super().__init__(file)
        self._label, self._file, self._progress, self._dicts = label, file, progress, 0
        # a list takes a tenth of the dict that the base class has: there are 80 million entries
        self.memo: list[object] = []

    def find_class(self, module: str, name: str) -> object:
        return restricted_name(self._label, NAMES, module, name)

    def persistent_load(self, pid: object) -> None:
        return None

    def load_proto(self) -> None:
        super().load_proto()  # type: ignore[misc]
        if self.proto < 4:  # no frames: the file's own read, in C, will do
            self.read = self._file.read

    def _remember(self, position: int) -> None:
        if position == len(self.memo):
            self.memo.append(self.stack[-1])
        elif position < len(self.memo):
            self.memo[position] = self.stack[-1]
        else:
            raise pickle.UnpicklingError(f"entry {position} of the memo comes after {len(self.memo)}")

    def load_binput(self) -> None:
        self._remember(self.read(1)[0])

    def load_long_binput(self) -> None:
        self._remember(int.from_bytes(self.read(4), "little"))

    def load_memoize(self) -> None:
        self._remember(len(self.memo))

    def load_binunicode(self) -> None:
        # interned: "x-valid@0" to "x-valid@199" come in every trial
        length = int.from_bytes(self.read(4), "little")
        self.append(intern(str(self.read(length), "utf-8", "surrogatepass")))

    def load_setitems(self) -> None:
        items = self.pop_mark()
        self.stack[-1].update(last_epochs(dict(zip(items[::2], items[1::2], strict=True))))
        self._dicts += 1
        if self._dicts % _EVERY == 0:
            self._progress(self._file.tell())

    dispatch[pickle.PROTO[0]] = load_proto
    dispatch[pickle.BINPUT[0]] = load_binput
    dispatch[pickle.LONG_BINPUT[0]] = load_long_binput
    dispatch[pickle.MEMOIZE[0]] = load_memoize
    dispatch[pickle.BINUNICODE[0]] = load_binunicode
    dispatch[pickle.SETITEMS[0]] = load_setitems


def last_epochs(history: dict[Any, Any]) -> dict[Any, Any]:
    """The last epoch of numbers by epoch, ``{199: v}``, or by split and epoch, ``{"x-valid@199": v}``; anything else
    as it is.
    """
    if len(history) < 3 or not all(isinstance(value, float) for value in history.values()):
        return history
    last: dict[str, tuple[int, Any]] = {}
    for key in history:
        if isinstance(key, int):
            split, epoch = "", key
        elif isinstance(key, str) and (at := key.rfind("@")) >= 0 and key[at + 1 :].isdigit():
            split, epoch = key[:at], int(key[at + 1 :])
        else:
            return history
        if split not in last or last[split][0] < epoch:
            last[split] = epoch, key
    return {key: history[key] for _, key in last.values()}
