"""Gradient norm: how strongly the first step of training pulls."""

from __future__ import annotations

from typing import TYPE_CHECKING

from illuminas.tools.proxies.base import Proxy

if TYPE_CHECKING:
    from torch import Tensor

    from illuminas.tools.proxies.probe import Probe


class GradNorm(Proxy):
    """Sum of the layers' Euclidean norms of the loss gradient by their weights, after one batch."""

    name = "grad_norm"
    paper = "Abdelfattah et al., Zero-Cost Proxies for Lightweight NAS, ICLR 2021, arXiv 2101.08134"

    def scores(self, probe: Probe) -> Tensor:
        from illuminas.tools.proxies.observe import Seen

        return probe.total(
            Seen(weight.rows(gradient).norm(dim=1), weight.cells)
            for weight, gradient in zip(probe.weights, probe.gradients, strict=True)
        )
