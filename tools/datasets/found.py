"""What loading a data set saw, for people and for reports."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pydantic import Field

from illuminas.tools.frozen import Frozen

LISTED_CLASSES = 8
"""Classes that a line lists; the largest ones."""


class Skipped(Frozen):
    """A file that is not in the data set, and why."""

    file: str
    reason: str


class Twin(Frozen):
    """Two files whose images are equal, or nearly so."""

    file: str
    other: str


class Twins(Frozen):
    """Images that are in a data set twice.

    Attributes:
        images: those that have a twin.
        groups: sets of images that are twins of each other.
        in_train: split -> its images that have a twin in the training images; of splits that were drawn only where a
            class has too few distinct images.
        pairs: the first of these, with their twins.
        of_other_classes: first pairs of twins that are of two classes.
    """

    images: int = 0
    groups: int = 0
    in_train: Mapping[str, int] = Field(default_factory=dict)
    pairs: tuple[Twin, ...] = ()
    of_other_classes: tuple[Twin, ...] = ()

    @property
    def remarks(self) -> Sequence[str]:
        """What people should know of them."""
        leaked = {split: count for split, count in self.in_train.items() if count}
        found = []
        if self.groups and not leaked:
            found.append(f"{self.images:,} images with a twin, kept in one split")
        if leaked:
            shown = " and ".join(f"{count:,} of {split}" for split, count in leaked.items())
            example = f" ({self.pairs[0].file} = {self.pairs[0].other})" if self.pairs else ""
            found.append(f"warning: images that are in train too, {shown}{example}")
        if self.of_other_classes:
            first = self.of_other_classes[0]
            found.append(f"warning: twins of two classes ({first.file} = {first.other})")
        return found


NO_TWINS = Twins()


class Found(Frozen):
    """What is in a data set, and what was done to have it there.

    Attributes:
        counts: images of each class in all splits.
        splits: images of each split.
        stored: side and kind of the images as they are kept, such as ``160x160 grey``.
        smallest, largest: widths and heights of the source's images with the least and the most pixels; None where
            the source holds arrays of one size.
        converted: what was converted -> how many images.
        skipped: files that could not be read.
        empty: classes without an image.
        twins: images that are there twice.
    """

    counts: Mapping[str, int] = Field(default_factory=dict)
    splits: Mapping[str, int] = Field(default_factory=dict)
    stored: str = ""
    smallest: tuple[int, int] | None = None
    largest: tuple[int, int] | None = None
    converted: Mapping[str, int] = Field(default_factory=dict)
    skipped: tuple[Skipped, ...] = ()
    empty: tuple[str, ...] = ()
    twins: Twins = NO_TWINS

    @property
    def images(self) -> int:
        """Images in all splits."""
        return sum(self.counts.values())

    @property
    def line(self) -> str:
        """All of it in one line."""
        return "; ".join((f"{self.images:,} images ({self._classes}), {self._pixels}", *self._remarks))

    @property
    def _classes(self) -> str:
        ordered = sorted(self.counts.items(), key=lambda each: -each[1])
        named = ", ".join(f"{count:,} {label}" for label, count in ordered[:LISTED_CLASSES])
        rest = len(ordered) - LISTED_CLASSES
        return f"{len(ordered)} classes: {named}{f' and {rest} more' if rest > 0 else ''}"

    @property
    def _pixels(self) -> str:
        if self.smallest is None or self.largest is None:
            return f"{self.stored}"
        sizes = [f"{width}x{height}" for width, height in dict.fromkeys((self.smallest, self.largest))]
        source = " to ".join(sizes)
        return self.stored if self.stored.startswith(f"{source} ") else f"{source} pixels -> {self.stored}"

    @property
    def _remarks(self) -> Sequence[str]:
        found = [f"{count:,} {what}" for what, count in self.converted.items()]
        if self.skipped:
            first = self.skipped[0]
            found.append(f"{len(self.skipped):,} skipped ({first.file}: {first.reason})")
        if self.empty:
            found.append(f"no image in {', '.join(self.empty)}")
        return [*found, *self.twins.remarks]


NOTHING = Found()
"""What is found where nobody looked."""
