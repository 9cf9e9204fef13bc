"""What a network around a NAS-Bench-201 cell costs, without building it, and without torch.

The macro skeleton is that of :mod:`illuminas.tools.spaces.nb201.network`.
"""

from __future__ import annotations

from illuminas.tools.spaces.base import Complexity, NetworkShape, Scale
from illuminas.tools.spaces.nb201.cells import CONV1, CONV3, Cell

CHANNELS = {Scale.FULL: 16, Scale.SMALL: 8}
"""Output channels of the stem; 16 as published."""
CELLS = {Scale.FULL: 5, Scale.SMALL: 1}
"""Cells a stage; 5 as published."""


def complexity(cell: Cell, shape: NetworkShape) -> Complexity:
    """Parameters and multiply-accumulates of the network around a cell.

    Counts as the benchmark's own figures do: every convolution of the cell, also one on a dead edge; convolutions
    and the linear layer make the multiply-accumulates, normalisation and pooling none.
    """
    params = macs = 0
    inputs, channels, side = shape.in_channels, CHANNELS[shape.scale], shape.image_size
    params += 9 * inputs * channels + 2 * channels
    macs += 9 * inputs * channels * side**2
    for stage in range(3):
        if stage:
            inputs, channels, side = channels, 2 * channels, (side + 1) // 2
            weights = 9 * inputs * channels + 9 * channels**2 + inputs * channels
            params += weights + 4 * channels
            macs += weights * side**2
        for op, kernel in ((CONV1, 1), (CONV3, 3)):
            convolutions = CELLS[shape.scale] * cell.count(op)
            params += convolutions * (kernel**2 * channels**2 + 2 * channels)
            macs += convolutions * kernel**2 * channels**2 * side**2
    params += 2 * channels + (channels + 1) * shape.classes
    macs += channels * shape.classes
    return Complexity(params, macs)
