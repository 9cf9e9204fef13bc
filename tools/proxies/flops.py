"""FLOPs: how much the network computes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from illuminas.tools.proxies.base import Proxy

if TYPE_CHECKING:
    from torch import Tensor

    from illuminas.tools.proxies.probe import Probe


class Flops(Proxy):
    """Operations of one forward pass on one image, by the space's formula.

    One multiply-accumulate counts once, as in NAS-Bench-201's published FLOPs; elsewhere in illuminas the same
    number is called ``macs``.
    """

    name = "flops"
    paper = "baseline in Abdelfattah et al., Zero-Cost Proxies for Lightweight NAS, ICLR 2021, arXiv 2101.08134"
    needs_data = False
    needs_network = False

    def scores(self, probe: Probe) -> Tensor:
        import torch

        return torch.tensor([each.macs for each in probe.complexities], dtype=torch.float64)
