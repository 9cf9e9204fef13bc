"""What a mobile network is made of: EfficientNet-Lite0's stages, the settings of a network's blocks, and their cost.

A block is an inverted bottleneck (Sandler et al., CVPR 2018, arXiv 1801.04381): a 1x1 convolution expands, a depthwise
one filters, a 1x1 one projects. Stages of such blocks are those of MnasNet (arXiv 1807.11626) and EfficientNet-Lite0.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple


class Stage(NamedTuple):
    """A stage of EfficientNet-Lite0: blocks of one kernel, expansion and width; the first of them may halve images."""

    layers: int
    kernel: int
    expansion: int
    channels: int
    stride: int


LITE0 = (
    Stage(1, 3, 1, 16, 1),
    Stage(2, 3, 6, 24, 2),
    Stage(2, 5, 6, 40, 2),
    Stage(3, 3, 6, 80, 2),
    Stage(3, 5, 6, 112, 1),
    Stage(4, 5, 6, 192, 2),
    Stage(1, 3, 6, 320, 1),
)
"""The stages of EfficientNet-Lite0 (Tan & Le, ICML 2019, arXiv 1905.11946, without squeeze-excitation)."""
STEM = 32
"""Channels of the first convolution, a 3x3 one that halves the images."""
HEAD = 1280
"""Channels of EfficientNet-Lite0's last convolution, a 1x1 one."""
EPSILON = 1e-3
"""Of EfficientNet-Lite0's batch norm."""


class Block(NamedTuple):
    """Settings of one inverted bottleneck.

    Attributes:
        inputs, hidden, outputs: channels; where hidden equals inputs nothing expands.
        kernel: side of the depthwise convolution, pixels.
        stride: 2 halves the images.
        side: of the images that come in, pixels.
        squeeze: channels between the two layers of its squeeze-excitation; 0 has none.
        residual: whether its input is added to its output.
    """

    inputs: int
    hidden: int
    outputs: int
    kernel: int
    stride: int
    side: int
    squeeze: int
    residual: bool

    @property
    def expands(self) -> bool:
        """Whether it begins with a 1x1 convolution."""
        return self.hidden != self.inputs


class Plan(NamedTuple):
    """A whole network.

    Attributes:
        side: of the images that it takes, pixels.
        blocks: in order.
        head: channels of the 1x1 convolution before the classifier; 0 has none.
        activation: ``relu6`` or ``hswish``.
    """

    side: int
    blocks: tuple[Block, ...]
    head: int
    activation: str

    @property
    def features(self) -> int:
        """Channels that the classifier sees."""
        return self.head or self.blocks[-1].outputs

    @property
    def last_side(self) -> int:
        """Side of the images after the last block, pixels."""
        last = self.blocks[-1]
        return halved(last.side, last.stride)


class Layer(NamedTuple):
    """What one layer costs.

    Attributes:
        params: trainable numbers, batch norm's included.
        macs: multiply-accumulates for one image.
        reads, writes: numbers that come in and go out, for one image.
        holds: numbers of a residual that wait meanwhile, beside what it reads.
    """

    params: int
    macs: int
    reads: int
    writes: int
    holds: int = 0


def halved(side: int, stride: int) -> int:
    """Side after a convolution of that stride."""
    return -(-side // stride)


def padding(side: int, kernel: int, stride: int) -> tuple[int, int]:
    """Zeros before and after images, so that ``halved(side, stride)`` positions come out; the odd one after.

    EfficientNet-Lite0 was trained with this: an even side is padded unevenly where it is halved.
    """
    total = max(0, (halved(side, stride) - 1) * stride + kernel - side)
    return total // 2, total - total // 2


def layers(plan: Plan, in_channels: int, classes: int) -> Iterator[Layer]:
    """The cost of each layer, in order; batch norm, activations and sums belong to the convolution before them."""
    side = halved(plan.side, 2)
    weights = 9 * in_channels * STEM
    yield Layer(weights + 2 * STEM, weights * side**2, in_channels * plan.side**2, STEM * side**2)
    for block in plan.blocks:
        yield from _block_layers(block)
    if plan.head:
        yield _pointwise(plan.blocks[-1].outputs, plan.head, plan.last_side)
    yield Layer(
        (plan.features + 1) * classes, plan.features * classes, plan.features * plan.last_side**2, plan.features
    )


def _block_layers(block: Block) -> Iterator[Layer]:
    before, after = block.side, halved(block.side, block.stride)
    held = block.inputs * before**2 if block.residual else 0
    if block.expands:
        yield _pointwise(block.inputs, block.hidden, before)
    weights = block.kernel**2 * block.hidden
    yield Layer(
        weights + 2 * block.hidden,
        weights * after**2,
        block.hidden * before**2,
        block.hidden * after**2,
        held if block.expands else 0,
    )
    if block.squeeze:
        weights = 2 * block.hidden * block.squeeze
        numbers = block.hidden * after**2
        yield Layer(weights + block.hidden + block.squeeze, weights, numbers, numbers, held)
    yield _pointwise(block.hidden, block.outputs, after)._replace(holds=held)


def _pointwise(inputs: int, outputs: int, side: int) -> Layer:
    weights = inputs * outputs
    return Layer(weights + 2 * outputs, weights * side**2, inputs * side**2, outputs * side**2)


def peak_memory(plan: Plan, in_channels: int, classes: int) -> int:
    """Bytes of activations at the layer that needs most, one image, float32: its input, its output and a residual.

    A convolution's batch norm and activation are taken to work in place, as runtimes have them; weights do not count.
    """
    return 4 * max(layer.reads + layer.writes + layer.holds for layer in layers(plan, in_channels, classes))
