"""NAS-Bench-Macro (Su et al., CVPR 2021, arXiv 2103.11922): stages of inverted residual blocks, read from a table.

Eight layers in three stages, each identity or an inverted residual block (MBConv) of one of two sizes. The first layer
of a stage halves the images and widens them, also where it is called identity: then it is a 1x1 convolution.
"""

from __future__ import annotations

from collections.abc import Mapping

from illuminas.tools.spaces.base import Architecture, Complexity, Feature, NetworkShape, NicheAxis
from illuminas.tools.spaces.choice_features import choice_docs, choice_features
from illuminas.tools.spaces.genotype import Choice, Genes, Genotype
from illuminas.tools.spaces.genotype_space import GenotypeSpace

IDENTITY, SMALL, LARGE = range(3)
WORDS = ("id", "mb3", "mb6")
KERNEL_AND_EXPANSION = {SMALL: (3, 3), LARGE: (5, 6)}
STAGES = ((0, 1), (2, 3, 4), (5, 6, 7))
"""Places of the layers of each stage."""
CHANNELS = (32, 64, 128, 256)
"""Channels after the stem and after each stage."""
HEAD = 1280
"""Channels of the 1x1 convolution before the classifier."""


class NBMacroSpace(GenotypeSpace):
    """The 6,561 networks of NAS-Bench-Macro; 3,969 differ in more than the order of identities."""

    name = "nbmacro"
    summary = (
        "NAS-Bench-Macro networks: eight layers in three stages (1-2, 3-5, 6-8), each id (identity), mb3 (inverted "
        "residual block, kernel 3, expansion 3) or mb6 (kernel 5, expansion 6). The first layer of a stage halves the "
        "image side and doubles the channels."
    )
    noun = "network"
    plural = "neural networks"
    partition = "blocks,flops"
    genotype = Genotype(
        [Choice(name=f"layer_{place}", options=("0", "1", "2"), words=WORDS, kind="layer") for place in range(1, 9)],
        separator="",
    )
    axes = {  # noqa: RUF012 - fixed by the class
        "blocks": NicheAxis(
            "mb6_layers", (1, 2, 3, 4, 5), ("no mb6", "one mb6", "two mb6", "three mb6", "four mb6", "five or more mb6")
        )
    }
    cost_features = ("depth",)
    synonyms = {  # noqa: RUF012 - fixed by the class
        "mb3_layers": r"(?:small|3x3) (?:blocks?|mb ?convs?)|mb3s?",
        "mb6_layers": r"(?:large|big|5x5) (?:blocks?|mb ?convs?)|mb6s?",
        "id_layers": r"identit(?:y|ies)|skips?",
        "depth": r"blocks?|layers?",
    }
    feature_docs = {  # noqa: RUF012 - fixed by the class
        **choice_docs(genotype),
        "depth": "number of layers that are no identity (0 to 8)",
        **{f"depth_{stage}": f"layers of stage {stage} that are no identity (0 to 3)" for stage in (1, 2, 3)},
    }

    def form(self, genes: Genes) -> str:
        """Identities after a stage's first layer move to its end: there they do nothing, wherever they stand."""
        parts = []
        for first, *rest in STAGES:
            acting = [genes[place] for place in rest if genes[place] != IDENTITY]
            parts += [genes[first], *acting, *[IDENTITY] * (len(rest) - len(acting))]
        return "".join(map(str, parts))

    def rank(self, genes: Genes) -> tuple[int, ...]:
        """The canonical form itself comes first."""
        return (self.write(genes) != self.form(genes), *genes)

    def describe(self, genes: Genes) -> Mapping[str, Feature]:
        acting = [sum(genes[place] != IDENTITY for place in stage) for stage in STAGES]
        depths = {f"depth_{number}": count for number, count in enumerate(acting, start=1)}
        return {**choice_features(self.genotype, genes), "depth": sum(acting), **depths}

    def complexity(self, architecture: Architecture, shape: NetworkShape) -> Complexity:
        """Counted layer by layer, as the benchmark's figures are: these equal all of its 6,561."""
        genes, side = self.genes_of(architecture), shape.image_size
        params = 9 * shape.in_channels * CHANNELS[0] + 2 * CHANNELS[0]
        macs = 9 * shape.in_channels * CHANNELS[0] * side**2
        for number, stage in enumerate(STAGES):
            inputs, outputs = CHANNELS[number : number + 2]
            for place in stage:
                halved = (side + 1) // 2 if place == stage[0] else side
                layer = _layer(genes[place], inputs, outputs, side, halved)
                params, macs = params + layer.params, macs + layer.macs
                inputs, side = outputs, halved
        weights = CHANNELS[-1] * HEAD
        params += weights + 2 * HEAD + (HEAD + 1) * shape.classes
        return Complexity(params, macs + weights * side**2 + HEAD * shape.classes)


def _layer(op: int, inputs: int, outputs: int, side: int, after: int) -> Complexity:
    """What a layer costs that takes images of one side to another."""
    if op == IDENTITY:
        weights = 0 if inputs == outputs else inputs * outputs
        return Complexity(weights + 2 * outputs if weights else 0, weights * after**2)
    kernel, expansion = KERNEL_AND_EXPANSION[op]
    hidden = expansion * inputs
    expand, depthwise, project = inputs * hidden, kernel**2 * hidden, hidden * outputs
    params = expand + depthwise + project + 4 * hidden + 2 * outputs
    return Complexity(params, expand * side**2 + (depthwise + project) * after**2)
