"""Which layers of a child are its parent's, unchanged, so that their trained weights are its own to begin with.

Children that begin with what their parents learned need less training (weight inheritance: Real et al. 2017, arXiv
1703.01041). Lists are aligned as texts are: a layer is the same if its text is, and if as many channels come in. One
that was put in or taken out moves those behind it, and the names of their weights with them.
"""

from __future__ import annotations

from collections.abc import Mapping
from difflib import SequenceMatcher
from typing import Any, NamedTuple

from numpy.typing import NDArray

from illuminas.tools.spaces.code.layers import Layer, Layers, Skip
from illuminas.tools.spaces.code.shapes import Channels, channels_along
from illuminas.tools.spaces.code.source import module_names


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
