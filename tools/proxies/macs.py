"""Multiply-accumulates: how much the network computes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from illuminas.tools.proxies.base import Proxy

if TYPE_CHECKING:
    from torch import Tensor, nn


class Macs(Proxy):
    """Multiply-accumulates of one forward pass on one image, counted as the network runs."""

    name = "macs"
    paper = "baseline in Abdelfattah et al., Zero-Cost Proxies for Lightweight NAS, ICLR 2021, arXiv 2101.08134"
    needs_data = False

    def score(self, network: nn.Module, images: Tensor, labels: Tensor) -> float:
        import torch

        from illuminas.tools.proxies.operations import MacCounter

        network.eval()
        with torch.no_grad(), MacCounter() as counter:
            network(images[:1])
        return float(counter.macs)
