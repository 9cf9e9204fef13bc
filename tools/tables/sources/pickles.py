"""Pickles from elsewhere, read without letting them run anything.

A pickle is a program: it names functions and calls them. :class:`RestrictedUnpickler` lets it name only what plain
data and the formats here are made of, and refuses the file at any other name before anything of it is called. Names
that belong to a benchmark's own package stand for :class:`Record`, a dict, so that package is not needed.
"""

from __future__ import annotations

import pickle
import struct
import zipfile
import zlib
from collections import OrderedDict
from collections.abc import Mapping
from pathlib import Path
from typing import IO

import numpy as np

from illuminas.tools.tables.table import TableError

Names = Mapping[tuple[str, str], object]
"""(module, name) -> what it stands for."""

PICKLE_SUFFIXES = (".pickle", ".pkl", ".pd", ".p")
DAMAGE = (
    pickle.UnpicklingError,
    ArithmeticError,
    AssertionError,
    AttributeError,
    EOFError,
    ImportError,
    LookupError,
    MemoryError,
    OSError,
    RecursionError,
    TypeError,
    ValueError,
    struct.error,
    zipfile.BadZipFile,
    zlib.error,
)
"""What reading a damaged pickle raises: its bytes decide what is tried."""


class Record(dict[str, object]):
    """An object of a benchmark's own class: its attributes as a dict."""

    def __setstate__(self, state: dict[str, object]) -> None:
        self.update(state)


def _encode(text: str, encoding: str) -> bytes:
    """How pickles of protocol 2 write bytes."""
    if encoding != "latin1":
        raise ValueError(f"expected bytes as latin1, got {encoding!r}")
    return text.encode("latin1")


def _numpy_names() -> dict[tuple[str, str], object]:
    names: dict[tuple[str, str], object] = {("numpy", "dtype"): np.dtype, ("numpy", "ndarray"): np.ndarray}
    for core, (module, name) in (
        (core, wanted)
        for core in ("numpy.core", "numpy._core")
        for wanted in (("multiarray", "_reconstruct"), ("multiarray", "scalar"), ("numeric", "_frombuffer"))
    ):
        names[f"{core}.{module}", name] = getattr(getattr(np._core, module), name)  # type: ignore[attr-defined]
    return names


PLAIN: Names = {
    ("collections", "OrderedDict"): OrderedDict,
    **{(module, type_.__name__): type_ for module in ("builtins", "__builtin__") for type_ in (set, frozenset, slice)},
    ("_codecs", "encode"): _encode,
    **_numpy_names(),
}
"""Containers and numbers."""


def restricted_name(label: str, names: Names, module: str, name: str) -> object:
    """What a pickle may name.

    Raises:
        TableError: it is none of ``names``.
    """
    if (module, name) not in names:
        raise TableError(
            f"{label} wants to call {module}.{name}, which no source of this kind needs: refused, and not called. If "
            "you wrote the file, save it as parquet or CSV; if not, open it with no other tool and fetch it again."
        )
    return names[module, name]


class RestrictedUnpickler(pickle.Unpickler):
    """Reads a pickle that may name nothing but ``names``; network weights in it are None.

    Args:
        file: where the pickle begins.
        label: what errors call it.
        names: what it may name.
        encoding: of the texts in it where Python 2 wrote it; ``latin1`` where some hold bytes.
    """

    def __init__(self, file: IO[bytes], label: str, names: Names, *, encoding: str = "ASCII") -> None:
        super().__init__(file, encoding=encoding)
        self._label, self._names = label, names

    def find_class(self, module: str, name: str, /) -> object:
        return restricted_name(self._label, self._names, module, name)

    def persistent_load(self, pid: object, /) -> None:
        return None


def read_pickle(file: IO[bytes], label: str, names: Names = PLAIN, *, encoding: str = "ASCII") -> object:
    """The object that a pickle holds; arguments as for :class:`RestrictedUnpickler`.

    Raises:
        TableError: it names something else than ``names``, or is damaged.
    """
    try:
        return RestrictedUnpickler(file, label, names, encoding=encoding).load()
    except DAMAGE as error:
        raise damaged(label, error) from error


def damaged(label: str, error: BaseException) -> TableError:
    """The error for a pickle that cannot be read to its end."""
    return TableError(f"{label} cannot be read as a pickle: {error or type(error).__name__}. Is it complete?")


def is_pickle(path: Path) -> bool:
    """Whether a file is a pickle by its ending or its first bytes."""
    if not path.is_file():
        return False
    with path.open("rb") as file:
        start = file.read(2)
    return path.suffix in PICKLE_SUFFIXES or (start[:1] == pickle.PROTO and start[1:] in (b"\2", b"\3", b"\4", b"\5"))


def first_words(path: Path, count: int = 4) -> list[str]:
    """The first strings and names in a pickle, which tell what it holds without reading it."""
    import pickletools

    with path.open("rb") as file:
        start = file.read(4096)
    words: list[str] = []
    try:
        for _, argument, _ in pickletools.genops(start):
            if isinstance(argument, str):
                words.append(argument)
            if len(words) == count:
                break
    except (ValueError, IndexError):
        pass  # the first bytes end in the middle of something
    return words


def contents(value: object) -> str:
    """What a pickle holds, in words."""
    if isinstance(value, dict):
        keys = [repr(key) for key in list(value)[:6]]
        return f"a dict with {len(value)} keys, {', '.join(keys)}{', …' if len(value) > 6 else ''}"
    if isinstance(value, list | tuple):
        return f"a {type(value).__name__} of {len(value)}"
    return f"a {type(value).__name__}"
