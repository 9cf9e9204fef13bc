"""Multiply-accumulates of a network that no space counts, by running it."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode


@torch.no_grad()
def counted_macs(network: nn.Module, images: Tensor) -> int:
    """Multiply-accumulates of one forward pass.

    Args:
        network: in the mode in which it is to be counted.
        images: ``(n, c, h, w)``; one for the cost of an image.
    """
    with FlopCounterMode(display=False) as counter:
        network(images)
    return int(counter.get_total_flops() // 2)  # the counter takes a multiplication and an addition for two
