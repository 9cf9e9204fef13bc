"""How layer lists are drawn, changed and crossed.

What is made here builds for images of 8x8 and more; offspring of a list that halves more often, for images that have
a pixel left after that many halvings.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from illuminas.tools.spaces.code.layers import (
    KERNELS,
    LADDER,
    MAX_CHANNELS,
    MAX_LAYERS,
    Conv,
    Convolutional,
    Depthwise,
    Dropout,
    Layer,
    Layers,
    Linear,
    Pool,
    Residual,
    Separable,
    Skip,
    effective,
    with_inserted,
    without,
)
from illuminas.tools.spaces.code.shapes import fits, halvings

SMALLEST_SIDE = 8
"""Side of the smallest images that what is made here builds for, pixels."""
MAX_HALVINGS = 3
"""Halvings of a list that is drawn: an image of the smallest side has a pixel left."""
DRAWN_LAYERS = 14
"""Layers of a list that is drawn, before the linear ones."""
RATES = (0.1, 0.2, 0.3, 0.4, 0.5)
"""Dropout rates that are drawn and varied."""
REACH = 4
"""Layers that a drawn skip reaches over at most."""
_CUTS = 16
"""Pairs of cuts that a crossover tries."""
_TYPES: dict[str, type[Convolutional]] = {"conv": Conv, "sep": Separable, "res": Residual, "dw": Depthwise}


def random_layers(rng: np.random.Generator) -> Layers:
    """A list whose depth, width and number of halvings are drawn first, so that each of them varies widely.

    The width starts at 8 to 64 channels and mostly grows where the side is halved, as in networks that people build;
    convolutions are the likeliest layers, and 3x3 the likeliest kernel.
    """
    while True:
        count = int(rng.integers(1, DRAWN_LAYERS + 1))
        halved = set(rng.choice(count, size=min(count - 1, int(rng.integers(MAX_HALVINGS + 1))), replace=False))
        width = int(rng.integers(LADDER.index(64) + 1))
        layers: list[Layer] = []
        for place in range(count):
            halve = place in halved
            width = _clamped(
                width + int(rng.choice([-1, 0, 1, 2], p=[0.1, 0.2, 0.3, 0.4] if halve else [0.15, 0.6, 0.2, 0.05]))
            )
            layers.append(_random_layer(rng, place, LADDER[width], halve=halve))
        if rng.random() < 0.2:
            layers.append(Linear(features=LADDER[int(rng.integers(3, len(LADDER)))]))
        if fits(tuple(layers), side=SMALLEST_SIDE):
            return effective(tuple(layers))


def _random_layer(rng: np.random.Generator, place: int, channels: int, *, halve: bool) -> Layer:
    kinds = ["conv", "sep", "res", "dw"]
    shares = [0.45, 0.2, 0.25, 0.1]
    if halve:
        kinds, shares = [*kinds, "maxpool", "avgpool"], [0.27, 0.12, 0.15, 0.06, 0.25, 0.15]
    elif place:
        kinds, shares = [*kinds, "skip", "cat", "dropout"], [0.3, 0.13, 0.17, 0.08, 0.17, 0.07, 0.08]
    kind = str(rng.choice(kinds, p=shares))
    if kind in ("maxpool", "avgpool"):
        return Pool.model_validate({"kind": kind})
    if kind in ("skip", "cat"):
        return Skip.model_validate({"kind": kind, "over": int(rng.integers(1, min(place, REACH) + 1))})
    if kind == "dropout":
        return Dropout(rate=float(rng.choice(RATES)))
    layer_type = _TYPES[kind]
    kernel = 3 if rng.random() < 0.6 else int(rng.choice(KERNELS[layer_type]))
    named = {} if layer_type is Depthwise else {"channels": channels}
    return layer_type.model_validate({"kernel": kernel, "stride": 2 if halve else 1, **named})


def neighbours(layers: Layers) -> list[tuple[str, Layers]]:
    """Every smallest change of a list with its label, in a fixed order: one layer dropped, changed or added, or all
    of them made wider or narrower."""
    side = max(SMALLEST_SIDE, 2 ** halvings(layers))
    return [
        (label, changed)
        for label, changed in _changes(layers)
        if 1 <= len(changed) <= MAX_LAYERS and fits(changed, side=side)
    ]


def _changes(layers: Layers) -> Iterator[tuple[str, Layers]]:
    for place, layer in enumerate(layers):
        where = f"layer {place + 1} ({layer.text})"
        yield f"drop {where}", without(layers, place)
        for other in _variants(layer, place):
            yield f"change {where} to {other.text}", (*layers[:place], other, *layers[place + 1 :])
    yield "widen all layers", tuple(_resized(layer, _wider) for layer in layers)
    yield "narrow all layers", tuple(_resized(layer, _narrower) for layer in layers)
    yield from _additions(layers)


def _variants(layer: Layer, place: int) -> list[Layer]:
    """The layer with one thing about it changed by one step."""
    found: list[Layer] = [_resized(layer, _wider), _resized(layer, _narrower)]
    if isinstance(layer, Conv | Separable | Residual | Depthwise):
        kernels = KERNELS[type(layer)]
        at = kernels.index(layer.kernel)
        found += [_changed(layer, kernel=kernel) for kernel in kernels[max(at - 1, 0) : at + 2]]
        found.append(_changed(layer, stride=3 - layer.stride))
    if isinstance(layer, Conv | Separable | Residual):
        for other in (Conv, Separable, Residual):
            if layer.kernel in KERNELS[other]:
                found.append(other.model_validate(layer.model_dump(exclude={"kind"})))
    elif isinstance(layer, Pool):
        found.append(Pool(kind="avgpool" if layer.kind == "maxpool" else "maxpool"))
    elif isinstance(layer, Skip):
        found += [_changed(layer, over=over) for over in (layer.over - 1, layer.over + 1) if 1 <= over <= place]
        found.append(_changed(layer, kind="cat" if layer.kind == "skip" else "skip"))
    elif isinstance(layer, Dropout):
        found += [Dropout(rate=rate) for rate in RATES if abs(rate - layer.rate) < 0.15]
    return [other for other in found if other != layer]


def _additions(layers: Layers) -> Iterator[tuple[str, Layers]]:
    """One layer more, as wide as the one before it that names its channels."""
    end = next((place for place, layer in enumerate(layers) if isinstance(layer, Linear)), len(layers))
    channels = next((_channels(layer) for layer in layers if _channels(layer)), LADDER[2])
    for place in range(end + 1):
        channels = (_channels(layers[place - 1]) if place else 0) or channels
        added: list[Layer] = [
            Conv(kernel=1, channels=channels),
            Conv(channels=channels),
            Separable(channels=channels),
            Residual(channels=channels),
            Depthwise(),
            Pool(kind="maxpool"),
            Pool(kind="avgpool"),
            Dropout(rate=RATES[1]),
            *(Skip(kind=kind, over=over) for kind in ("skip", "cat") for over in range(1, min(place, REACH) + 1)),
        ]
        before = f"before layer {place + 1} ({layers[place].text})" if place < len(layers) else "at the end"
        for new in added:
            yield f"add {new.text} {before}", with_inserted(layers, place, new)
    for features in (64, 128):
        new = Linear(features=features)
        yield f"add {new.text} after the pooling", (*layers, new)


def _channels(layer: Layer) -> int:
    """Channels that a layer names; 0 where it takes what comes."""
    return layer.channels if isinstance(layer, Conv | Separable | Residual) else 0


def _changed(layer: Layer, **values: object) -> Layer:
    return type(layer).model_validate({**layer.model_dump(), **values})


def _resized(layer: Layer, resize: Callable[[int], int]) -> Layer:
    if isinstance(layer, Linear):
        return layer.model_copy(update={"features": resize(layer.features)})
    return layer.model_copy(update={"channels": resize(_channels(layer))}) if _channels(layer) else layer


def _wider(channels: int) -> int:
    return next((step for step in LADDER if step > channels), MAX_CHANNELS)


def _narrower(channels: int) -> int:
    return next((step for step in reversed(LADDER) if step < channels), channels)


def _clamped(step: int) -> int:
    return min(max(step, 0), len(LADDER) - 1)


def crossed(left: Layers, right: Layers, rng: np.random.Generator) -> Layers | None:
    """The beginning of one list and the end of the other, each cut once; None where no cut tried gives a new list.

    A skip of the second part that reached further back than its new place allows starts from the images.
    """
    side = max(SMALLEST_SIDE, 2 ** max(halvings(left), halvings(right)))
    parents = (effective(left), effective(right))
    for _ in range(_CUTS):
        head = left[: int(rng.integers(1, len(left) + 1))]
        child = list(head)
        for layer in right[int(rng.integers(len(right))) :]:
            reaches = isinstance(layer, Skip) and layer.over > len(child)
            child.append(_changed(layer, over=len(child)) if reaches else layer)
        made = effective(tuple(child))
        if len(made) <= MAX_LAYERS and _in_order(made) and fits(made, side=side) and made not in parents:
            return made
    return None


def _in_order(layers: Layers) -> bool:
    """Whether nothing but dropout follows a linear layer."""
    first = next((place for place, layer in enumerate(layers) if isinstance(layer, Linear)), len(layers))
    return all(isinstance(layer, Linear | Dropout) for layer in layers[first:])
