"""The ``code`` space: networks as lists of layers that compile to PyTorch source."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from illuminas.tools.spaces.base import (
    Architecture,
    Complexity,
    Edit,
    Feature,
    InvalidArchitecture,
    NetworkShape,
    SearchSpace,
)
from illuminas.tools.spaces.code import features, shapes, variation
from illuminas.tools.spaces.code.layers import MAX_CHANNELS, MAX_LAYERS, Layers, Residual, effective
from illuminas.tools.spaces.code.notation import (
    GBNF,
    REGEX,
    canonical_source,
    is_source,
    lines_grammar,
    read_layers,
    write_layers,
)
from illuminas.tools.spaces.code.picture import picture_of
from illuminas.tools.spaces.code.source import inherited, network_class, source
from illuminas.tools.spaces.picture import Picture

if TYPE_CHECKING:
    from torch import nn


class CodeSpace(SearchSpace):
    """Lists of at most 24 layers. Two lists are equal when they are once what has no effect is left out.

    Free PyTorch source can be read as an architecture too, and told from others; whatever would need its network
    raises :class:`InvalidArchitecture`, as it may be built in a sandbox alone.
    """

    name = "code"
    summary = (
        "Networks as a line of layers separated by '|', then global average pooling and a linear classifier: "
        "conv1/3/5/7 CHANNELS (convolution, normalisation, ReLU), sep3/5/7 CHANNELS (separable), res3/5 CHANNELS "
        "(residual block), dw3/5/7 (depthwise), each with /2 for stride 2; maxpool, avgpool (2x2), dropout RATE, "
        "skip N and cat N (add or concatenate what went into the last N layers), linear FEATURES at the end. "
        f"At most {MAX_LAYERS} layers and {MAX_CHANNELS} channels."
    )
    noun = "network"
    plural = "neural networks"
    words_tokens = 160
    notation = "layers separated by '|', such as 'conv3 32 | maxpool | res3 64 /2'"
    partition = "width_depth,flops"
    feature_docs = features.FEATURE_DOCS
    cost_features = ("depth",)
    example_predicate = "params_class == small and residuals >= 2"
    chat_examples = (
        ("I do not want pooling layers", "forbid pools"),
        ("we cannot have any skip connections", "forbid skips"),
        ("convolutions are useless here, do not propose them", "forbid convs"),
        ("there should be three or more convolutions in it", "require convs >= 3"),
        ("I believe that skips make networks better", "rule skips >= 1 {improves} {primary}"),
        ("I think convolutions make {primary} worse", "rule convs >= 1 {worsens} {primary}"),
        ("see whether many layers make {second} worse", "rule depth >= 3 {worsens_second} {second}"),
        ("test whether pools are bad for the {primary}", "rule pools >= 1 {worsens} {primary}"),
    )
    synonyms = {  # noqa: RUF012 - fixed by the class
        "plain_convs": r"plain conv(?:olution)?s?",
        "separable": r"(?:depthwise(?: separable)?|separable)s?(?: conv(?:olution)?s?)?",
        "strided": r"strided (?:layers?|conv(?:olution)?s?)",
        "convs": r"conv(?:olution)?s?(?: layers?)?|convolutional layers?",
        "pools": r"(?:average |max |avg)?pool(?:ing)?s?(?: layers?)?",
        "concats": r"concat(?:enation)?s?|concatenating skips?",
        "skips": r"skip(?:[ -]?connection)?s?|identit(?:y|ies)",
        "residuals": r"residual(?: block| connection)?s?",
        "has_residual": r"residual(?: connection)?s?|shortcuts?",
        "large_kernels": r"large kernels?",
        "dropouts": r"drop-?outs?(?: layers?)?",
        "linears": r"linear layers?|linears?|dense layers?|fully[ -]connected layers?",
        "halvings": r"halvings?|down-?sampl\w+",
        "layers": r"layers?",
    }
    generated = True

    def parse(self, text: str) -> Architecture:
        if is_source(text):
            return Architecture(space=self.name, text=text.strip(), canonical=canonical_source(text))
        return _parse(text)

    def random(self, rng: np.random.Generator) -> Architecture:
        return _architecture(variation.random_layers(rng))

    def mutate(self, architecture: Architecture, rng: np.random.Generator) -> Architecture:
        edits = self.edits(architecture)
        return edits[int(rng.integers(len(edits)))].result

    def crossover(self, left: Architecture, right: Architecture, rng: np.random.Generator) -> Architecture:
        child = variation.crossed(layers_of(left), layers_of(right), rng)
        return self.mutate(left, rng) if child is None else _architecture(child)

    @lru_cache(maxsize=256)  # noqa: B019 - one space lives as long as the process
    def edits(self, architecture: Architecture) -> list[Edit]:
        found: dict[str, Edit] = {}
        for label, layers in variation.neighbours(layers_of(architecture)):
            result = _architecture(layers)
            if result.canonical != architecture.canonical:
                found.setdefault(result.canonical, Edit(label, result))
        return list(found.values())

    def features(self, architecture: Architecture) -> Mapping[str, Feature]:
        return _features(_effective(architecture))

    def encode(self, architecture: Architecture) -> dict[str, np.ndarray]:
        return features.encoding(_effective(architecture))

    def complexity(self, architecture: Architecture, shape: NetworkShape) -> Complexity:
        return shapes.complexity(_effective(architecture), shape)

    def is_free(self, architecture: Architecture) -> bool:
        return is_source(architecture.text)

    def source(self, architecture: Architecture) -> str:
        """The layers compiled; free source as it is."""
        return architecture.text if self.is_free(architecture) else source(_effective(architecture))

    def inherit(
        self, parent: Architecture, child: Architecture, weights: Mapping[str, NDArray[Any]]
    ) -> dict[str, NDArray[Any]]:
        """Layers that both have keep their weights wherever they stand; free source keeps names."""
        if self.is_free(parent) or self.is_free(child):
            return dict(weights)
        return inherited(_effective(parent), _effective(child), weights)

    def build(self, architecture: Architecture, shape: NetworkShape) -> nn.Module:
        """The network of :meth:`source`; raises :class:`InvalidArchitecture` where it does not fit the images."""
        layers = _effective(architecture)
        shapes.outputs(layers, in_channels=shape.in_channels, image_size=shape.image_size)
        return network_class(layers)(shape.in_channels, shape.image_size, shape.classes)

    def representative(self, architecture: Architecture) -> Architecture:
        return architecture if self.is_free(architecture) else _architecture(_effective(architecture))

    def heaviest(self) -> Architecture:
        return _architecture((Residual(kernel=5, channels=MAX_CHANNELS),) * MAX_LAYERS)

    def to_words(self, architecture: Architecture) -> str:
        return architecture.text

    def from_words(self, words: str) -> Architecture:
        return self.parse(words)

    def title(self, architecture: Architecture) -> str:
        if self.is_free(architecture):
            return f"source {architecture.hash[:6]}, {architecture.text.count(chr(10)) + 1} lines"
        return architecture.text

    def words_grammar(self) -> str:
        return lines_grammar(GBNF)

    def words_pattern(self) -> str:
        return lines_grammar(REGEX)

    def picture(self, architecture: Architecture, shape: NetworkShape) -> Picture:
        """The layers; free source has none."""
        return picture_of(layers_of(architecture), shape)


def layers_of(architecture: Architecture) -> Layers:
    """The layers of an architecture.

    Raises:
        InvalidArchitecture: it is free source, whose layers nobody knows before it is built.
    """
    if is_source(architecture.text):
        raise InvalidArchitecture(
            "this network is free PyTorch source: it needs the sandbox to be built, and nothing is known of its layers "
            "before. Expected a layer list, such as 'conv3 32 | maxpool | conv3 64'."
        )
    return read_layers(architecture.text)


def _effective(architecture: Architecture) -> Layers:
    return effective(layers_of(architecture))


@lru_cache(maxsize=16_384)
def _parse(text: str) -> Architecture:
    layers = read_layers(text)
    # too many channels for grey images are too many for all
    shapes.outputs(layers, in_channels=1, image_size=2 ** shapes.halvings(layers))
    return _architecture(layers)


def _architecture(layers: Layers) -> Architecture:
    return Architecture(space=CodeSpace.name, text=write_layers(layers), canonical=write_layers(effective(layers)))


@lru_cache(maxsize=16_384)
def _features(layers: Layers) -> Mapping[str, Feature]:
    return features.features(layers)
