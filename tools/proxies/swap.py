"""SWAP: how many different ways the network's rectifiers see the batch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from illuminas.tools.proxies.base import Proxy

if TYPE_CHECKING:
    from torch import Tensor

    from illuminas.tools.proxies.probe import Probe


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
