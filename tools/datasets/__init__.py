"""Data sets: images and labels in three splits.

``load_dataset`` takes a name or a path: ``cluttered-digits`` (default) and ``digits`` are embedded (``digits``),
an ``.npz`` file or a folder of images is one's own (``files``). ``fashion-mnist`` is found where Debian's package puts
it, and any folder of MNIST's kind by its path (``idx``); CIFAR-10 and CIFAR-100 are the archives of their python
version, or the folders in them (``cifar``). ``:N`` after any of them trains on N of its training images.
"""

from __future__ import annotations

from pathlib import Path

from illuminas.tools.datasets.dataset import Dataset, Split
from illuminas.tools.errors import unknown_name
from illuminas.tools.paths import absolute_path

__all__ = ["DEFAULT_DATASET", "EMBEDDED", "NAMED", "Dataset", "Split", "absolute_dataset", "load_dataset"]

DEFAULT_DATASET = "cluttered-digits"
EMBEDDED = (DEFAULT_DATASET, "digits")
"""Names that need no files."""
NAMED = (*EMBEDDED, "fashion-mnist")
"""Names that need no path."""


def absolute_dataset(name: str) -> str:
    """The name of a data set; a path that exists as it reads from any working folder.

    Raises:
        IlluminasError: it is empty.
    """
    whole, _, count = name.rpartition(":")
    place = whole if count.isdecimal() else name
    if not name:
        raise unknown_name("data set", name, NAMED)
    return absolute_path(name) if place not in NAMED and Path(place).expanduser().exists() else name


def load_dataset(name_or_path: str | Path, *, seed: int = 0) -> Dataset:
    """The data set of that name, file or folder; equal for equal seeds.

    Args:
        name_or_path: one of :data:`NAMED`, or a path (see :mod:`illuminas.tools.datasets.files`, ``idx``, ``cifar``);
            with ``:N`` at its end N training images, drawn by the seed, and all of the other splits.
        seed: of the splits, and of what is drawn to make ``cluttered-digits``.

    Raises:
        IlluminasError: no such name or path, or what is there can't be trained on; the message says why.
        MissingExtraError: an image folder needs pillow.
    """
    from illuminas.tools.datasets import cifar, digits, files, idx

    text = str(name_or_path)
    whole, _, count = text.rpartition(":")
    if whole and count.isdecimal():
        return load_dataset(whole, seed=seed).limited(int(count))
    if text == "cluttered-digits":
        return digits.cluttered_digits(seed)
    if text == "digits":
        return digits.digits(seed)
    if text == "fashion-mnist":
        return idx.fashion_mnist(seed)
    path = Path(name_or_path).expanduser()
    if cifar.is_cifar(path):
        return cifar.cifar(path, seed)
    if idx.is_idx_folder(path):
        return idx.idx_folder(path, seed)
    if path.is_dir():
        return files.image_folder(path, seed)
    if path.suffix == ".npz" or path.exists():
        return files.npz_file(path, seed)
    raise unknown_name("data set (nor is it a file or folder)", text, NAMED)
