"""Which image files there are, of which class and split: in a folder, or in a zip of one.

A class is the first folder below the root, or below a split's folder; what lies deeper belongs to it. Hidden files and
folders are left out, and what systems leave behind.
"""

from __future__ import annotations

import os
import zipfile
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from illuminas.tools.datasets.decoding import image_suffixes
from illuminas.tools.errors import IlluminasError

SPLITS = {
    **dict.fromkeys(("train", "training"), "train"),
    **dict.fromkeys(("val", "valid", "validation", "dev"), "val"),
    **dict.fromkeys(("test", "testing"), "test"),
}
"""Folder name, in lower case -> split."""
_LEFT_BEHIND = {"__macosx", "thumbs.db", "desktop.ini"}
_UNREADABLE = {".heic", ".heif", ".jxl", ".svg", ".dng", ".cr2", ".cr3", ".nef", ".arw", ".raw", ".psb", ".eps", ".pdf"}
"""Suffixes of images that Pillow does not read by itself."""


class Entry(NamedTuple):
    """One image file.

    Attributes:
        name: path below the root, with ``/``.
        label: name of its class.
        split: ``train``, ``val`` or ``test``; None where splits are drawn.
    """

    name: str
    label: str
    split: str | None


@dataclass(frozen=True, kw_only=True)
class Listing:
    """The image files of a source.

    Attributes:
        path: the folder, or the zip.
        root: where entries' names begin: a folder, or a path in the zip.
        entries: the images, by name.
        unreadable: files that are images by their suffix, which Pillow does not read.
        other: suffix -> files that are no images.
        empty: classes without an image.
    """

    path: Path
    root: str
    entries: Sequence[Entry]
    unreadable: Sequence[Entry] = ()
    other: Mapping[str, int] = field(default_factory=dict)
    empty: Sequence[str] = ()

    @cached_property
    def _archive(self) -> zipfile.ZipFile | None:
        return zipfile.ZipFile(self.path) if self.path.is_file() and zipfile.is_zipfile(self.path) else None

    def read(self, entry: Entry) -> bytes:
        """The bytes of an image file.

        Raises:
            OSError, zipfile.BadZipFile, RuntimeError: they can't be read.
        """
        if self._archive is not None:
            return self._archive.read(f"{self.root}{entry.name}")
        return (Path(self.root) / entry.name).read_bytes()

    def stamp(self, entry: Entry) -> tuple[int, int]:
        """Bytes of a file and when it was changed last, nanoseconds; those of the zip for what is in one."""
        status = (self.path if self._archive is not None else Path(self.root) / entry.name).stat()
        return status.st_size, status.st_mtime_ns


def listed_folder(path: Path) -> Listing:
    """The images of a folder.

    Raises:
        IlluminasError: there are none in folders of classes.
    """
    files = []
    for folder, folders, names in os.walk(path, followlinks=True):
        folders[:] = sorted(name for name in folders if not _hidden(name))
        below = Path(folder).relative_to(path).parts
        files += [PurePosixPath(*below, name) for name in sorted(names) if not _hidden(name)]
    return _sorted_out(path, f"{path}", files)


def listed_zip(path: Path) -> Listing:
    """The images of a zip of such a folder; nothing is unpacked to a disk.

    Raises:
        IlluminasError: it can't be read, or holds no images in folders of classes.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            names = [PurePosixPath(each.filename) for each in archive.infolist() if not each.is_dir()]
    except (zipfile.BadZipFile, OSError) as error:
        raise IlluminasError(f"{path} can't be read as a zip: {error}. Fetch or make it again.") from error
    return _sorted_out(path, "", sorted(name for name in names if not any(map(_hidden, name.parts))))


def _hidden(name: str) -> bool:
    return name.startswith(".") or name.lower() in _LEFT_BEHIND


def _sorted_out(path: Path, root: str, files: Sequence[PurePosixPath]) -> Listing:
    """Classes and splits by folders."""
    wrapper = _wrapper(files)
    if wrapper.parts:
        files = [name.relative_to(wrapper) for name in files if name.is_relative_to(wrapper)]
        root = str(Path(root) / wrapper) if root else f"{wrapper}/"
    images = [name for name in files if name.suffix.lower() in image_suffixes()]
    below = {name.parts[0] for name in images if len(name.parts) > 1}
    splits = {name: SPLITS[name.lower()] for name in below if name.lower() in SPLITS}
    in_splits = "train" in splits.values() and len(splits) == len(below)
    depth = 1 if in_splits else 0

    def entry(name: PurePosixPath) -> Entry:
        return Entry(str(name), name.parts[depth], splits[name.parts[0]] if in_splits else None)

    def in_a_class(names: Iterable[PurePosixPath]) -> list[Entry]:
        return sorted(
            entry(name) for name in names if len(name.parts) > depth + 1 and (not in_splits or name.parts[0] in splits)
        )

    entries = in_a_class(images)
    if not entries:
        raise IlluminasError(_nothing(path, files, images))
    unreadable = in_a_class(name for name in files if name.suffix.lower() in _UNREADABLE - image_suffixes())
    others = [name for name in files if name.suffix.lower() not in image_suffixes() | _UNREADABLE]
    labels = {each.label for each in (*entries, *unreadable)}
    return Listing(
        path=path,
        root=root,
        entries=entries,
        unreadable=unreadable,
        other=dict(Counter(name.suffix.lower() or "no suffix" for name in others)),
        empty=sorted({each.label for each in in_a_class(others)} - labels),
    )


def _wrapper(files: Sequence[PurePosixPath]) -> PurePosixPath:
    """The folder that alone holds everything, and folders in it: what an archive is often wrapped in."""
    found = PurePosixPath()
    while True:
        inner = [name.relative_to(found) for name in files if name.is_relative_to(found)]
        folders = {name.parts[0] for name in inner if len(name.parts) > 1}
        images = [name for name in inner if name.suffix.lower() in image_suffixes()]
        if len(folders) != 1 or any(len(name.parts) < 3 for name in images) or not images:
            return found
        found /= folders.pop()


def _nothing(path: Path, files: Sequence[PurePosixPath], images: Sequence[PurePosixPath]) -> str:
    """Why there is nothing to learn from."""
    example = f"expected a folder a class, such as {path.name}/cat/1.png"
    if images:
        return f"{path}: its {len(images)} images lie in no folder of a class, {example}. Sort them into such folders."
    if not files:
        return f"no images in {path}, which is empty: {example}."
    kinds = Counter(name.suffix.lower() or "no suffix" for name in files).most_common(3)
    shown = ", ".join(f"{count} {suffix}" for suffix, count in kinds)
    return f"no images in {path} (it holds {shown}): {example}."
