"""The layers that a network of the ``code`` space is a list of.

A layer names only what it puts out; what comes in is inferred from the layers before it. Every convolution carries
its batch normalisation and ReLU with it, so that one word is one step of a network that trains. After the last layer
comes a fixed head: global average pooling, then a linear layer to the classes; ``linear`` layers stand between the
two.
"""

from __future__ import annotations

from typing import Annotated, Literal, Self, get_args

from pydantic import Field, model_validator

from illuminas.tools.frozen import Frozen

MAX_LAYERS = 24
"""Layers of a list."""
MAX_CHANNELS = 256
"""Channels, or features, that a layer may put out; concatenations count."""
LADDER = (8, 16, 24, 32, 48, 64, 96, 128, 192, 256)
"""Channels that are drawn and varied; a list that comes as text may name others."""

ChannelCount = Annotated[int, Field(ge=1, le=MAX_CHANNELS)]
Stride = Literal[1, 2]


class _Convolution(Frozen):
    """What convolutions of any kind have; stride 2 halves the side and rounds up."""

    kind: str
    kernel: int
    stride: Stride = 1

    @property
    def text(self) -> str:
        named = getattr(self, "channels", "")
        return f"{self.kind}{self.kernel}{f' {named}' if named else ''}{' /2' if self.stride == 2 else ''}"


class Conv(_Convolution):
    """Convolution, batch normalisation, ReLU."""

    kind: Literal["conv"] = "conv"
    kernel: Literal[1, 3, 5, 7] = 3
    channels: ChannelCount


class Separable(_Convolution):
    """A depthwise convolution and one of 1x1, each with batch normalisation and ReLU (arXiv 1704.04861)."""

    kind: Literal["sep"] = "sep"
    kernel: Literal[3, 5, 7] = 3
    channels: ChannelCount


class Residual(_Convolution):
    """Two convolutions beside a shortcut, which is a 1x1 convolution where shapes differ (arXiv 1512.03385)."""

    kind: Literal["res"] = "res"
    kernel: Literal[3, 5] = 3
    channels: ChannelCount


class Depthwise(_Convolution):
    """A convolution of each channel by itself, batch normalisation, ReLU."""

    kind: Literal["dw"] = "dw"
    kernel: Literal[3, 5, 7] = 3


class Pool(Frozen):
    """Maximum or mean of squares of 2x2 pixels; halves the side and rounds down."""

    kind: Literal["maxpool", "avgpool"]

    @property
    def text(self) -> str:
        return self.kind


class Dropout(Frozen):
    """Sets a share of its inputs to zero while training; 0 does nothing."""

    kind: Literal["dropout"] = "dropout"
    rate: float = Field(ge=0, le=0.9)

    @property
    def text(self) -> str:
        return f"dropout {self.rate:g}"


class Skip(Frozen):
    """Brings in again what went into the last ``over`` layers: ``skip`` adds it, ``cat`` puts it beside.

    Where the sides differ it is averaged down to the smaller one; where ``skip`` meets other channels, a 1x1
    convolution with batch normalisation makes them equal.
    """

    kind: Literal["skip", "cat"] = "skip"
    over: int = Field(ge=1, le=MAX_LAYERS)

    @property
    def text(self) -> str:
        return f"{self.kind} {self.over}"


class Linear(Frozen):
    """A fully connected layer and ReLU, after the global pooling."""

    kind: Literal["linear"] = "linear"
    features: ChannelCount

    @property
    def text(self) -> str:
        return f"linear {self.features}"


Layer = Annotated[
    Conv | Separable | Residual | Depthwise | Pool | Dropout | Skip | Linear,
    Field(discriminator="kind"),
]
Convolutional = Conv | Separable | Residual | Depthwise
KERNELS: dict[type[Convolutional], tuple[int, ...]] = {
    kind: get_args(kind.model_fields["kernel"].annotation) for kind in (Conv, Separable, Residual, Depthwise)
}
"""Sides of the kernels of each kind of convolution, ascending."""
Layers = tuple[Layer, ...]


class LayerList(Frozen):
    """A network without its head: at least one layer, each with all that it needs before it."""

    layers: Layers = Field(min_length=1, max_length=MAX_LAYERS)

    @model_validator(mode="after")
    def _every_layer_has_what_it_needs(self) -> Self:
        linear = False
        for place, layer in enumerate(self.layers):
            number = f"layer {place + 1}, '{layer.text}'"
            if isinstance(layer, Skip) and layer.over > place:
                raise ValueError(f"{number}: expected at most the {place} layers before it to reach over")
            if linear and not isinstance(layer, Linear | Dropout):
                raise ValueError(f"{number}: expected only linear and dropout after a linear layer, as it has no sides")
            linear = linear or isinstance(layer, Linear)
        return self

    @property
    def text(self) -> str:
        """The list on one line."""
        return " | ".join(layer.text for layer in self.layers)


def halves(layer: Layer) -> bool:
    """Whether a layer halves the side of its images."""
    return isinstance(layer, Pool) or (isinstance(layer, Convolutional) and layer.stride == 2)


def without(layers: Layers, index: int) -> Layers:
    """The list without one layer; a skip over it keeps its source, and goes too where that layer was all it skipped."""
    kept: list[Layer] = []
    for place, layer in enumerate(layers):
        if place == index:
            continue
        if isinstance(layer, Skip) and place - layer.over <= index < place:
            if layer.over == 1:
                return without(without(layers, place), index)
            layer = layer.model_copy(update={"over": layer.over - 1})
        kept.append(layer)
    return tuple(kept)


def with_inserted(layers: Layers, index: int, new: Layer) -> Layers:
    """The list with one layer more at ``index``; what reached over that place reaches over it too."""
    moved = [
        layer.model_copy(update={"over": layer.over + 1})
        if isinstance(layer, Skip) and place >= index >= place - layer.over
        else layer
        for place, layer in enumerate(layers)
    ]
    return (*moved[:index], new, *moved[index:])


def effective(layers: Layers) -> Layers:
    """The list without its dropouts of 0, except one that a skip reaches over alone: that skip doubles its input."""
    for place, layer in enumerate(layers):
        after = layers[place + 1] if place + 1 < len(layers) else None
        if isinstance(layer, Dropout) and layer.rate == 0 and len(layers) > 1:
            if isinstance(after, Skip) and after.over == 1:
                continue
            return effective(without(layers, place))
    return layers
