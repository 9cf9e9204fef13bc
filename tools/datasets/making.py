"""How image files become stored images: decoded side by side, looked at for twins, divided, written split by split."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, BinaryIO, NamedTuple

import numpy as np
from numpy.typing import NDArray

from illuminas.tools.datasets import twins
from illuminas.tools.datasets.dataset import MIN_SIDE, Labels
from illuminas.tools.datasets.decoding import Decoded, Unreadable, decoded, reason
from illuminas.tools.datasets.found import Found, Skipped
from illuminas.tools.datasets.headers import Seen, in_threads
from illuminas.tools.datasets.listing import Entry, Listing
from illuminas.tools.datasets.pixels import Pixels, kind_of, moments
from illuminas.tools.datasets.splits import HELD_OUT, count_of, stratified
from illuminas.tools.datasets.stored import Writer, images_folder
from illuminas.tools.errors import IlluminasError

NATIVE_SIDE = 160
"""Largest side that images are kept at, pixels."""
MOST_SKIPPED = 0.05
"""Share of a class's files that may be unreadable; one always may."""
_LISTED = 5
_TOGETHER = 128
_SPLITS = ("train", "val", "test")


class _Decodings(NamedTuple):
    """What decoding came to.

    Attributes:
        entries: those whose images were read, in order.
        marks: of their images, to find twins by.
        coloured: whether any of them shows a colour.
        remarks: what was done -> images.
    """

    entries: Sequence[Entry]
    marks: twins.Marks
    coloured: bool
    remarks: Counter[str]


class Making:
    """Makes the stored images of a listing, once."""

    def __init__(self, listing: Listing, seen: Mapping[str, Seen], name: str, seed: int) -> None:
        self._listing = listing
        self._seen = seen
        self._name = name
        self._seed = seed
        self._skipped = [
            Skipped(file=entry.name, reason=f"Pillow reads no {entry.name.rpartition('.')[2].lower()} files")
            for entry in listing.unreadable
        ]
        self._skipped += [
            Skipped(file=each.name, reason=problem) for each in listing.entries if (problem := seen[each.name].problem)
        ]

    def write(self, writer: Writer) -> Mapping[str, Any]:
        """Decode, draw splits, write the images split by split; returns what :func:`dataset_of` reads."""
        self._check_skipped()
        whole = [entry for entry in self._listing.entries if not self._seen[entry.name].problem]
        headers = [self._seen[entry.name] for entry in whole]
        side, channels = native_side(headers), 1 if all(each.grey for each in headers) else 3
        with tempfile.TemporaryFile(dir=images_folder()) as unsorted:
            decodings = self._decode(whole, side, channels, unsorted)
            self._check_skipped()
            labels, y = self._classes(decodings.entries)
            groups = twins.groups(decodings.marks)
            parts = self._parts(decodings.entries, y, groups, labels)
            kept_channels = channels if decodings.coloured else 1
            images = Unsorted(unsorted, (channels, side, side), kept_channels)
            mean, std = moments(writer.passed(images.taken(parts[0])))
            for rows in parts[1:]:
                for part in images.taken(rows):
                    writer.write(part)
        order = np.concatenate(parts)
        found = self._found(decodings, parts, y, labels, groups, kind_of((kept_channels, side)))
        return {
            "labels": labels,
            "y": y[order].tolist(),
            "sizes": [len(part) for part in parts],
            "mean": mean,
            "std": std,
            "found": found.model_dump(mode="json"),
        }

    def _check_skipped(self) -> None:
        """Refuse a class that lost too many files.

        Raises:
            IlluminasError: a class did.
        """
        total = Counter(entry.label for entry in (*self._listing.entries, *self._listing.unreadable))
        label_of = {entry.name: entry.label for entry in (*self._listing.entries, *self._listing.unreadable)}
        lost = Counter(label_of[each.file] for each in self._skipped)
        for label, count in lost.items():
            if count > max(1, MOST_SKIPPED * total[label]):
                few = [each for each in self._skipped if label_of[each.file] == label][:_LISTED]
                shown = "; ".join(f"{each.file}: {each.reason}" for each in few)
                more = f" and {count - len(few)} more" if count > len(few) else ""
                raise IlluminasError(
                    f"{self._name}: {count} of {count_of(total[label])} of the class {label} can't be read, expected "
                    f"at most {MOST_SKIPPED:.0%}: {shown}{more}. Repair or remove them."
                )

    def _decode(self, entries: Sequence[Entry], side: int, channels: int, unsorted: BinaryIO) -> _Decodings:
        """Decode all into a file, one image after the other."""
        read: list[Entry] = []
        remarks: Counter[str] = Counter()
        collected = twins.Collected()
        coloured = False

        def work(entry: Entry) -> tuple[Decoded, twins.Mark] | Unreadable:
            try:
                image = decoded(self._listing.read(entry), side, channels)
            except Unreadable as error:
                return error
            except Exception as error:  # a file that was changed or removed meanwhile, in whatever way
                return Unreadable(reason(error))
            return image, twins.mark(image.pixels)

        for entry, result in zip(entries, in_threads(work, entries, "decoding"), strict=True):
            if isinstance(result, Unreadable):
                self._skipped.append(Skipped(file=entry.name, reason=str(result)))
                continue
            (pixels, done), seen = result
            unsorted.write(pixels.data)
            read.append(entry)
            remarks.update(done)
            collected.add(seen)
            coloured = coloured or bool(channels == 3 and not (pixels[:1] == pixels[1:]).all())
        return _Decodings(read, collected.marks(), coloured, remarks)

    def _classes(self, entries: Sequence[Entry]) -> tuple[list[str], Labels]:
        """Names of the classes, and the label of each image.

        Raises:
            IlluminasError: there is a single class, or one that no training image shows.
        """
        learned = {entry.label for entry in entries if entry.split in (None, "train")}
        strange = sorted({entry.label for entry in entries} - learned)
        if strange:
            raise IlluminasError(
                f"{self._name}: no training image is of the class {strange[0]}, which other splits show. Expected the "
                f"same folders in each: {', '.join(sorted(learned)[:_LISTED])}."
            )
        if len(learned) < 2:
            lost = f"; no image in {', '.join(self._listing.empty)}" if self._listing.empty else ""
            raise IlluminasError(
                f"{self._name}: expected at least two classes, got {len(learned)} "
                f"({', '.join(learned) or 'none'}{lost}). Put the images of each class in a folder of its own."
            )
        labels = sorted(learned, key=_natural)
        number = {label: index for index, label in enumerate(labels)}
        return labels, np.array([number[entry.label] for entry in entries], dtype=np.int64)

    def _parts(
        self, entries: Sequence[Entry], y: Labels, groups: NDArray[np.int64], labels: Sequence[str]
    ) -> list[NDArray[np.intp]]:
        """Images of each split; those that the files do not make are drawn from the training images."""
        rng = np.random.default_rng(self._seed)
        made = {
            split: rng.permutation(np.flatnonzero([entry.split == split for entry in entries])) for split in _SPLITS[1:]
        }
        rest = np.flatnonzero([entry.split in (None, "train") for entry in entries])
        missing = [split for split in _SPLITS[1:] if not len(made[split])]
        train, *drawn = stratified(
            y[rest],
            (HELD_OUT,) * len(missing),
            rng,
            source=self._name,
            labels=labels,
            groups=groups[rest],
        )
        made |= {split: rest[part] for split, part in zip(missing, drawn, strict=True)}
        return [rest[train], *(made[split] for split in _SPLITS[1:])]

    def _found(
        self,
        decodings: _Decodings,
        parts: Sequence[NDArray[np.intp]],
        y: Labels,
        labels: Sequence[str],
        groups: NDArray[np.int64],
        stored: str,
    ) -> Found:
        sizes = [(row.width, row.height) for entry in decodings.entries for row in [self._seen[entry.name]]]
        ordered = sorted(sizes, key=lambda size: (size[0] * size[1], size))
        counts = np.bincount(y, minlength=len(labels))
        split_of = np.empty(len(y), dtype=np.int64)
        for number, part in enumerate(parts):
            split_of[part] = number
        return Found(
            counts={label: int(counts[index]) for index, label in enumerate(labels)},
            splits={split: len(part) for split, part in zip(_SPLITS, parts, strict=True)},
            stored=stored,
            smallest=ordered[0],
            largest=ordered[-1],
            converted=dict(sorted(decodings.remarks.items())),
            skipped=tuple(self._skipped),
            empty=tuple(self._listing.empty),
            twins=twins.told([entry.name for entry in decodings.entries], split_of, y, groups),
        )


def native_side(headers: Sequence[Seen]) -> int:
    """Side at which the images are kept."""
    sizes = {(each.width, each.height) for each in headers}
    if len(sizes) == 1:
        ((width, height),) = sizes
        if width == height and MIN_SIDE <= width <= NATIVE_SIDE:
            return width
    middle = float(np.median([max(each.width, each.height) for each in headers])) if headers else 0.0
    return min(NATIVE_SIDE, max(2 * MIN_SIDE, 8 * round(middle / 8)))


def _natural(label: str) -> tuple[bool, int, str]:
    """Numbers by their value, before all else by its letters."""
    number = label.isascii() and label.isdecimal()
    return not number, int(label) if number else 0, label


class Unsorted(NamedTuple):
    """Images in a file in the order in which they were read.

    Attributes:
        file: all of them, one after the other.
        shape: of one: channels, side, side.
        channels: how many of its channels are wanted; the first.
    """

    file: BinaryIO
    shape: tuple[int, int, int]
    channels: int

    def taken(self, rows: NDArray[np.intp]) -> Iterator[Pixels]:
        """Those images in that order, some at a time."""
        size = int(np.prod(self.shape))
        for start in range(0, len(rows), _TOGETHER):
            found = np.empty((len(rows[start : start + _TOGETHER]), *self.shape), dtype=np.uint8)
            for image, row in zip(found, rows[start : start + _TOGETHER].tolist(), strict=True):
                self.file.seek(row * size)
                self.file.readinto(image.reshape(-1).data)  # type: ignore[attr-defined]  # of every file that is read
            yield found[:, : self.channels]
