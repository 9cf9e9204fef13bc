"""Parameters: how large the network is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from illuminas.tools.proxies.base import Proxy

if TYPE_CHECKING:
    from torch import Tensor

    from illuminas.tools.proxies.probe import Probe


class Params(Proxy):
    """The number of trainable parameters, a baseline that proxies have to beat; by the space's formula."""

    name = "params"
    paper = "baseline in Abdelfattah et al., Zero-Cost Proxies for Lightweight NAS, ICLR 2021, arXiv 2101.08134"
    needs_data = False
    needs_network = False

    def scores(self, probe: Probe) -> Tensor:
        import torch

        return torch.tensor([each.params for each in probe.complexities], dtype=torch.float64)
