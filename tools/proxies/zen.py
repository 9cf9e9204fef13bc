"""Zen-score: how much the last feature map changes when the image changes a little."""

from __future__ import annotations

from typing import TYPE_CHECKING

from illuminas.tools.proxies.base import Proxy

if TYPE_CHECKING:
    from torch import Tensor, nn

    from illuminas.tools.proxies.probe import Probe


_STEP = 1e-2


class Zen(Proxy):
    """``log mean |f(x) - f(x + 0.01 e)| + sum log s`` over images ``x`` and changes ``e`` of normal noise.

    ``f`` is the last feature map before pooling, summed over its places and channels. ``s`` is the root of the mean
    variance that a batch normalisation divides by, put back in because it hides how far the network spreads its
    inputs. Weights are brought to unit deviation first, layer by layer, as the paper draws them.
    """

    name = "zen"
    paper = "Lin et al., Zen-NAS: A Zero-Shot NAS for High-Performance Image Recognition, ICCV 2021, arXiv 2102.01063"
    needs_data = False
    undefined = "the last feature map does not change with the image"

    def scores(self, probe: Probe) -> Tensor:
        import torch

        from illuminas.tools.proxies.observe import Seen, cells_of, norms, split, watching
        from illuminas.tools.proxies.scores import ProxyError

        deviations: list[Seen] = []
        maps: list[Seen] = []

        def saw(module: nn.Module, x: Tensor, output: Tensor) -> None:
            if module in normalising:
                over = [0, *range(2, x.dim())]
                variance = torch.unflatten(x.var(over, unbiased=False), 0, (len(cells_of(module)), -1))
                deviations.append(Seen(variance.mean(1).log() / 2, cells_of(module).to(x.device)))
            if output.dim() == 4 and output.shape[-1] > 1:
                maps.append(split(output, cells_of(module)))

        size = (max(len(probe.images) // 2, 2), *probe.images.shape[1:])
        image, change = probe.noise(*size), probe.noise(*size, like=1)
        normalising = set(norms(probe.network))
        leaves = [module for module in probe.network.modules() if not list(module.children())]
        names = {parameter: name for name, parameter in probe.network.named_parameters()}
        scaled = {name: parameter.detach() for name, parameter in probe.network.named_parameters()}
        for weight in probe.weights:
            rows = weight.rows()
            unit = rows / rows.square().mean(1, keepdim=True).sqrt()
            scaled[names[weight.parameter]] = unit.view_as(weight.parameter)
        with torch.no_grad(), watching(leaves, saw):
            torch.func.functional_call(probe.network, scaled, probe.repeated(image))
            spread, before = probe.total(deviations), maps[-1:]
            torch.func.functional_call(probe.network, scaled, probe.repeated(image + _STEP * change))
        if not before:
            raise ProxyError("the network has no feature map")
        differences = (before[0].value - maps[-1].value).abs().flatten(2).sum(2).mean(1)
        return probe.total([Seen(differences, before[0].cells)]).log() + spread
