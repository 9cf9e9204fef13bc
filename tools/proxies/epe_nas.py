"""EPE-NAS: how differently the network reacts around images of one class."""

from __future__ import annotations

from typing import TYPE_CHECKING

from illuminas.tools.proxies.base import Proxy

if TYPE_CHECKING:
    from torch import Tensor

    from illuminas.tools.proxies.probe import Probe


_EPSILON = 1e-5
_FEW_CLASSES = 100


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

        from illuminas.tools.proxies.jacov import correlate

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
