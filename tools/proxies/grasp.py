"""GraSP: whether removing connections would keep the gradient flowing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from illuminas.tools.proxies.base import Proxy

if TYPE_CHECKING:
    from torch import Tensor

    from illuminas.tools.proxies.probe import Probe


class Grasp(Proxy):
    """``-sum(w (H g))`` over all weights ``w``; ``g`` is the loss gradient by the weights and ``H`` its Hessian."""

    name = "grasp"
    paper = (
        "Wang et al., Picking Winning Tickets Before Training by Preserving Gradient Flow, ICLR 2020, "
        "arXiv 2002.07376; as a proxy: Abdelfattah et al., ICLR 2021, arXiv 2101.08134"
    )
    second_order = True

    def scores(self, probe: Probe) -> Tensor:
        import torch

        from illuminas.tools.proxies.observe import Seen

        squares = [(gradient * gradient.detach()).sum() for gradient in probe.gradients]
        products = torch.autograd.grad(
            torch.stack(squares).sum(),
            [weight.parameter for weight in probe.weights],
            retain_graph=True,
            allow_unused=True,
        )
        return -probe.total(
            Seen(weight.rows() * weight.rows(product), weight.cells)
            for weight, product in zip(probe.weights, products, strict=True)
            if product is not None
        )
