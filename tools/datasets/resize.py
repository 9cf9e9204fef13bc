"""Images stretched to squares: Pillow's bilinear filter, which averages where an image becomes smaller."""

from __future__ import annotations

import numpy as np
from PIL import Image

from illuminas.tools.datasets.pixels import Pixels


def resized(x: Pixels, side: int) -> Pixels:
    """Images ``(n, channels, side, side)`` at another side, in their own type."""
    found = np.empty((len(x), x.shape[1], side, side), dtype=x.dtype)
    for image, target in zip(x, found, strict=True):
        if image.dtype == np.uint8 and len(image) == 3:
            picture = Image.fromarray(np.ascontiguousarray(image.transpose(1, 2, 0)))
            target[:] = np.asarray(stretched(picture, side)).transpose(2, 0, 1)
            continue
        for plane, to in zip(image, target, strict=True):
            to[:] = np.asarray(stretched(Image.fromarray(np.ascontiguousarray(plane)), side))
    return found


def stretched(picture: Image.Image, side: int) -> Image.Image:
    """A picture as a square of that side."""
    if picture.size == (side, side):
        return picture
    return picture.resize((side, side), Image.Resampling.BILINEAR)
