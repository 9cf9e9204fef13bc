"""Proxies of size: parameters, FLOPs and the norm of the weights, baselines that others have to beat."""

from __future__ import annotations

from typing import TYPE_CHECKING

from illuminas.tools.proxies.base import Proxy

if TYPE_CHECKING:
    from torch import Tensor

    from illuminas.tools.proxies.probe import Probe


class _Baseline(Proxy):
    paper = "baseline in Abdelfattah et al., Zero-Cost Proxies for Lightweight NAS, ICLR 2021, arXiv 2101.08134"
    needs_data = False


class Params(_Baseline):
    """The number of trainable parameters, by the space's formula."""

    name = "params"
    needs_network = False

    def scores(self, probe: Probe) -> Tensor:
        return probe.counted("params")


class Flops(_Baseline):
    """Operations of one forward pass on one image, by the space's formula.

    One multiply-accumulate counts once, as in NAS-Bench-201's published FLOPs; elsewhere in illuminas the same
    number is called ``macs``.
    """

    name = "flops"
    needs_network = False

    def scores(self, probe: Probe) -> Tensor:
        return probe.counted("macs")


class L2Norm(_Baseline):
    """Sum of the layers' Euclidean norms of their initial weights, which grows with layers and their width."""

    name = "l2_norm"

    def scores(self, probe: Probe) -> Tensor:
        return probe.total((weight.rows().norm(dim=1), weight.cells) for weight in probe.weights)
