"""Changes of training images that keep their class."""

from __future__ import annotations

from pydantic import Field

from illuminas.tools.frozen import Frozen


class Changes(Frozen):
    """How training images may be changed without becoming images of another class; off where nobody knows.

    Attributes:
        shift: furthest move along each axis, as a share of the side.
        flip: whether an image may be mirrored, left to right.
        crop: smallest share of an image's area that a random crop keeps; 1 crops nothing.
        colour: furthest change of brightness, contrast and saturation, as a share of each; 0 changes none.
    """

    shift: float = Field(default=0.0, ge=0, lt=0.5)
    flip: bool = False
    crop: float = Field(default=1.0, gt=0, le=1)
    colour: float = Field(default=0.0, ge=0, lt=1)


NO_CHANGES = Changes()
OBJECTS = Changes(shift=0.125, flip=True)
"""For small pictures of things that look alike from both sides: CIFAR."""
CLOTHES = Changes(shift=0.0714, flip=True)
"""For Fashion-MNIST: two of its 28 pixels."""
PHOTOS = Changes(shift=0.125, flip=True, crop=0.5, colour=0.2)
"""For photos of one's own."""
CHARACTERS = Changes(shift=0.0625, crop=0.8, colour=0.2)
"""For images of letters and digits, which a mirror makes others of."""


def changes_for(labels: tuple[str, ...]) -> Changes:
    """The changes for images in a folder: no mirror where every class is named by one letter or a number."""
    characters = all(len(label) == 1 or label.isdecimal() for label in labels)
    return CHARACTERS if characters else PHOTOS
