"""Networks side by side: several small ones as one, so that each operation is called once for all of them.

The channels of the one are those of the first network, then those of the second, and so on: images
``(n, k * c, h, w)`` become logits ``(n, k * classes)``, and no network sees the channels of another. A layer that
knows which networks it serves says so in its buffer ``cells``, their places in the order of its channels.
All start from the same draw of weights, but each has its own copy to differentiate by.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional


class StackedLinear(nn.Linear):
    """One linear layer for each of several networks, ``(n, k * inputs)`` to ``(n, k * outputs)``."""

    def __init__(self, one: nn.Linear, count: int) -> None:
        super().__init__(one.in_features, count * one.out_features, device="meta")  # draws nothing
        self.weight = nn.Parameter(one.weight.detach().repeat(count, 1))
        self.bias = nn.Parameter(one.bias.detach().repeat(count))
        self._count = count

    def forward(self, x: Tensor) -> Tensor:
        return functional.conv1d(x[..., None], self.weight[..., None], self.bias, groups=self._count)[..., 0]


def _stacked_conv(one: nn.Conv2d, count: int) -> nn.Conv2d:
    """One convolution for each of several networks."""
    stacked = nn.Conv2d(
        count * one.in_channels,
        count * one.out_channels,
        one.kernel_size,  # type: ignore[arg-type]
        stride=one.stride,  # type: ignore[arg-type]
        padding=one.padding,  # type: ignore[arg-type]
        groups=count,
        bias=False,
        device="meta",  # draws nothing
    )
    stacked.weight = nn.Parameter(one.weight.detach().repeat(count, 1, 1, 1))
    return stacked


def side_by_side(one: nn.Module, cells: Tensor) -> nn.Module:
    """Change the layers of ``one``, a network or a part, into layers that serve all of ``cells``.

    Containers are changed in place; a leaf comes back as another module. What is stacked already stays as it is.
    """
    if hasattr(one, "cells"):
        return one
    match one:
        case nn.Conv2d():
            return serve(_stacked_conv(one, len(cells)), cells)
        case nn.BatchNorm2d():
            return serve(nn.BatchNorm2d(len(cells) * one.num_features), cells)
        case nn.Linear():
            return serve(StackedLinear(one, len(cells)), cells)
        case nn.ReLU():
            return serve(nn.ReLU(), cells)
    for name, child in list(one.named_children()):
        setattr(one, name, side_by_side(child, cells))
    return one


def serve(one: nn.Module, cells: Tensor) -> nn.Module:
    """Let each layer of ``one`` say that the images it gets are those of ``cells``, unless it says something else."""
    for module in one.modules():
        if not hasattr(module, "cells"):
            module.register_buffer("cells", cells, persistent=False)
    return one


def places(chosen: list[int]) -> Tensor:
    """Indices as a tensor."""
    return torch.tensor(chosen, dtype=torch.int64)
