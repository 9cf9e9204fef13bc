"""Random changes of training images that leave their class as it is."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F


def augmented(images: Tensor, *, shift: int, flip: bool) -> Tensor:
    """Images each moved by up to ``shift`` pixels along both axes, and mirrored with even chances.

    What a move uncovers is 0, the mean of normalised images. Chance comes from torch's generator of the CPU, so that
    a seed gives the same images on every device, and nothing is drawn where nothing is asked for.

    Args:
        images: ``(n, c, h, w)``.
        shift: furthest move, pixels; 0 moves none.
        flip: whether left and right may change places.
    """
    count, _, height, width = images.shape
    if flip:
        mirrored = _sent(torch.rand(count) < 0.5, images.device)
        images = torch.where(mirrored[:, None, None, None], images.flip(3), images)
    if shift:
        down, right = (torch.randint(2 * shift + 1, (count, 1)) for _ in range(2))
        rows, columns = (
            _sent(start + torch.arange(side), images.device) for start, side in ((down, height), (right, width))
        )
        each = torch.arange(count, device=images.device)[:, None, None]
        padded = F.pad(images, (shift,) * 4)
        # indices on both sides of the channels put these last, as the network takes them
        images = padded[each, :, rows[:, :, None], columns[:, None, :]].permute(0, 3, 1, 2)
    return images


def _sent(drawn: Tensor, device: torch.device) -> Tensor:
    """What was drawn, on a device. A GPU is not waited for, which is busy with the steps before."""
    return drawn.pin_memory().to(device, non_blocking=True) if device.type == "cuda" else drawn.to(device)
