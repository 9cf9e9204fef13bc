"""Random changes of training images, a batch at a time; what they may do is the data set's to say."""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional as F

from illuminas.tools.datasets.changes import Changes

FURTHEST_TURN = 15.0
"""Degrees that images are turned by at most, at strength 1."""
FURTHEST_SHEAR = 0.2
"""Furthest that an image's rows are moved against each other at strength 1, as a share of their distance."""
LARGEST_PATCH = 0.25
"""Largest share of an image's area that is blotted out, at strength 1."""


def augmented(images: Tensor, changes: Changes, strength: float = 0.0) -> Tensor:
    """Images changed at random, each by itself; nothing is drawn where nothing may change.

    Beyond what a data set's changes say, ``strength`` adds what RandAugment (Cubuk et al. 2020, arXiv 1909.13719) found
    to help long trainings: turns, shears, colours further off, and patches blotted out (Zhong et al. 2020, arXiv
    1708.04896). Mirroring stays the data set's to allow.

    Chance comes from torch's generator of the CPU, so that a seed gives the same images on every device. What a change
    uncovers is 0, the mean of normalised images.

    Args:
        images: ``(n, c, h, w)``, normalised.
        changes: what leaves their class as it is.
        strength: 0 adds nothing, 1 the most.
    """
    warps = changes.crop < 1 or strength > 0
    images = _warped(images, changes, strength) if warps else _moved(images, changes)
    if changes.colour or strength:
        images = _coloured(images, changes.colour + 0.3 * strength)
    return _blotted(images, strength) if strength else images


def _moved(images: Tensor, changes: Changes) -> Tensor:
    """Mirrored with even chances, and moved by whole pixels, which is exact and quick."""
    count, _, height, width = images.shape
    if changes.flip:
        mirrored = _sent(torch.rand(count) < 0.5, images.device)
        images = torch.where(mirrored[:, None, None, None], images.flip(3), images)
    if shift := round(changes.shift * width):
        down, right = (torch.randint(2 * shift + 1, (count, 1)) for _ in range(2))
        rows, columns = (
            _sent(start + torch.arange(side), images.device) for start, side in ((down, height), (right, width))
        )
        each = torch.arange(count, device=images.device)[:, None, None]
        padded = F.pad(images, (shift,) * 4)
        # indices on both sides of the channels put these last, as the network takes them
        images = padded[each, :, rows[:, :, None], columns[:, None, :]].permute(0, 3, 1, 2)
    return images


def _warped(images: Tensor, changes: Changes, strength: float) -> Tensor:
    """Cropped, moved, mirrored, turned and sheared in one go, so that pixels are mixed once."""
    count = len(images)
    # shares of the side: a crop of any area between the smallest and all, within the image but for the move
    side = torch.sqrt(changes.crop + (1 - changes.crop) * torch.rand(count))
    offset = (1 - side)[:, None] * (2 * torch.rand(count, 2) - 1) + 2 * changes.shift * (2 * torch.rand(count, 2) - 1)
    mirrored = torch.where(torch.rand(count) < 0.5, -1.0, 1.0) if changes.flip else torch.ones(count)
    angle = strength * math.radians(FURTHEST_TURN) * (2 * torch.rand(count) - 1)
    shear = strength * FURTHEST_SHEAR * (2 * torch.rand(count) - 1)
    cos, sin = torch.cos(angle), torch.sin(angle)
    matrix = torch.empty(count, 2, 3)
    matrix[:, 0, 0], matrix[:, 0, 1] = side * mirrored * cos, side * (shear * cos - sin)
    matrix[:, 1, 0], matrix[:, 1, 1] = side * mirrored * sin, side * (shear * sin + cos)
    matrix[:, :, 2] = offset
    grid = F.affine_grid(_sent(matrix, images.device), list(images.shape), align_corners=False)
    found = F.grid_sample(images, grid.to(images.dtype), align_corners=False, padding_mode="zeros")
    return found.contiguous(memory_format=torch.channels_last)


def _coloured(images: Tensor, furthest: float) -> Tensor:
    """Brightness moved by up to ``furthest`` deviations, contrast and saturation scaled by up to that share."""
    count, channels = images.shape[:2]
    drawn = _sent(furthest * (2 * torch.rand(3, count, 1, 1, 1) - 1), images.device)
    found = images * (1 + drawn[0]) + drawn[1]
    if channels == 3:
        grey = found.mean(1, keepdim=True)
        found = grey + (found - grey) * (1 + drawn[2])
    return found


def _blotted(images: Tensor, strength: float) -> Tensor:
    """A rectangle of every second image set to the mean."""
    count, _, height, width = images.shape
    area = strength * LARGEST_PATCH * torch.rand(count)
    ratio = torch.exp(2 * torch.rand(count) - 1)
    hit = torch.rand(count) < 0.5
    inside = None
    for side, share in ((height, torch.sqrt(area * ratio)), (width, torch.sqrt(area / ratio))):
        begin = (torch.rand(count) * (1 - share.clamp(max=1)) * side)[:, None]
        place = torch.arange(side)[None, :]
        along = (place >= begin) & (place < begin + (share * side)[:, None])
        inside = along if inside is None else inside[:, :, None] & along[:, None, :]
    assert inside is not None
    blotted = _sent(inside & hit[:, None, None], images.device)
    return images.masked_fill(blotted[:, None], 0.0)


def _sent(drawn: Tensor, device: torch.device) -> Tensor:
    """What was drawn, on a device. A GPU is not waited for, which is busy with the steps before."""
    return drawn.pin_memory().to(device, non_blocking=True) if device.type == "cuda" else drawn.to(device)
