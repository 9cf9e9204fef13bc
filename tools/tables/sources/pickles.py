"""Pickles from elsewhere, read without letting them run anything, and those in files that ``torch.save`` wrote.

A pickle is a program: it names functions and calls them. :class:`RestrictedUnpickler` lets it name only what plain
data and the formats here are made of, and refuses the file at any other name before anything of it is called. Names
that belong to a benchmark's own package stand for :class:`Record`, a dict, so that package is not needed.
"""

from __future__ import annotations

import io
import pickle
import struct
import zipfile
import zlib
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
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


_MAGIC = 0x1950A86A20F9469CFC6C
"""What files of torch before 1.6 begin with."""


class _Tensor:
    """Stands for a tensor, whose numbers are elsewhere in the file."""

    def __init__(self, *arguments: object) -> None:
        pass


class _Storage:
    """Stands for the type of a tensor's numbers."""


_STORAGES = ("Float", "Double", "Half", "Long", "Int", "Short", "Byte", "Bool")
TORCH: Names = {
    **PLAIN,
    ("torch._utils", "_rebuild_tensor_v2"): _Tensor,
    ("torch._utils", "_rebuild_tensor"): _Tensor,
    **{("torch", f"{kind}Storage"): _Storage for kind in _STORAGES},
}
"""What pickles in torch's files may name: plain data, and tensors as placeholders."""


@contextmanager
def torch_pickle(path: Path) -> Iterator[tuple[IO[bytes], int]]:
    """The pickle inside a file, from its first byte, and its size in bytes at most.

    Raises:
        TableError: torch did not write this file, or not to its end.
    """
    if not zipfile.is_zipfile(path):
        with path.open("rb") as file:
            magic, _, _ = (read_pickle(file, path.name) for _ in range(3))
            if magic != _MAGIC:
                raise TableError(f"{path.name}: expected a file that torch.save wrote, got another pickle.")
            yield file, path.stat().st_size
        return
    try:
        with zipfile.ZipFile(path) as archive:
            found = [info for info in archive.infolist() if Path(info.filename).name == "data.pkl"]
            if len(found) != 1:
                raise TableError(
                    f"{path.name}: expected a file that torch.save wrote, got an archive without data.pkl."
                )
            with archive.open(found[0]) as member:
                yield io.BufferedReader(member, 1 << 20), found[0].file_size  # type: ignore[type-var]
    except zipfile.BadZipFile as error:
        raise damaged(path.name, error) from error


def pickle_size(path: Path) -> int:
    """Bytes of the pickle inside a file at most; of the whole file where it is none."""
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            return sum(info.file_size for info in archive.infolist() if info.filename.endswith("data.pkl"))
    return path.stat().st_size


def read_vector(path: Path) -> np.ndarray:
    """The numbers of a small file that holds a tensor, an array or a list of them.

    Returns:
        float64 of shape ``(n,)``.

    Raises:
        TableError: the file holds something else, or wants to run something.
    """
    with torch_pickle(path) as (file, _):
        value = read_pickle(file, path.name, TORCH)
    if isinstance(value, _Tensor):
        value = _read_tensor(path)
    try:
        vector = np.asarray(value, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise TableError(f"{path.name}: expected a list of numbers, got {contents(value)}: {error}.") from error
    if vector.ndim != 1:
        raise TableError(f"{path.name}: expected a list of numbers, got an array of shape {vector.shape}.")
    return vector


def _read_tensor(path: Path) -> np.ndarray:
    """A tensor that is known to be one: its pickle was read, and names nothing else."""
    import torch

    try:
        return np.asarray(torch.load(path, map_location="cpu", weights_only=True).double().numpy())
    except (RuntimeError, EOFError, OSError, ValueError) as error:
        raise damaged(path.name, error) from error
