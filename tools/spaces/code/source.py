"""Layer lists compiled to PyTorch source that people can read, networks built from exactly that source, and weights
that a child inherits.

Channels stand in the source as numbers, and as sums over ``in_channels`` where a layer sees the images: one source
serves every data set, and nothing is lazy, so a network has its parameters from the start, as optimisers, counters
and copies of weights need them. Sides are not in it at all, as no layer's weights depend on them.

Children that begin with what their parents learned need less training (weight inheritance: Real et al. 2017, arXiv
1703.01041). Lists are aligned as texts are: a layer is the same if its text is, and if as many channels come in. One
that was put in or taken out moves those behind it, and the names of their weights with them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from difflib import SequenceMatcher
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from numpy.typing import NDArray

from illuminas.tools.spaces.code.layers import (
    Conv,
    Depthwise,
    Dropout,
    Layer,
    Layers,
    Linear,
    Pool,
    Residual,
    Separable,
    Skip,
    halves,
)
from illuminas.tools.spaces.code.shapes import Channels, channels_along

if TYPE_CHECKING:
    from torch import nn


_CONVOLUTION = '''
def convolution(inputs: int, outputs: int, kernel: int, *, stride: int = 1, groups: int = 1) -> nn.Sequential:
    """Convolution, batch normalisation, ReLU; stride 2 halves the side and rounds up."""
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, kernel, stride=stride, padding=kernel // 2, groups=groups, bias=False),
        nn.BatchNorm2d(outputs),
        nn.ReLU(),
    )
'''
_SEPARABLE = '''
def separable(inputs: int, outputs: int, kernel: int, *, stride: int = 1) -> nn.Sequential:
    """Each channel by itself, then all channels at each pixel."""
    return nn.Sequential(
        convolution(inputs, inputs, kernel, stride=stride, groups=inputs),
        convolution(inputs, outputs, 1),
    )
'''
_PROJECTION = '''
def projection(inputs: int, outputs: int, *, stride: int = 1) -> nn.Module:
    """A 1x1 convolution where shapes differ."""
    if inputs == outputs and stride == 1:
        return nn.Identity()
    return nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride=stride, bias=False), nn.BatchNorm2d(outputs))
'''
_RESIDUAL = '''
class Residual(nn.Module):
    """Two convolutions beside a shortcut."""

    def __init__(self, inputs: int, outputs: int, kernel: int, *, stride: int = 1) -> None:
        super().__init__()
        self.first = convolution(inputs, outputs, kernel, stride=stride)
        self.second = nn.Conv2d(outputs, outputs, kernel, padding=kernel // 2, bias=False)
        self.norm = nn.BatchNorm2d(outputs)
        self.shortcut = projection(inputs, outputs, stride=stride)
        self.relu = nn.ReLU()

    def forward(self, x: Tensor) -> Tensor:
        return self.relu(self.norm(self.second(self.first(x))) + self.shortcut(x))
'''
_POOLS = {"maxpool": "nn.MaxPool2d(2)", "avgpool": "nn.AvgPool2d(2)"}


def module_names(layers: Layers) -> list[str]:
    """Where the network of :func:`source` holds each layer, and last its classifier, as names of weights begin."""
    end = _begin_of_head(layers)
    found = [f"layer{place + 1}" for place in range(end)]
    # behind the pooling and the flattening, and a linear layer has its ReLU behind it
    index = 2
    for layer in layers[end:]:
        found.append(f"head.{index}")
        index += 2 if isinstance(layer, Linear) else 1
    return [*found, f"head.{index}"]


def _begin_of_head(layers: Layers) -> int:
    """Layers before the first linear one, from which on they belong to the head."""
    return next((place for place, layer in enumerate(layers) if isinstance(layer, Linear)), len(layers))


@lru_cache(maxsize=4_096)
def source(layers: Layers) -> str:
    """A module with ``class Network(nn.Module)``, which takes ``in_channels``, ``image_size`` and ``classes``."""
    channels = [each.expression for each in channels_along(layers)]
    sides = _sides(layers)
    sources = {place - layer.over for place, layer in enumerate(layers) if isinstance(layer, Skip)}
    end, names = _begin_of_head(layers), module_names(layers)
    init: list[str] = []
    forward: list[str] = ["x0 = x"] if 0 in sources else []
    resized = False
    for place, layer in enumerate(layers[:end]):
        name, keep = names[place], f"x{place + 1} = " if place + 1 in sources else ""
        if isinstance(layer, Skip):
            back = place - layer.over
            brought, same_side = f"x{back}", sides[back] == sides[place]
            if not same_side:
                brought, resized = f"F.adaptive_avg_pool2d({brought}, x.shape[2:])", True
            if layer.kind == "cat":
                forward.append(f"{keep}x = torch.cat([x, {brought}], 1)")
                continue
            if channels[back] != channels[place]:
                init.append(f"self.{name} = projection({channels[back]}, {channels[place]})  # {layer.text}")
                brought = f"self.{name}({brought})"
            forward.append(f"{keep}x = x + {brought}")
        else:
            init.append(f"self.{name} = {_module(layer, channels[place], channels[place + 1])}")
            forward.append(f"{keep}x = self.{name}(x)")
    head = ["nn.AdaptiveAvgPool2d(1)", "nn.Flatten()"]
    for place, layer in enumerate(layers[end:], start=end):
        if isinstance(layer, Linear):
            head += [f"nn.Linear({channels[place]}, {channels[place + 1]})", "nn.ReLU()"]
        else:
            head.append(_module(layer, channels[place], channels[place + 1]))
    head.append(f"nn.Linear({channels[-1]}, classes)")
    concatenates = any(isinstance(layer, Skip) and layer.kind == "cat" for layer in layers)
    imports = [*(["import torch"] if concatenates else []), "from torch import Tensor, nn"]
    imports += ["from torch.nn import functional as F"] if resized else []
    return "\n".join(
        [
            *imports,
            "",
            *_helpers(layers, init),
            "",
            "class Network(nn.Module):",
            '    """Images (n, in_channels, side, side) to logits (n, classes)."""',
            "",
            "    def __init__(self, in_channels: int, image_size: int, classes: int) -> None:",
            "        super().__init__()",
            *(f"        {line}" for line in init),
            "        self.head = nn.Sequential(",
            *(f"            {line}," for line in head),
            "        )",
            "",
            "    def forward(self, x: Tensor) -> Tensor:",
            *(f"        {line}" for line in forward),
            "        return self.head(x)",
            "",
        ]
    )


def _module(layer: Layer, inputs: str, outputs: str) -> str:
    """The expression that makes a layer."""
    stride = ", stride=2" if halves(layer) else ""
    match layer:
        case Conv():
            return f"convolution({inputs}, {outputs}, {layer.kernel}{stride})"
        case Separable():
            return f"separable({inputs}, {outputs}, {layer.kernel}{stride})"
        case Residual():
            return f"Residual({inputs}, {outputs}, {layer.kernel}{stride})"
        case Depthwise():
            return f"convolution({inputs}, {inputs}, {layer.kernel}{stride}, groups={inputs})"
        case Pool():
            return _POOLS[layer.kind]
        case Dropout():
            return f"nn.Dropout({layer.rate:g})"
    raise TypeError(f"{layer.text} has no module of its own")


def _sides(layers: Layers) -> list[tuple[str, ...]]:
    """How the images' side was halved so far, before and after each layer; equal ones stand for equal sides."""
    found: list[tuple[str, ...]] = [()]
    for layer in layers:
        found.append((*found[-1], "down" if isinstance(layer, Pool) else "up") if halves(layer) else found[-1])
    return found


def _helpers(layers: Layers, init: list[str]) -> list[str]:
    """The functions and classes that the network uses, and no others."""
    residual = any(isinstance(layer, Residual) for layer in layers)
    wanted = {
        _CONVOLUTION: any(isinstance(layer, Conv | Separable | Depthwise | Residual) for layer in layers),
        _SEPARABLE: any(isinstance(layer, Separable) for layer in layers),
        _PROJECTION: residual or any("projection(" in line for line in init),
        _RESIDUAL: residual,
    }
    return [text for text, used in wanted.items() if used]


@lru_cache(maxsize=256)
def network_class(layers: Layers) -> Callable[..., nn.Module]:
    """``Network`` of the compiled source; that is data turned into code here, so nothing else can be in it."""
    namespace: dict[str, Any] = {"__name__": "network"}
    exec(compile(source(layers), "<layer list>", "exec"), namespace)
    made: Callable[..., nn.Module] = namespace["Network"]
    return made


class _Part(NamedTuple):
    """What the weights of a layer depend on: equal parts have weights of equal shapes, for the same purpose."""

    words: str
    inputs: Channels
    brought: Channels | None = None


def inherited(parent: Layers, child: Layers, weights: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    """The weights of layers that both have, by the names that they have in the child.

    Args:
        parent, child: effective layers, as networks are compiled from them.
        weights: of the parent's network, by name.
    """
    names = module_names(parent), module_names(child)
    aligned = SequenceMatcher(None, _parts(parent), _parts(child), autojunk=False).get_matching_blocks()
    moved = {
        names[0][block.a + offset]: names[1][block.b + offset] for block in aligned for offset in range(block.size)
    }
    found = {}
    for name, array in weights.items():
        module = next((each for each in moved if name.startswith(f"{each}.")), None)
        if module is not None:
            found[moved[module] + name.removeprefix(module)] = array
    return found


def _parts(layers: Layers) -> list[_Part]:
    """Every layer, and last the classifier."""
    channels = channels_along(layers)
    parts = [_part(place, layer, channels) for place, layer in enumerate(layers)]
    return [*parts, _Part("classifier", channels[-1])]


def _part(place: int, layer: Layer, channels: list[Channels]) -> _Part:
    if isinstance(layer, Skip):
        # over how many layers it reaches changes with what is between, and its weights do not
        return _Part(layer.kind, channels[place], channels[place - layer.over])
    return _Part(layer.text, channels[place])
