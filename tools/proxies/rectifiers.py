"""Proxies of rectifiers: how differently they see the images of a batch."""

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


_BITS = 24
"""Bits that a float32 holds exactly, so that a matrix product can pack them."""


class Swap(Proxy):
    """The number of different sample-wise activation patterns.

    A rectifier's pattern is the list of its states, on or off, over the images of the batch; rectifiers with
    the same pattern count once. This is the score without the paper's regularisation by size.
    """

    name = "swap"
    paper = "Peng et al., SWAP-NAS: Sample-Wise Activation Patterns for Ultra-Fast NAS, ICLR 2024, arXiv 2403.04161"

    def scores(self, probe: Probe) -> Tensor:
        import torch

        patterns: list[list[Tensor]] = [[] for _ in range(probe.count)]
        for layer in probe.states:
            for place, packed in zip(layer.cells.tolist(), _pack(layer.value), strict=True):
                patterns[place].append(packed)
        counts = [_different(torch.cat(each, dim=1)) if each else 0 for each in patterns]
        return torch.tensor(counts, dtype=torch.float64)


def _pack(states: Tensor) -> Tensor:
    """Boolean ``(k, n, units)`` as words of bits, int64 ``(k, words, units)``."""
    import torch

    words = []
    for part in torch.split(states, _BITS, dim=1):
        powers = 2.0 ** torch.arange(part.shape[1], device=states.device)
        words.append(powers @ part.float())
    packed = torch.stack(words, dim=1).long()
    pairs = torch.split(packed, 2, dim=1)  # two words fit into one number
    return torch.cat([pair[:, :1] + (pair[:, 1:] << _BITS).sum(1, keepdim=True) for pair in pairs], dim=1)


def _different(patterns: Tensor) -> int:
    """How many columns differ."""
    import torch

    if len(patterns) == 1:  # much faster than the general case
        return len(torch.unique(patterns[0]))
    return int(torch.unique(patterns, dim=1).shape[1])
