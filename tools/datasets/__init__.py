"""Data sets: images and labels in three splits.

``load_dataset`` takes a name or a path: ``cluttered-digits`` (default) and ``digits`` are embedded (``digits``),
an ``.npz`` file (``npz``), a folder of images, a zip of one (``listing``, ``photos``)
or a CSV of paths and labels (``paths_csv``) is one's own. ``fashion-mnist`` is found where Debian's package puts
it, and any folder of MNIST's kind by its path (``idx``); CIFAR-10 and CIFAR-100 are the archives of their python
version, or the folders in them (``cifar``). ``:N`` after any of them trains on N of its training images.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from illuminas.tools.datasets.changes import Changes
from illuminas.tools.datasets.dataset import Dataset, Split
from illuminas.tools.datasets.found import Found
from illuminas.tools.datasets.pixels import taken
from illuminas.tools.errors import unknown_name
from illuminas.tools.paths import absolute_path

__all__ = [
    "DEFAULT_DATASET",
    "EMBEDDED",
    "NAMED",
    "Changes",
    "Dataset",
    "DatasetName",
    "Found",
    "Split",
    "absolute_dataset",
    "load_dataset",
    "parsed_name",
    "taken",
]

DEFAULT_DATASET = "cluttered-digits"
EMBEDDED = (DEFAULT_DATASET, "digits")
"""Names that need no files."""
NAMED = (*EMBEDDED, "fashion-mnist")
"""Names that need no path."""


class DatasetName(NamedTuple):
    """The parts of a data set's name.

    Attributes:
        place: a name of :data:`NAMED`, or a path.
        side: of the images, pixels; None is their own.
        limit: training images to take; None takes all.
    """

    place: str
    side: int | None
    limit: int | None


def parsed_name(name: str) -> DatasetName:
    """The parts of ``PLACE[@SIDE][:COUNT]``; a path that exists as it is written is a place as a whole.

    Raises:
        IlluminasError: it is empty.
    """
    if not name:
        raise unknown_name("data set", name, NAMED)
    found = DatasetName(name, None, None)
    for mark in (":", "@"):
        whole, _, number = found.place.rpartition(mark)
        if whole and number.isascii() and number.isdecimal() and not Path(found.place).expanduser().exists():
            found = found._replace(place=whole, **{{":": "limit", "@": "side"}[mark]: int(number)})
    return found


def absolute_dataset(name: str) -> str:
    """The name of a data set; a path that exists as it reads from any working folder.

    Raises:
        IlluminasError: it is empty.
    """
    place = parsed_name(name).place
    return absolute_path(name) if place not in NAMED and Path(place).expanduser().exists() else name


def load_dataset(name_or_path: str | Path, *, seed: int = 0) -> Dataset:
    """The data set of that name, file or folder; equal for equal seeds.

    Args:
        name_or_path: one of :data:`NAMED`, or a path (see
            :mod:`illuminas.tools.datasets.listing`, ``paths_csv``, ``npz``, ``idx``, ``cifar``); with ``@SIDE`` at its
            end the images at that side, with ``:N`` N training images, drawn by the seed, and all of the other splits.
        seed: of the splits, and of what is drawn to make ``cluttered-digits``.

    Raises:
        IlluminasError: no such name or path, or what is there can't be trained on; the message says why.
    """
    name = parsed_name(str(name_or_path))
    found = _loaded(name.place, seed)
    if name.side is not None:
        found = replace(found.at(name.side), name=f"{name.place}@{name.side}")
    return found if name.limit is None else found.limited(name.limit)


def _loaded(place: str, seed: int) -> Dataset:
    from illuminas.tools.datasets import cifar, digits, idx, listing, npz, paths_csv, photos

    if place == "cluttered-digits":
        return digits.cluttered_digits(seed)
    if place == "digits":
        return digits.digits(seed)
    if place == "fashion-mnist":
        return idx.fashion_mnist(seed)
    path = Path(place).expanduser()
    if cifar.is_cifar(path):
        return cifar.cifar(path, seed)
    if idx.is_idx_folder(path):
        return idx.idx_folder(path, seed)
    if path.is_dir():
        return photos.photos(listing.listed_folder(path), place, seed)
    suffix = path.suffix.lower()
    if suffix == ".zip" and path.is_file():
        return photos.photos(listing.listed_zip(path), place, seed)
    if suffix in paths_csv.SUFFIXES and path.is_file():
        return photos.photos(paths_csv.listed_csv(path), place, seed)
    if suffix == ".npz" or path.exists():
        return npz.npz_file(path, seed)
    raise unknown_name("data set (nor is it a file or folder)", place, NAMED)
