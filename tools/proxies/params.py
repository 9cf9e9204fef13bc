"""Parameters: how large the network is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from illuminas.tools.proxies.base import Proxy

if TYPE_CHECKING:
    from torch import Tensor, nn


class Params(Proxy):
    """The number of trainable parameters, a baseline that proxies have to beat."""

    name = "params"
    paper = "baseline in Abdelfattah et al., Zero-Cost Proxies for Lightweight NAS, ICLR 2021, arXiv 2101.08134"
    needs_data = False

    def score(self, network: nn.Module, images: Tensor, labels: Tensor) -> float:
        return float(sum(parameter.numel() for parameter in network.parameters() if parameter.requires_grad))
