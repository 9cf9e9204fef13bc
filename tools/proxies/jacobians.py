"""Proxies of input Jacobians: how differently the network reacts around the images of a batch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from illuminas.tools.proxies.base import Proxy

if TYPE_CHECKING:
    from torch import Tensor

    from illuminas.tools.proxies.probe import Probe


_EPSILON = 1e-5
_FEW_CLASSES = 100


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
    undefined = "an image has a constant Jacobian: the logits do not depend on the image"

    def scores(self, probe: Probe) -> Tensor:
        import torch

        correlations, defined = correlate(probe.jacobians)
        eigenvalues = torch.linalg.eigvalsh(correlations) + _EPSILON
        return torch.where(defined, -(eigenvalues.log() + 1 / eigenvalues).sum(1), torch.nan)


def correlate(rows: Tensor) -> tuple[Tensor, Tensor]:
    """Pearson correlations of the rows of matrices, ``(k, n, d)`` to ``(k, n, n)``, and where they are defined.

    A matrix with a constant row gives the identity instead, and is not defined.
    """
    import torch

    centred = rows - rows.mean(2, keepdim=True)
    norms = centred.norm(dim=2, keepdim=True)
    defined = (norms > 0).all(1)[:, 0] & rows.isfinite().all(2).all(1)
    unit = torch.where(defined[:, None, None], centred / norms, 0.0)
    correlations = (unit @ unit.transpose(1, 2)).clamp(-1, 1)
    return torch.where(defined[:, None, None], correlations, torch.eye(rows.shape[1]).to(rows)), defined


class EpeNas(Proxy):
    """Correlations of input Jacobians within each class of the batch.

    A class counts ``sum(log(|r| + e))`` over the entries ``r`` of its correlation matrix. With 100 classes or fewer
    the score is the sum of the absolute counts. With more, a count is divided by the class's images, and the score
    is the sum of absolute differences between all pairs of counts, divided by the number of classes.
    """

    name = "epe_nas"
    paper = "Lopes et al., EPE-NAS: Efficient Performance Estimation Without Training, ICANN 2021, arXiv 2102.08099"
    undefined = "an image has a constant Jacobian: the logits do not depend on the image"

    def scores(self, probe: Probe) -> Tensor:
        import torch

        correlations, defined = correlate(probe.jacobians)
        logs = (correlations.abs() + _EPSILON).log()
        many = probe.classes > _FEW_CLASSES
        counts = []
        for label in torch.unique(probe.labels):
            members = (probe.labels == label).nonzero()[:, 0]
            count = logs[:, members][:, :, members].sum((1, 2))
            counts.append(count / len(members) if many else count)
        table = torch.stack(counts, dim=1)
        differences = (table[:, :, None] - table[:, None, :]).abs().sum((1, 2)) / table.shape[1]
        score = differences if many else table.abs().sum(1)
        return torch.where(defined, score, torch.nan)
