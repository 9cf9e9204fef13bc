"""Networks around a NAS-Bench-201 cell, one by one, and those of many cells side by side.

The macro skeleton of Dong & Yang (ICLR 2020, arXiv 2001.00326): a 3x3 convolution, then three stages of N cells
at C, 2C and 4C channels with a residual block of stride 2 between them, then global average pooling and a linear
layer. Side by side, edges that carry one operation run as one.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from illuminas.tools.spaces.base import NetworkShape
from illuminas.tools.spaces.nb201.cells import CELLS, CHANNELS, CONV1, CONV3, EDGES, NONE, OUTPUT, POOL, SKIP, Cell
from illuminas.tools.spaces.side_by_side import places, serve, side_by_side


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


class SeparablePool(nn.Module):
    """3x3 average pooling of stride 1 that counts no padding, as two products with a band matrix.

    The same as torch's to rounding, and several times as fast on a CPU.
    """

    def forward(self, x: Tensor) -> Tensor:
        height, width = (_band(side, x) for side in x.shape[2:])
        return height @ x @ width.T


def _band(side: int, like: Tensor) -> Tensor:
    """``(side, side)``: each row is the mean of a place and its neighbours."""
    band = torch.ones(side, side, dtype=like.dtype, device=like.device).triu(-1).tril(1)
    return band / band.sum(1, keepdim=True)


class StackedBlock(nn.Module):
    """One block of each cell, ``(n, k * channels, h, w)`` to the same shape, or tied ``(k, channels, h, w)``.

    Weights are drawn for every edge and operation in a fixed order, used or not, so that those of a cell depend on
    the cell alone.
    """

    def __init__(self, cells: Sequence[Cell], channels: int, *, tied: bool) -> None:
        super().__init__()
        self._count = len(cells)
        self._tied = tied
        self._edges: list[tuple[int, int]] = []
        self.operations = nn.ModuleList()
        for edge, ends in enumerate(EDGES):
            for op in (CONV1, CONV3, POOL, SKIP):
                one = SeparablePool() if op == POOL else operation(op, channels)
                users = [place for place, cell in enumerate(cells) if cell[edge] == op]
                if users:
                    self.register_buffer(f"users_{len(self._edges)}", places(users), persistent=False)
                    self._edges.append(ends)
                    self.operations.append((serve if tied else side_by_side)(one, places(users)))

    def forward(self, x: Tensor) -> Tensor:
        cells = 0 if self._tied else 1  # the dimension along which they stand
        first = x if self._tied else torch.unflatten(x, 1, (self._count, -1))
        nodes = [first, *(torch.zeros_like(first) for _ in range(OUTPUT))]
        for place, ((source, target), run) in enumerate(zip(self._edges, self.operations, strict=True)):
            users: Tensor = getattr(self, f"users_{place}")
            chosen = nodes[source].index_select(cells, users)
            term = run(chosen) if self._tied else torch.unflatten(run(chosen.flatten(1, 2)), 1, (len(users), -1))
            nodes[target].index_add_(cells, users, term)
        return nodes[OUTPUT] if self._tied else nodes[OUTPUT].flatten(1, 2)


def stack(cells: Sequence[Cell], shape: NetworkShape, *, tied: bool) -> nn.Module:
    """The networks around pruned cells as one; see :meth:`illuminas.tools.spaces.base.SearchSpace.stack`."""
    network = CellNetwork((NONE,) * 6, shape)
    channels = CHANNELS[shape.scale]
    for place, block in enumerate(network.body):
        if isinstance(block, CellBlock):
            network.body[place] = StackedBlock(cells, channels, tied=tied)
        else:
            channels *= 2
    return (serve if tied else side_by_side)(network, places(list(range(len(cells)))))
