"""AZ-NAS: four views of a network, and a rank over a set of networks that weighs them alike."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import TYPE_CHECKING

from illuminas.tools.proxies.base import Proxy
from illuminas.tools.proxies.scores import ProxyError, ProxyScores
from illuminas.tools.proxies.sizes import Flops

if TYPE_CHECKING:
    from torch import Tensor

    from illuminas.tools.proxies.probe import Probe

_PAPER = "Lee & Ham, AZ-NAS: Assembling Zero-Cost Proxies for Network Architecture Search, CVPR 2024, arXiv 2403.19232"
_EPSILON = 1e-8


class _View(Proxy):
    """What the three scores share: the feature maps between the network's blocks, for the first half of the batch."""

    paper = _PAPER


class Expressivity(_View):
    """Entropy of how a feature map's variance is spread over its principal components, summed over blocks."""

    name = "az_expressivity"

    def scores(self, probe: Probe) -> Tensor:
        return probe.once(_entropies).sum(1)


class Progressivity(_View):
    """The least gain of that entropy from one block to the next."""

    name = "az_progressivity"

    def scores(self, probe: Probe) -> Tensor:
        return probe.once(_entropies).diff(dim=1).amin(1)


class Trainability(_View):
    """``2 - s - 1/s``, mean over blocks; ``s`` is the greatest singular value of a block's channel Jacobian.

    It is 0 where gradients pass a block at their size, and negative where they grow or shrink. The Jacobian is
    estimated from random signs sent back through the block. A block that passes its input on as it is has none.
    """

    name = "az_trainability"
    undefined = "a block passes its input on as it is, or not at all"

    def scores(self, probe: Probe) -> Tensor:
        import torch

        maps = _maps(probe)
        scores = []
        for place, (before, after) in enumerate(itertools.pairwise(maps)):
            signs = probe.noise(len(after), after.shape[1] // probe.count, *after.shape[2:], like=10 + place).sign()
            arrived = None
            if after.requires_grad and before.requires_grad:
                (arrived,) = torch.autograd.grad(
                    after, before, probe.repeated(signs), retain_graph=True, allow_unused=True
                )
            arrived = torch.zeros_like(before) if arrived is None else arrived
            scores.append(_passing(torch.unflatten(arrived, 1, (probe.count, -1)).transpose(0, 1), signs))
        return torch.stack(scores, dim=1).mean(1)


def _maps(probe: Probe) -> list[Tensor]:
    """Feature maps ``(n, k * c, h, w)`` before the first block and after each."""
    maps = [each for each in probe.shares[0].maps if each.dim() == 4]
    if len(maps) < 2:
        raise ProxyError("the network has no sequence of blocks with feature maps between them")
    return maps


def _entropies(probe: Probe) -> Tensor:
    """Entropy of each map's principal components, ``(k, maps)``, float64, nats."""
    import torch

    found = []
    for each in _maps(probe):
        channels = torch.unflatten(each.detach(), 1, (probe.count, -1)).permute(1, 2, 0, 3, 4).flatten(2)
        centred = channels - channels.mean(2, keepdim=True)
        variances = torch.linalg.eigvalsh((centred @ centred.transpose(1, 2)).double()).clamp(min=0)
        shares = variances / variances.sum(1, keepdim=True)
        found.append(-(shares * (shares + _EPSILON).log()).sum(1))
    return torch.stack(found, dim=1)


def _passing(arrived: Tensor, sent: Tensor) -> Tensor:
    """``2 - s - 1/s`` of the Jacobian that turned ``sent`` ``(n, c, h, w)`` into ``arrived`` ``(k, n, c', h', w')``."""
    import torch
    from torch.nn import functional

    same = torch.zeros(len(arrived), dtype=torch.bool, device=sent.device)
    if arrived.shape[1:] == sent.shape:
        same = (arrived == sent).flatten(1).all(1)
    stride = -(-arrived.shape[-1] // sent.shape[-1])
    missing = stride * sent.shape[-1] - arrived.shape[-1]
    arrived = functional.pixel_unshuffle(functional.pad(arrived, (0, missing, 0, missing)), stride)
    columns = sent.transpose(0, 1).flatten(1)
    rows = arrived.transpose(1, 2).flatten(2)
    jacobians = (rows @ columns.T).double() / columns.shape[1]
    greatest = torch.linalg.svdvals(jacobians)[:, 0]
    return torch.where(same | (greatest == 0), torch.nan, 2 - greatest - 1 / greatest)


VIEWS = (Expressivity.name, Progressivity.name, Trainability.name, Flops.name)
"""What :func:`az_nas` combines."""


def az_nas(scores: Sequence[ProxyScores]) -> list[float]:
    """The AZ-NAS score of each network of a set: the sum over the four views of ``log(rank / m)``.

    It says how networks of one set compare and nothing outside it, so it is no :class:`Proxy`. Higher is better,
    0 is the best of m in every view. A network without a score in a view is the last there.

    Args:
        scores: of m networks, by :data:`VIEWS`.

    Raises:
        ProxyError: a view was not asked for.
    """
    import numpy as np
    from scipy.stats import rankdata

    combined = np.zeros(len(scores))
    for view in VIEWS:
        if any(view not in each.values and view not in each.failures for each in scores):
            raise ProxyError(f"expected scores by {', '.join(VIEWS)}: there is none by {view}")
        combined += np.log(rankdata([each.values.get(view, -np.inf) for each in scores]) / len(scores))
    return combined.tolist()
