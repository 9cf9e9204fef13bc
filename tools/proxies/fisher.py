"""Fisher: how much the loss depends on each channel."""

from __future__ import annotations

from typing import TYPE_CHECKING

from illuminas.tools.proxies.base import Proxy

if TYPE_CHECKING:
    from torch import Tensor

    from illuminas.tools.proxies.probe import Probe


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
        from illuminas.tools.proxies.observe import Seen

        squares = probe.total(
            Seen(_per_channel(output.detach() * signal, cells).square() * share.portion**2, cells.to(signal.device))
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
