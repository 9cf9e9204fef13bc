"""Plain: weights times gradients, with their signs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from illuminas.tools.proxies.base import Proxy

if TYPE_CHECKING:
    from torch import Tensor

    from illuminas.tools.proxies.probe import Probe


class Plain(Proxy):
    """Sum of ``w dL/dw`` over all weights ``w``; the published correlation with accuracy is negative.

    Layers that feed a normalisation add nothing, because the loss does not change with their scale; what is left
    are the classifier and convolutions without one.
    """

    name = "plain"
    paper = "baseline in Abdelfattah et al., Zero-Cost Proxies for Lightweight NAS, ICLR 2021, arXiv 2101.08134"
    sign = -1

    def scores(self, probe: Probe) -> Tensor:
        from illuminas.tools.proxies.observe import Seen

        return probe.total(
            Seen(weight.rows() * weight.rows(gradient), weight.cells)
            for weight, gradient in zip(probe.weights, probe.gradients, strict=True)
        )
