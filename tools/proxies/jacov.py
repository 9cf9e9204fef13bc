"""Jacobian covariance: how differently the network reacts around the images of a batch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from illuminas.tools.proxies.base import Proxy, ProxyError

if TYPE_CHECKING:
    from torch import Tensor, nn

_EPSILON = 1e-5


class Jacov(Proxy):
    """``-sum(log(v + e) + 1/(v + e))`` over the eigenvalues ``v`` of the correlations of input Jacobians.

    The Jacobian of an image is the gradient of its summed logits. Uncorrelated ones have eigenvalues near 1,
    and the highest score.
    """

    name = "jacov"
    paper = (
        "Mellor et al., Neural Architecture Search without Training, 2020, arXiv 2006.04647v1; "
        "Abdelfattah et al., ICLR 2021, arXiv 2101.08134"
    )
    needs_data = True

    def score(self, network: nn.Module, images: Tensor, labels: Tensor) -> float:
        import torch

        images = images.detach().requires_grad_()
        (gradient,) = torch.autograd.grad(network(images).sum(), images, allow_unused=True)
        if gradient is None:
            raise ProxyError("the logits do not depend on the image")
        jacobians = gradient.flatten(1).double()
        if bool((jacobians.std(dim=1) == 0).any()):
            raise ProxyError("an image has a constant Jacobian, which correlates with nothing")
        eigenvalues = torch.linalg.eigvalsh(torch.corrcoef(jacobians)) + _EPSILON
        return -float((eigenvalues.log() + 1 / eigenvalues).sum())
