"""What goes in and out of each layer, and what it costs, without torch.

A strided convolution halves a side and rounds up, a pooling rounds down, as torch does.
"""

from __future__ import annotations

from typing import NamedTuple

from illuminas.tools.spaces.base import Complexity, InvalidArchitecture, NetworkShape
from illuminas.tools.spaces.code.layers import (
    MAX_CHANNELS,
    Conv,
    Depthwise,
    Layers,
    Linear,
    Pool,
    Residual,
    Separable,
    Skip,
    halves,
)


class Channels(NamedTuple):
    """A number of channels that may depend on those of the images: so many times theirs, and so many more."""

    images: int
    fixed: int

    def at(self, in_channels: int) -> int:
        """The number for images of ``in_channels``."""
        return self.images * in_channels + self.fixed

    def beside(self, other: Channels) -> Channels:
        """Both together."""
        return Channels(self.images + other.images, self.fixed + other.fixed)

    @property
    def expression(self) -> str:
        """As Python source over ``in_channels``."""
        images = {0: "", 1: "in_channels"}.get(self.images, f"{self.images} * in_channels")
        return " + ".join(part for part in (images, str(self.fixed) if self.fixed else "") if part)


def channels_along(layers: Layers) -> list[Channels]:
    """Channels, or features, of the images and after each layer: one entry more than there are layers."""
    found = [Channels(1, 0)]
    for place, layer in enumerate(layers):
        if isinstance(layer, Conv | Separable | Residual):
            found.append(Channels(0, layer.channels))
        elif isinstance(layer, Linear):
            found.append(Channels(0, layer.features))
        elif isinstance(layer, Skip) and layer.kind == "cat":
            found.append(found[place].beside(found[place - layer.over]))
        else:
            found.append(found[place])
    return found


def sides_along(layers: Layers, image_size: int) -> list[int]:
    """Side of the images and after each layer, pixels; 1 from the global pooling on.

    Raises:
        InvalidArchitecture: a pooling would leave less than a pixel.
    """
    found = [image_size]
    for place, layer in enumerate(layers):
        side = found[place]
        if isinstance(layer, Linear):
            side = 1
        elif isinstance(layer, Pool) and side < 2:
            raise InvalidArchitecture(
                f"layer {place + 1}, '{layer.text}': expected at least 2x2 pixels to pool, got {side}x{side} of images "
                f"of {image_size}x{image_size}. Halve the side less often."
            )
        elif halves(layer):
            side = side // 2 if isinstance(layer, Pool) else (side + 1) // 2
        found.append(side)
    return found


class Output(NamedTuple):
    """What a layer puts out: channels or features, and the side in pixels."""

    channels: int
    side: int


def outputs(layers: Layers, *, in_channels: int, image_size: int) -> list[Output]:
    """The images and what comes out of each layer.

    Raises:
        InvalidArchitecture: too many channels, or a pooling would leave less than a pixel.
    """
    channels = [each.at(in_channels) for each in channels_along(layers)]
    for place, count in enumerate(channels[1:]):
        if count > MAX_CHANNELS:
            raise InvalidArchitecture(
                f"layer {place + 1}, '{layers[place].text}': expected at most {MAX_CHANNELS} channels, got {count}. "
                "Concatenate less, or narrow the layers before it."
            )
    return [Output(*pair) for pair in zip(channels, sides_along(layers, image_size), strict=True)]


def costs(layers: Layers, shape: NetworkShape) -> list[Complexity]:
    """Parameters and multiply-accumulates of each layer and, last, of the linear layer to the classes.

    Convolutions and linear layers make the multiply-accumulates; normalisation, pooling and activation none.

    Raises:
        InvalidArchitecture: as :func:`outputs`.
    """
    along = outputs(layers, in_channels=shape.in_channels, image_size=shape.image_size)
    found = []
    for place, layer in enumerate(layers):
        (inputs, _), (channels, side) = along[place], along[place + 1]
        match layer:
            case Conv():
                found.append(_convolutions((layer.kernel**2 * inputs, channels), side=side))
            case Depthwise():
                found.append(_convolutions((layer.kernel**2, inputs), side=side))
            case Separable():
                found.append(_convolutions((layer.kernel**2, inputs), (inputs, channels), side=side))
            case Residual():
                straight = inputs == channels and layer.stride == 1
                found.append(
                    _convolutions(
                        (layer.kernel**2 * inputs, channels),
                        (layer.kernel**2 * channels, channels),
                        *([] if straight else [(inputs, channels)]),
                        side=side,
                    )
                )
            case Skip(kind="skip"):
                source = along[place - layer.over].channels
                found.append(_convolutions(*([] if source == channels else [(source, channels)]), side=side))
            case Linear():
                found.append(_linear(inputs, channels))
            case _:
                found.append(Complexity(0, 0))
    return [*found, _linear(along[-1].channels, shape.classes)]


def complexity(layers: Layers, shape: NetworkShape) -> Complexity:
    """Parameters and multiply-accumulates of the whole network; raises as :func:`outputs`."""
    params, macs = (sum(column) for column in zip(*costs(layers, shape), strict=True))
    return Complexity(params, macs)


def depth(layers: Layers) -> int:
    """Layers with weights that follow each other from the images to the logits, shortcuts apart."""
    weighted = sum(
        2 if isinstance(layer, Separable | Residual) else isinstance(layer, Conv | Depthwise | Linear)
        for layer in layers
    )
    return weighted + 1


def _convolutions(*terms: tuple[int, int], side: int) -> Complexity:
    """Convolutions with batch normalisation: (weights of one output channel, output channels) of each."""
    weights = outs = 0
    for fan_in, channels in terms:
        weights += fan_in * channels
        outs += channels
    return Complexity(weights + 2 * outs, weights * side**2)


def _linear(inputs: int, features: int) -> Complexity:
    return Complexity((inputs + 1) * features, inputs * features)


def fits(layers: Layers, *, side: int) -> bool:
    """Whether the network can be built for images of one channel and that side, so for all that are larger."""
    try:
        outputs(layers, in_channels=1, image_size=side)
    except InvalidArchitecture:
        return False
    return True


def halvings(layers: Layers) -> int:
    """How often the side is halved."""
    return sum(halves(layer) for layer in layers)
