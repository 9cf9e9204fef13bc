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
    """

    counts: Mapping[str, int] = Field(default_factory=dict)
    splits: Mapping[str, int] = Field(default_factory=dict)
    stored: str = ""
    smallest: tuple[int, int] | None = None
    largest: tuple[int, int] | None = None
    converted: Mapping[str, int] = Field(default_factory=dict)
    skipped: tuple[Skipped, ...] = ()

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
        converted = [f"{count:,} {what}" for what, count in self.converted.items()]
        return converted + ([f"{len(self.skipped):,} skipped"] if self.skipped else [])


NOTHING = Found()
"""What is found where nobody looked."""
