"""NWOT: how differently the network's rectifiers see the images of a batch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from illuminas.tools.proxies.base import Proxy, ProxyError

if TYPE_CHECKING:
    from torch import Tensor, nn


class Nwot(Proxy):
    """Log-determinant of the kernel that counts, for each pair of images, the rectifiers in the same state.

    A rectifier's state is whether it lets its input through. Images that share many states are hard to tell
    apart, which makes the determinant small.
    """

    name = "nwot"
    paper = "Mellor et al., Neural Architecture Search without Training, ICML 2021, arXiv 2006.04647v3"
    needs_data = True

    def score(self, network: nn.Module, images: Tensor, labels: Tensor) -> float:
        import torch

        from illuminas.tools.proxies.operations import RectifierStates

        with torch.no_grad(), RectifierStates() as states:
            network(images)
        if not states.layers:
            raise ProxyError("the network has no ReLU, and nwot is defined by their states")
        sign, log_determinant = torch.linalg.slogdet(states.kernel)
        if sign <= 0:
            raise ProxyError("the kernel is singular: two images of the batch have all rectifiers in one state")
        return float(log_determinant)
