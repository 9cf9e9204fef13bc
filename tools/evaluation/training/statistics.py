"""Batch norm's statistics, taken anew: what a few steps of training leave in running averages is stale."""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor, nn


@torch.no_grad()
def reset_statistics(network: nn.Module, batches: Iterable[Tensor]) -> None:
    """Give every batch norm the mean and variance over these batches, each counting the same, under today's weights.

    The network is left in the mode that it was in; one without batch norm sees no batch.

    Args:
        network: on the device of the batches.
        batches: normalised training images, not augmented, ``(n, c, h, w)`` each.
    """
    norms = [module for module in network.modules() if isinstance(module, nn.modules.batchnorm._BatchNorm)]
    if not norms:
        return
    was_training, momenta = network.training, [norm.momentum for norm in norms]
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None  # a plain average over batches
    network.train()
    try:
        for batch in batches:
            network(batch)
    finally:
        network.train(was_training)
        for norm, momentum in zip(norms, momenta, strict=True):
            norm.momentum = momentum
