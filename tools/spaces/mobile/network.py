"""The torch network of a plan: plain layers, built from a short list of settings."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor, nn

from illuminas.tools.spaces.mobile.blocks import EPSILON, STEM, Block, padding

ACTIVATIONS: dict[str, type[nn.Module]] = {"relu6": nn.ReLU6, "hswish": nn.Hardswish}


class ConvNorm(nn.Sequential):
    """A convolution that pads as EfficientNet-Lite0 does, batch norm, and an activation unless it is None."""

    def __init__(
        self,
        inputs: int,
        outputs: int,
        kernel: int,
        *,
        side: int,
        stride: int = 1,
        groups: int = 1,
        activation: type[nn.Module] | None,
    ) -> None:
        super().__init__()
        before, after = padding(side, kernel, stride)
        if before != after:
            self.pad = nn.ZeroPad2d((before, after, before, after))
        around = before if before == after else 0
        self.conv = nn.Conv2d(inputs, outputs, kernel, stride, around, groups=groups, bias=False)
        self.norm = nn.BatchNorm2d(outputs, eps=EPSILON, momentum=0.1)
        if activation is not None:
            self.act = activation()


class SqueezeExcitation(nn.Module):
    """Scales channels by what all of the image says of them (Hu et al., CVPR 2018, arXiv 1709.01507)."""

    def __init__(self, channels: int, squeezed: int) -> None:
        super().__init__()
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.reduce = nn.Conv2d(channels, squeezed, 1)
        self.act = nn.ReLU()
        self.expand = nn.Conv2d(squeezed, channels, 1)
        self.gate = nn.Hardsigmoid()

    def forward(self, x: Tensor) -> Tensor:
        scale: Tensor = self.gate(self.expand(self.act(self.reduce(self.pool(x)))))
        return x * scale


class InvertedBottleneck(nn.Module):
    """Expand, filter channel by channel, project; see :class:`~illuminas.tools.spaces.mobile.blocks.Block`."""

    def __init__(self, block: Block, activation: type[nn.Module]) -> None:
        super().__init__()
        inputs, hidden, outputs, kernel, stride, side, squeeze, self.residual = block
        layers: dict[str, nn.Module] = {}
        if block.expands:
            layers["expand"] = ConvNorm(inputs, hidden, 1, side=side, activation=activation)
        layers["depthwise"] = ConvNorm(
            hidden, hidden, kernel, side=side, stride=stride, groups=hidden, activation=activation
        )
        if squeeze:
            layers["squeeze"] = SqueezeExcitation(hidden, squeeze)
        layers["project"] = ConvNorm(hidden, outputs, 1, side=side, activation=None)
        for name, layer in layers.items():
            self.add_module(name, layer)

    def forward(self, x: Tensor) -> Tensor:
        y = x
        for layer in self.children():
            y = layer(y)
        return x + y if self.residual else y


class MobileNetwork(nn.Module):
    """Stem, blocks, head, mean over the image, classifier: ``(n, in_channels, side, side)`` to ``(n, classes)``.

    Args:
        blocks: settings of the inverted bottlenecks.
        side: of the images, pixels.
        head: channels of the 1x1 convolution before the mean; 0 has none.
        activation: a name of :data:`ACTIVATIONS`.
        in_channels: channels of an image.
        classes: outputs.
    """

    def __init__(
        self, blocks: Sequence[Block], *, side: int, head: int, activation: str, in_channels: int, classes: int
    ) -> None:
        super().__init__()
        act = ACTIVATIONS[activation]
        outputs = blocks[-1].outputs
        self.stem = ConvNorm(in_channels, STEM, 3, side=side, stride=2, activation=act)
        self.blocks = nn.Sequential(*(InvertedBottleneck(block, act) for block in blocks))
        self.head = ConvNorm(outputs, head, 1, side=1, activation=act) if head else nn.Identity()
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.classifier = nn.Linear(head or outputs, classes)

    def forward(self, x: Tensor) -> Tensor:
        logits: Tensor = self.classifier(self.pool(self.head(self.blocks(self.stem(x)))).flatten(1))
        return logits
