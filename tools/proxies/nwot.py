"""NWOT: how differently the network's rectifiers see the images of a batch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from illuminas.tools.proxies.base import Proxy

if TYPE_CHECKING:
    from torch import Tensor

    from illuminas.tools.proxies.probe import Probe


class Nwot(Proxy):
    """Log-determinant of the kernel that counts, for each pair of images, the rectifiers in the same state.

    A rectifier's state is whether it lets its input through. Images that share many states are hard to tell
    apart, which makes the determinant small.
    """

    name = "nwot"
    paper = "Mellor et al., Neural Architecture Search without Training, ICML 2021, arXiv 2006.04647v3"
    undefined = "the kernel is singular: two images of the batch have all rectifiers in one state"

    def scores(self, probe: Probe) -> Tensor:
        import torch

        count = len(probe.images)
        kernel = torch.zeros((probe.count, count, count), dtype=torch.float64, device=probe.images.device)
        for layer in probe.states:
            on = layer.value.float()
            # counts below 2^24 are exact in float32
            both, each = (on @ on.transpose(1, 2)).double(), on.sum(2).double()
            kernel.index_add_(0, layer.cells, on.shape[2] + 2 * both - each[:, :, None] - each[:, None, :])
        units = kernel.diagonal(dim1=1, dim2=2)
        singular = (kernel == units[:, None]).sum((1, 2)) > count
        sign, log_determinant = torch.linalg.slogdet(kernel)
        return torch.where(singular | (sign <= 0), torch.nan, log_determinant)
