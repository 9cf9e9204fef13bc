"""How images become splits: drawn by a seed, with the same share of every class in each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from illuminas.tools.datasets.changes import NO_CHANGES, Changes
from illuminas.tools.datasets.dataset import Dataset, Labels, Pixels, Split
from illuminas.tools.errors import IlluminasError

HELD_OUT = 0.2
"""Share of the images for validation, and for testing where there are no others."""


class Pictures(NamedTuple):
    """Images ``(n, channels, side, side)``, uint8 or float32, and labels ``(n,)``, integers or texts."""

    x: Pixels
    y: NDArray[np.int64] | NDArray[np.str_]


def stratified(
    y: Labels,
    fractions: tuple[float, ...],
    rng: np.random.Generator,
    *,
    source: str,
    labels: Sequence[str],
    groups: NDArray[np.int64] | None = None,
) -> list[NDArray[np.intp]]:
    """Shuffled indices of disjoint parts, each with the same share of every class.

    Args:
        y: labels ``(n,)``.
        fractions: share of each part but the first, which takes the rest.
        rng: the only source of chance.
        source: named in errors.
        labels: names of the classes.
        groups: equal numbers for images that belong in one part ``(n,)``; None: each stands for itself. A group of
            several classes is in the first part; a class of too few groups is drawn image by image.

    Raises:
        IlluminasError: a class has too few images to be in every part.
    """
    groups = np.arange(len(y)) if groups is None else groups
    mixed = _of_several_classes(y, groups)
    parts: list[list[NDArray[np.intp]]] = [[] for _ in range(len(fractions) + 1)]
    for label in np.unique(y):
        members = rng.permutation(np.flatnonzero(y == label))
        if len(members) <= len(fractions):
            raise IlluminasError(
                f"{source}: the class {labels[label]} has {count_of(len(members))}, expected at least "
                f"{len(fractions) + 1} so that every split has one. Add images or leave the class out."
            )
        sizes = [max(1, round(len(members) * fraction)) for fraction in fractions]
        units = groups
        free = members[~np.isin(groups[members], mixed)]
        if len(np.unique(groups[free])) <= len(fractions):
            free, units = members, np.arange(len(y))
        part_of = _dealt(free, units, sizes)
        for part, indices in enumerate(parts):
            indices.append(members[[part_of.get(int(units[index]), 0) == part for index in members]])
    return [rng.permutation(np.concatenate(part)) for part in parts]


def _of_several_classes(y: Labels, groups: NDArray[np.int64]) -> NDArray[np.int64]:
    """Groups that hold images of more than one class."""
    pairs = np.unique(np.stack([groups, y]), axis=1)[0]
    found, counts = np.unique(pairs, return_counts=True)
    return found[counts > 1]


def _dealt(members: NDArray[np.intp], groups: NDArray[np.int64], sizes: Sequence[int]) -> dict[int, int]:
    """Group -> part, from 1; those that are not in it are for the first part.

    Each part is filled by groups in the order of their first members, as far as they fit; one that none fits takes the
    smallest that is left.
    """
    count: dict[int, int] = {}
    for group in groups[members].tolist():
        count[group] = count.get(group, 0) + 1
    part_of: dict[int, int] = {}
    for part, size in enumerate(sizes, start=1):
        room = size
        for group in [each for each in count if each not in part_of and count[each] <= size]:
            if count[group] <= room:
                part_of[group] = part
                room -= count[group]
            if not room:
                break
        if room == size:
            left = [group for group in count if group not in part_of]
            part_of[min(left, key=count.__getitem__)] = part
    return part_of


def count_of(images: int) -> str:
    """A number of images in words."""
    return "one image" if images == 1 else f"{images:,} images"


def divided(
    name: str,
    seen: Pictures,
    test: Pictures | None,
    seed: int,
    *,
    labels: Sequence[str] | None = None,
    changes: Changes = NO_CHANGES,
) -> Dataset:
    """The data set with a fifth of what is seen for validation, each class in every split.

    Args:
        name: of the data set, and in errors.
        seen: images to train and validate on.
        test: images to test on; None takes another fifth of those seen.
        seed: of the splits.
        labels: names of the classes that the labels number; None names each by its label.
        changes: of training images.

    Raises:
        IlluminasError: a single class, too few images of one, or test images of another kind.
    """
    known, y = np.unique(seen.y, return_inverse=True)
    names = [str(each) if labels is None else labels[each] for each in known.tolist()]
    if len(known) < 2:
        raise IlluminasError(f"{name}: expected at least two classes, got {len(known)} ({names[0]}).")
    rng = np.random.default_rng(seed)

    def part(rows: NDArray[np.intp]) -> Split:
        return Split(seen.x[rows], y[rows].astype(np.int64))

    if test is None:
        train, val, rest = stratified(y, (HELD_OUT, HELD_OUT), rng, source=name, labels=names)
        return Dataset.of(name, names, part(train), part(val), part(rest), changes=changes)
    if test.x.shape[1:] != seen.x.shape[1:]:
        raise IlluminasError(
            f"{name}: images to train on are {seen.x.shape[1:]} (channels, side, side), those to test on "
            f"{test.x.shape[1:]}. Expected one size."
        )
    strange = np.setdiff1d(test.y, known)
    if len(strange):
        raise IlluminasError(f"{name}: test images have labels that training images have not: {strange[:5].tolist()}.")
    train, val = stratified(y, (HELD_OUT,), rng, source=name, labels=names)
    if test.x.dtype != seen.x.dtype:
        seen, test = (Pictures(each.x.astype(np.float32), each.y) for each in (seen, test))
    tested = Split(test.x, np.searchsorted(known, test.y).astype(np.int64))
    return Dataset.of(name, names, part(train), part(val), tested, changes=changes)
