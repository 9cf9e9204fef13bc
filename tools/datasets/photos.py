"""Image files as a data set: decoded once, stretched to squares of one side, kept as one memory-mapped file.

The side is that of the images where all are squares of one side of at most 160 pixels; else the median of the longer
sides, rounded to a multiple of 8, and at most 160. They are grey where all are.
"""

from __future__ import annotations

import hashlib
import json
from itertools import pairwise

import numpy as np

from illuminas.tools.datasets.changes import changes_for
from illuminas.tools.datasets.dataset import Dataset, Split
from illuminas.tools.datasets.found import Found
from illuminas.tools.datasets.headers import seen_files
from illuminas.tools.datasets.listing import Listing
from illuminas.tools.datasets.making import Making
from illuminas.tools.datasets.stored import Stored, stored

POLICY = 1
"""Raised when the same files would become other pixels or splits."""


def photos(listing: Listing, name: str, seed: int) -> Dataset:
    """The data set of image files.

    Args:
        listing: the files.
        name: of the data set, and in errors.
        seed: of the splits that the files do not say.

    Raises:
        IlluminasError: too many files of a class can't be read, there is a single class, or too few images of one.
    """
    seen = seen_files(listing)
    rows = [(*entry, seen[entry.name].digest) for entry in listing.entries]
    others = [list(listing.unreadable), list(listing.empty)]
    content = json.dumps([POLICY, seed, rows, others]).encode(errors="surrogateescape")
    key = hashlib.blake2b(content, digest_size=16).hexdigest()
    return dataset_of(stored(key, lambda writer: Making(listing, seen, name, seed).write(writer)), name, key)


def dataset_of(kept: Stored, name: str, key: str) -> Dataset:
    """The data set of an entry that :func:`photos` made."""
    details = kept.details
    y = np.array(details["y"], dtype=np.int64)
    bounds = np.cumsum([0, *details["sizes"]])
    train, val, test = (Split(kept.x[start:stop], y[start:stop]) for start, stop in pairwise(bounds))
    labels = tuple(details["labels"])
    return Dataset(
        name=name,
        labels=labels,
        train=train,
        val=val,
        test=test,
        mean=tuple(details["mean"]),
        std=tuple(details["std"]),
        changes=changes_for(labels),
        found=Found.model_validate(details["found"]),
        key=key,
    )
