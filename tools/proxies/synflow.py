"""SynFlow: how much signal all paths of the network carry together."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING

from illuminas.tools.proxies.base import Proxy

if TYPE_CHECKING:
    from torch import Tensor, nn

    from illuminas.tools.proxies.probe import Probe


class SynFlow(Proxy):
    """Log of the sum of ``|w dR/dw|`` over all weights ``w``; ``R`` sums the logits of an image of ones.

    The weights are replaced by their absolute values and normalisation is left out, so that ``R`` adds up the
    products of weights along all paths. Where that leaves the range of float32, it is computed in float64.
    """

    name = "synflow"
    paper = (
        "Tanaka et al., Pruning Neural Networks without Any Data by Iteratively Conserving Synaptic Flow, "
        "NeurIPS 2020, arXiv 2006.05467; as a proxy: Abdelfattah et al., ICLR 2021, arXiv 2101.08134"
    )
    needs_data = False
    tied = True
    undefined = "no signal flows from the image to the logits, or more than float64 holds"

    def scores(self, probe: Probe) -> Tensor:
        import torch

        network = copy.deepcopy(probe.network)
        _drop_normalisation(network)
        with torch.no_grad():
            for parameter in network.parameters():
                parameter.abs_()
        flow = _flow(network.float(), probe)
        outside = ~flow.isfinite() | (flow == 0)
        if bool(outside.any()):
            flow = torch.where(outside, _flow(network.double(), probe), flow)
        return flow.log()


def _flow(network: nn.Module, probe: Probe) -> Tensor:
    """``sum(|w dR/dw|)`` of each network, ``(k,)``, float64; the weights are positive.

    For a layer ``y = w x + b`` the sum over its weights is ``(y - b) dR/dy``, summed over places.
    """
    import torch

    from illuminas.tools.proxies.observe import Seen, cells_of, watching, weighted_layers

    layers: list[tuple[nn.Module, Tensor]] = []

    def saw(module: nn.Module, _: Tensor, output: Tensor) -> None:
        layers.append((module, output))

    size = (probe.count, *probe.images.shape[1:])
    dtype = next(network.parameters()).dtype
    with watching(weighted_layers(network), saw):
        total = network(torch.ones(size, dtype=dtype, device=probe.images.device)).sum()
    signals = torch.autograd.grad(total, [output for _, output in layers], allow_unused=True)
    return probe.total(
        Seen(_without_bias(module, output) * signal, cells_of(module).to(output.device))
        for (module, output), signal in zip(layers, signals, strict=True)
        if signal is not None
    )


def _without_bias(module: nn.Module, output: Tensor) -> Tensor:
    from torch import Tensor, nn

    bias = module.bias
    if not isinstance(bias, Tensor):
        return output.detach()
    places = 0 if isinstance(module, nn.Linear) else output.dim() - 2
    return output.detach() - bias.detach().view(-1, *[1] * places)


def _drop_normalisation(module: nn.Module) -> None:
    from torch import nn
    from torch.nn.modules.batchnorm import _NormBase

    for name, child in module.named_children():
        if isinstance(child, (_NormBase, nn.GroupNorm, nn.LayerNorm)):
            setattr(module, name, nn.Identity())
        else:
            _drop_normalisation(child)
