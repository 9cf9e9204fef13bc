"""Networks around a NAS-Bench-201 cell.

The macro skeleton of Dong & Yang (ICLR 2020, arXiv 2001.00326): a 3x3 convolution, then three stages of N cells
at C, 2C and 4C channels with a residual block of stride 2 between them, then global average pooling and a linear
layer.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from illuminas.tools.spaces.base import NetworkShape
from illuminas.tools.spaces.nb201.cells import CONV1, CONV3, EDGES, NONE, OUTPUT, POOL, Cell
from illuminas.tools.spaces.nb201.complexity import CELLS, CHANNELS


class ReLUConvBN(nn.Sequential):
    """ReLU, convolution that keeps the size at stride 1, batch normalisation."""

    def __init__(self, inputs: int, outputs: int, *, kernel: int, stride: int = 1) -> None:
        super().__init__(
            nn.ReLU(),
            nn.Conv2d(inputs, outputs, kernel, stride=stride, padding=kernel // 2, bias=False),
            nn.BatchNorm2d(outputs),
        )


def operation(op: int, channels: int) -> nn.Module:
    """What an edge does, ``(n, channels, h, w)`` to the same shape."""
    if op == CONV1:
        return ReLUConvBN(channels, channels, kernel=1)
    if op == CONV3:
        return ReLUConvBN(channels, channels, kernel=3)
    if op == POOL:
        return nn.AvgPool2d(3, stride=1, padding=1, count_include_pad=False)
    return nn.Identity()


class CellBlock(nn.Module):
    """One cell: ``(n, channels, h, w)`` to the same shape. An edge that carries ``none`` has no module."""

    def __init__(self, cell: Cell, channels: int) -> None:
        super().__init__()
        self._edges = [edge for edge, op in zip(EDGES, cell, strict=True) if op != NONE]
        self.operations = nn.ModuleList(operation(op, channels) for op in cell if op != NONE)

    def forward(self, x: Tensor) -> Tensor:
        nodes: dict[int, Tensor] = {0: x}
        for (source, target), operation in zip(self._edges, self.operations, strict=True):
            if source in nodes:
                term = operation(nodes[source])
                nodes[target] = nodes[target] + term if target in nodes else term
        # nothing arrives at the output of a disconnected cell
        return nodes[OUTPUT] if OUTPUT in nodes else torch.zeros_like(x)


class ReductionBlock(nn.Module):
    """A residual block that doubles the channels and halves the size, ``(n, c, h, w)`` to ``(n, 2c, h/2, w/2)``."""

    def __init__(self, inputs: int) -> None:
        super().__init__()
        self.body = nn.Sequential(
            ReLUConvBN(inputs, 2 * inputs, kernel=3, stride=2),
            ReLUConvBN(2 * inputs, 2 * inputs, kernel=3),
        )
        # rounds odd sizes up, as the convolution of stride 2 does
        self.shortcut = nn.Sequential(
            nn.AvgPool2d(2, stride=2, ceil_mode=True), nn.Conv2d(inputs, 2 * inputs, 1, bias=False)
        )

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.shortcut(x) + self.body(x)
        return out


class CellNetwork(nn.Module):
    """The network around a cell, initialised by torch's defaults.

    Maps images ``(n, in_channels, h, w)`` to logits ``(n, classes)``.
    """

    def __init__(self, cell: Cell, shape: NetworkShape) -> None:
        super().__init__()
        c, cells = CHANNELS[shape.scale], CELLS[shape.scale]
        self.stem = nn.Sequential(
            nn.Conv2d(shape.in_channels, c, 3, padding=1, bias=False),
            nn.BatchNorm2d(c),
        )
        self.body = nn.Sequential(
            *(CellBlock(cell, c) for _ in range(cells)),
            ReductionBlock(c),
            *(CellBlock(cell, 2 * c) for _ in range(cells)),
            ReductionBlock(2 * c),
            *(CellBlock(cell, 4 * c) for _ in range(cells)),
        )
        self.head = nn.Sequential(
            nn.BatchNorm2d(4 * c),
            nn.ReLU(),
            nn.AdaptiveAvgPool2d(1),
            nn.Flatten(),
            nn.Linear(4 * c, shape.classes),
        )

    def forward(self, x: Tensor) -> Tensor:
        logits: Tensor = self.head(self.body(self.stem(x)))
        return logits
