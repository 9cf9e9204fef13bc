"""Files that ``torch.save`` wrote: where the pickle in them begins, and the tensors of small ones."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import numpy as np

from illuminas.tools.tables.sources.pickles import PLAIN, Names, contents, damaged, read_pickle
from illuminas.tools.tables.table import TableError

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
