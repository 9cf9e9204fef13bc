"""SNIP: how much the loss depends on each connection."""

from __future__ import annotations

from typing import TYPE_CHECKING

from illuminas.tools.proxies.base import Proxy

if TYPE_CHECKING:
    from torch import Tensor

    from illuminas.tools.proxies.probe import Probe


class Snip(Proxy):
    """Sum of ``|w dL/dw|`` over all weights ``w``: the loss's sensitivity to removing connections."""

    name = "snip"
    paper = (
        "Lee et al., SNIP: Single-shot Network Pruning Based on Connection Sensitivity, ICLR 2019, "
        "arXiv 1810.02340; as a proxy: Abdelfattah et al., ICLR 2021, arXiv 2101.08134"
    )

    def scores(self, probe: Probe) -> Tensor:
        from illuminas.tools.proxies.observe import Seen

        return probe.total(
            Seen((weight.rows() * weight.rows(gradient)).abs(), weight.cells)
            for weight, gradient in zip(probe.weights, probe.gradients, strict=True)
        )
