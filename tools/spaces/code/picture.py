"""A layer list as a picture: a node a layer from the images to the classes, and a link a skip connection."""

from __future__ import annotations

from illuminas.tools.spaces.base import Complexity, InvalidArchitecture, NetworkShape
from illuminas.tools.spaces.code.layers import Layers, Linear, Skip
from illuminas.tools.spaces.code.shapes import costs, outputs
from illuminas.tools.spaces.picture import Link, Node, Picture

_COLORS = {
    "conv": 2,
    "sep": 1,
    "dw": 1,
    "res": 4,
    "maxpool": 3,
    "avgpool": 3,
    "dropout": 0,
    "skip": 6,
    "cat": 6,
    "linear": 5,
}
"""Kind of layer -> colour; each node is named as well."""


def picture_of(layers: Layers, shape: NetworkShape) -> Picture:
    """Nodes with what leaves them, channels × side × side; without sizes where the images are too small."""
    head = "linear to classes" if isinstance(layers[-1], Linear) else "mean, linear to classes"
    labels = ["images", *(layer.text for layer in layers), head]
    colors = [None, *(_COLORS[layer.kind] for layer in layers), None]
    notes, hints = _sizes(layers, shape)
    links = tuple(
        Link(place - layer.over, place + 1, layer.text, _COLORS[layer.kind], dashed=layer.kind == "cat")
        for place, layer in enumerate(layers)
        if isinstance(layer, Skip)
    )
    title = f"network of {', '.join(layer.text for layer in layers)}"
    return Picture(title, tuple(map(Node, labels, notes, hints, colors)), links, fixed=False)


def _sizes(layers: Layers, shape: NetworkShape) -> tuple[list[str], list[str]]:
    """What leaves the images, every layer and the classifier, and what each costs."""
    try:
        along = outputs(layers, in_channels=shape.in_channels, image_size=shape.image_size)
        spent = [Complexity(0, 0), *costs(layers, shape)]
    except InvalidArchitecture as error:
        return [""] * (len(layers) + 2), [str(error)] * (len(layers) + 2)
    notes = [
        str(each.channels)
        if place and isinstance(layers[place - 1], Linear)
        else f"{each.channels} × {each.side} × {each.side}"
        for place, each in enumerate(along)
    ]
    hints = [f"{params:,} parameters, {macs:,} multiply-accumulates" for params, macs in spent]
    return [*notes, str(shape.classes)], hints
