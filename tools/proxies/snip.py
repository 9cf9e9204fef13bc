"""SNIP: how much the loss depends on each connection."""

from __future__ import annotations

from typing import TYPE_CHECKING

from illuminas.tools.proxies.base import Proxy, weight_gradients

if TYPE_CHECKING:
    from torch import Tensor, nn


class Snip(Proxy):
    """Sum of ``|w dL/dw|`` over all weights ``w``: the loss's sensitivity to removing connections."""

    name = "snip"
    paper = (
        "Lee et al., SNIP: Single-shot Network Pruning Based on Connection Sensitivity, ICLR 2019, "
        "arXiv 1810.02340; as a proxy: Abdelfattah et al., ICLR 2021, arXiv 2101.08134"
    )
    needs_data = True

    def score(self, network: nn.Module, images: Tensor, labels: Tensor) -> float:
        pairs = weight_gradients(network, images, labels)
        return sum(float((pair.weight * pair.gradient).abs().sum()) for pair in pairs)
