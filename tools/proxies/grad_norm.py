"""Gradient norm: how strongly the first step of training pulls."""

from __future__ import annotations

from typing import TYPE_CHECKING

from illuminas.tools.proxies.base import Proxy, weight_gradients

if TYPE_CHECKING:
    from torch import Tensor, nn


class GradNorm(Proxy):
    """Sum of the layers' Euclidean norms of the loss gradient by their weights, after one batch."""

    name = "grad_norm"
    paper = "Abdelfattah et al., Zero-Cost Proxies for Lightweight NAS, ICLR 2021, arXiv 2101.08134"
    needs_data = True

    def score(self, network: nn.Module, images: Tensor, labels: Tensor) -> float:
        return sum(float(pair.gradient.norm()) for pair in weight_gradients(network, images, labels))
