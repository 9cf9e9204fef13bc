"""L2 norm: how large the weights are before any training."""

from __future__ import annotations

from typing import TYPE_CHECKING

from illuminas.tools.proxies.base import Proxy

if TYPE_CHECKING:
    from torch import Tensor

    from illuminas.tools.proxies.probe import Probe


class L2Norm(Proxy):
    """Sum of the layers' Euclidean norms of their initial weights, which grows with layers and their width."""

    name = "l2_norm"
    paper = "baseline in Abdelfattah et al., Zero-Cost Proxies for Lightweight NAS, ICLR 2021, arXiv 2101.08134"
    needs_data = False

    def scores(self, probe: Probe) -> Tensor:
        from illuminas.tools.proxies.observe import Seen

        return probe.total(Seen(weight.rows().norm(dim=1), weight.cells) for weight in probe.weights)
