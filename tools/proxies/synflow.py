"""SynFlow: how much signal all paths of the network carry together."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from illuminas.tools.proxies.base import Proxy, ProxyError, weights

if TYPE_CHECKING:
    from torch import Tensor, nn


class SynFlow(Proxy):
    """Log of the sum of ``|w dR/dw|`` over all weights ``w``; ``R`` sums the logits of an image of ones.

    The weights are replaced by their absolute values and normalisation is left out, so that ``R`` adds up the
    products of weights along all paths. Deep networks overflow float32, so it is computed in float64.
    """

    name = "synflow"
    paper = (
        "Tanaka et al., Pruning Neural Networks without Any Data by Iteratively Conserving Synaptic Flow, "
        "NeurIPS 2020, arXiv 2006.05467; as a proxy: Abdelfattah et al., ICLR 2021, arXiv 2101.08134"
    )
    needs_data = False

    def score(self, network: nn.Module, images: Tensor, labels: Tensor) -> float:
        import torch

        _drop_normalisation(network)
        network.double()
        with torch.no_grad():
            for parameter in network.parameters():
                parameter.abs_()
        found = weights(network)
        ones = torch.ones((1, *images.shape[1:]), dtype=torch.float64, device=images.device)
        gradients = torch.autograd.grad(network(ones).sum(), found, allow_unused=True)
        total = sum(
            float((weight.detach() * gradient).abs().sum())
            for weight, gradient in zip(found, gradients, strict=True)
            if gradient is not None
        )
        if total == 0:
            raise ProxyError("no signal flows from the image to the logits")
        return math.log(total)


def _drop_normalisation(module: nn.Module) -> None:
    from torch import nn
    from torch.nn.modules.batchnorm import _NormBase

    for name, child in module.named_children():
        if isinstance(child, (_NormBase, nn.GroupNorm, nn.LayerNorm)):
            setattr(module, name, nn.Identity())
        else:
            _drop_normalisation(child)
