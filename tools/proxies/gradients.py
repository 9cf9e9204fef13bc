"""Proxies of the loss gradient: how strongly training would begin to pull, and at what."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING

from illuminas.tools.proxies.base import Proxy

if TYPE_CHECKING:
    from torch import Tensor

    from illuminas.tools.proxies.probe import Probe


class _OverWeights(Proxy):
    """A sum over all weights ``w`` of something that depends on ``w`` and ``dL/dw``."""

    @abstractmethod
    def parts(self, weights: Tensor, gradients: Tensor) -> Tensor:
        """What a layer adds: summands of each network, ``(k, ...)``, from ``(k, weights)`` of both."""

    def scores(self, probe: Probe) -> Tensor:
        return probe.total(
            (self.parts(weight.rows(), weight.rows(gradient)), weight.cells)
            for weight, gradient in zip(probe.weights, probe.gradients, strict=True)
        )


class GradNorm(_OverWeights):
    """Sum of the layers' Euclidean norms of the loss gradient by their weights, after one batch."""

    name = "grad_norm"
    paper = "Abdelfattah et al., Zero-Cost Proxies for Lightweight NAS, ICLR 2021, arXiv 2101.08134"

    def parts(self, weights: Tensor, gradients: Tensor) -> Tensor:
        norms: Tensor = gradients.norm(dim=1)
        return norms


class Snip(_OverWeights):
    """Sum of ``|w dL/dw|`` over all weights ``w``: the loss's sensitivity to removing connections."""

    name = "snip"
    paper = (
        "Lee et al., SNIP: Single-shot Network Pruning Based on Connection Sensitivity, ICLR 2019, "
        "arXiv 1810.02340; as a proxy: Abdelfattah et al., ICLR 2021, arXiv 2101.08134"
    )

    def parts(self, weights: Tensor, gradients: Tensor) -> Tensor:
        return (weights * gradients).abs()


class Plain(_OverWeights):
    """Sum of ``w dL/dw`` over all weights ``w``; the published correlation with accuracy is negative.

    Layers that feed a normalisation add nothing, because the loss does not change with their scale; what is left
    are the classifier and convolutions without one.
    """

    name = "plain"
    paper = "baseline in Abdelfattah et al., Zero-Cost Proxies for Lightweight NAS, ICLR 2021, arXiv 2101.08134"
    sign = -1

    def parts(self, weights: Tensor, gradients: Tensor) -> Tensor:
        return weights * gradients


class Fisher(Proxy):
    """Sum over channels of ``1/2 mean((sum a dL/da)^2)``.

    ``a`` are a channel's activations as they leave a convolution or linear layer, the sum goes over their places
    and the mean over images.
    """

    name = "fisher"
    paper = (
        "Theis et al., Faster gaze prediction with dense networks and Fisher pruning, 2018, arXiv 1801.05787; "
        "Turner et al., BlockSwap, ICLR 2020, arXiv 1906.04113; as a proxy: Abdelfattah et al., ICLR 2021, "
        "arXiv 2101.08134"
    )

    def scores(self, probe: Probe) -> Tensor:
        squares = probe.total(
            (_per_channel(output.detach() * signal, cells).square() * share.portion**2, cells.to(signal.device))
            for share, signals in zip(probe.shares, probe.half_signals, strict=True)
            for (output, cells), signal in zip(share.outputs, signals, strict=True)
            if signal is not None
        )
        return squares / (2 * len(probe.images))


def _per_channel(product: Tensor, cells: Tensor) -> Tensor:
    """Sums over places of ``(n, k * c, ...)``, as ``(k, n, c)``."""
    import torch

    sums = product.flatten(2).sum(2) if product.dim() > 2 else product
    return torch.unflatten(sums, 1, (len(cells), -1)).transpose(0, 1)


class Grasp(Proxy):
    """``-sum(w (H g))`` over all weights ``w``; ``g`` is the loss gradient by the weights and ``H`` its Hessian."""

    name = "grasp"
    paper = (
        "Wang et al., Picking Winning Tickets Before Training by Preserving Gradient Flow, ICLR 2020, "
        "arXiv 2002.07376; as a proxy: Abdelfattah et al., ICLR 2021, arXiv 2101.08134"
    )
    second_order = True

    def scores(self, probe: Probe) -> Tensor:
        import torch

        squares = [(gradient * gradient.detach()).sum() for gradient in probe.gradients]
        parameters = [weight.parameter for weight in probe.weights]
        products = torch.autograd.grad(torch.stack(squares).sum(), parameters, retain_graph=True, allow_unused=True)
        return -probe.total(
            (weight.rows() * weight.rows(product), weight.cells)
            for weight, product in zip(probe.weights, products, strict=True)
            if product is not None
        )


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

        parts = []
        for weight, first, second in zip(probe.weights, *probe.half_gradients, strict=True):
            a, b = weight.rows(first).double(), weight.rows(second).double()
            # mean and standard deviation of two numbers
            ratios = torch.where(a == b, 0.0, (a.abs() + b.abs()) / (a - b).abs())
            sums = ratios.sum(1)
            parts.append((torch.where(sums > 0, sums, 1.0).log(), weight.cells))
        return probe.total(parts)
