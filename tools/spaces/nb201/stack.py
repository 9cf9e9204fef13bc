"""The networks of many NAS-Bench-201 cells side by side: edges that carry one operation run as one."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from illuminas.tools.spaces.base import NetworkShape
from illuminas.tools.spaces.nb201.cells import CONV1, CONV3, EDGES, NONE, OUTPUT, POOL, SKIP, Cell
from illuminas.tools.spaces.nb201.complexity import CHANNELS
from illuminas.tools.spaces.nb201.network import CellBlock, CellNetwork, operation
from illuminas.tools.spaces.side_by_side import places, serve, side_by_side


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
