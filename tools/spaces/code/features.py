"""What predicates and surrogates can know of a layer list without its data set."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from itertools import pairwise

import numpy as np

from illuminas.tools.spaces.base import Feature, NetworkShape
from illuminas.tools.spaces.code.layers import (
    KERNELS,
    Conv,
    Convolutional,
    Depthwise,
    Dropout,
    Layers,
    Linear,
    Pool,
    Residual,
    Separable,
    Skip,
    halves,
)
from illuminas.tools.spaces.code.shapes import channels_along, complexity, depth, halvings

FEATURE_DOCS: dict[str, str] = {
    "layers": "number of layers (1 to 24)",
    "depth": "layers with weights that follow each other, the classifier included (1 to 49)",
    "width": "most channels or features that a layer puts out (1 to 256)",
    "width_depth": "width divided by depth",
    "convs": "number of convolutional layers of any kind (0 to 24)",
    "plain_convs": "number of plain convolutions (0 to 24)",
    "separable": "number of separable and depthwise convolutions (0 to 24)",
    "residuals": "number of residual blocks (0 to 24)",
    "large_kernels": "number of convolutional layers with kernels of 5x5 or 7x7 (0 to 24)",
    "skips": "number of skip connections that add (0 to 23)",
    "concats": "number of skip connections that concatenate (0 to 23)",
    "has_residual": "a residual block or a skip connection that adds",
    "halvings": "how often the side is halved (0 to 24)",
    "pools": "number of poolings (0 to 24)",
    "strided": "number of convolutional layers of stride 2 (0 to 24)",
    "first_halving": "layers up to the first that halves the side, that one included; 0 without (0 to 24)",
    "dropouts": "number of dropouts (0 to 24)",
    "dropout": "greatest dropout rate (0 to 0.9)",
    "linears": "number of linear layers before the classifier (0 to 24)",
    "first_channels": "channels after the first layer (1 to 256)",
    "last_channels": "features that the classifier sees (1 to 256)",
    "grows": "channels never shrink from one layer to the next",
    "params_class": "parameters: tiny under 20,000, small under 100,000, medium under 500,000, else large",
}
CLASSES = (("tiny", 20_000), ("small", 100_000), ("medium", 500_000))
"""Words for numbers of parameters, each with the first number above it."""
_COLOUR = 3
"""Channels of the images where a feature depends on them."""
_POINTS = 8
"""Places along a list that the encoding looks at."""
_KINDS = (
    *(f"{kind.model_fields['kind'].default}{kernel}" for kind, kernels in KERNELS.items() for kernel in kernels),
    *("maxpool", "avgpool", "dropout", "skip", "cat", "linear"),
)


def features(layers: Layers) -> Mapping[str, Feature]:
    """The features of :data:`FEATURE_DOCS`; images count as three channels."""
    channels = [each.at(_COLOUR) for each in channels_along(layers)]
    convolutional = [layer for layer in layers if isinstance(layer, Convolutional)]
    halved = [place for place, layer in enumerate(layers, start=1) if halves(layer)]
    rates = [layer.rate for layer in layers if isinstance(layer, Dropout)]
    kinds = Counter(map(type, layers))
    skips = sum(isinstance(layer, Skip) and layer.kind == "skip" for layer in layers)
    residuals = kinds[Residual]
    deep, wide = depth(layers), max(channels[1:])
    return {
        "layers": len(layers),
        "depth": deep,
        "width": wide,
        "width_depth": wide / deep,
        "convs": len(convolutional),
        "plain_convs": kinds[Conv],
        "separable": kinds[Separable] + kinds[Depthwise],
        "residuals": residuals,
        "large_kernels": sum(layer.kernel > 3 for layer in convolutional),
        "skips": skips,
        "concats": kinds[Skip] - skips,
        "has_residual": residuals + skips > 0,
        "halvings": len(halved),
        "pools": kinds[Pool],
        "strided": sum(layer.stride == 2 for layer in convolutional),
        "first_halving": halved[0] if halved else 0,
        "dropouts": len(rates),
        "dropout": max(rates, default=0.0),
        "linears": kinds[Linear],
        "first_channels": channels[1],
        "last_channels": channels[-1],
        "grows": all(left <= right for left, right in pairwise(channels[1:])),
        "params_class": params_class(complexity(layers, NetworkShape(image_size=2 ** len(halved))).params),
    }


def params_class(params: int) -> str:
    """The word for a number of parameters."""
    return next((word for word, bound in CLASSES if params < bound), "large")


def encoding(layers: Layers) -> dict[str, np.ndarray]:
    """Groups of numbers for surrogates.

    ``graph``: the numeric features, large ones on a logarithmic scale, and parameters; ``kinds`` ``(18,)``: layers of
    each kind and kernel; ``profile`` ``(16,)``: log2 of the channels, and halvings so far, at eight places spread
    evenly from the first layer to the last.
    """
    known = features(layers)
    numbers = [float(value) for value in known.values() if not isinstance(value, str)]
    # a side that all halvings leave a pixel of; parameters do not depend on it
    params = complexity(layers, NetworkShape(image_size=2 ** halvings(layers))).params
    words = [layer.text.split()[0] for layer in layers]
    channels = [each.at(_COLOUR) for each in channels_along(layers)][1:]
    halved = np.cumsum([halves(layer) for layer in layers])
    places = np.linspace(0, len(layers) - 1, _POINTS).round().astype(int)
    return {
        "graph": np.array([*np.log2(1 + np.array(numbers)), np.log2(params)]),
        "kinds": np.array([float(words.count(kind)) for kind in _KINDS]),
        "profile": np.concatenate([np.log2(np.array(channels))[places], halved[places]]),
    }
