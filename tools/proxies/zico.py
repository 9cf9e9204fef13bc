"""ZiCo: how much gradients agree from one batch to the next."""

from __future__ import annotations

from typing import TYPE_CHECKING

from illuminas.tools.proxies.base import Proxy

if TYPE_CHECKING:
    from torch import Tensor

    from illuminas.tools.proxies.probe import Probe


class ZiCo(Proxy):
    """Sum over layers of ``log sum(mean|g| / std(g))``; ``g`` are a weight's loss gradients by several batches.

    The batches are the two halves of the probe's. A layer whose gradients do not differ adds nothing.
    """

    name = "zico"
    paper = (
        "Li et al., ZiCo: Zero-shot NAS via Inverse Coefficient of Variation on Gradients, ICLR 2023, arXiv 2301.11300"
    )

    def scores(self, probe: Probe) -> Tensor:
        import torch

        from illuminas.tools.proxies.observe import Seen

        parts = []
        for weight, first, second in zip(probe.weights, *probe.half_gradients, strict=True):
            a, b = weight.rows(first).double(), weight.rows(second).double()
            # mean and standard deviation of two numbers
            ratios = torch.where(a == b, 0.0, (a.abs() + b.abs()) / (a - b).abs())
            sums = ratios.sum(1)
            parts.append(Seen(torch.where(sums > 0, sums, 1.0).log(), weight.cells))
        return probe.total(parts)
