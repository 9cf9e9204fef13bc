"""A space for tests: two stages of layers, and a repair that lets no stage have two large kernels in a row."""

from __future__ import annotations

from itertools import pairwise

from illuminas.tools.spaces import Architecture, Complexity, NetworkShape
from illuminas.tools.spaces.genotype import Choice, Genes, Genotype, stage
from illuminas.tools.spaces.genotype_space import GenotypeSpace

LAYER = (
    Choice(name="kernel", options=("3", "5", "7"), words=("k3", "k5", "k7"), ordered=True),
    Choice(name="op", options=("conv", "sep"), kind="layer"),
)
CHOICES = (
    *stage("first", (1, 2, 3), LAYER),
    *stage("second", (0, 2), LAYER),
    Choice(name="act", options=("relu", "swish")),
)


def calm(genes: Genes) -> Genes:
    """No kernel of 7 right after another."""
    kernels = [place for place, choice in enumerate(CHOICES) if choice.name.endswith("kernel")]
    changed = list(genes)
    for before, place in pairwise(kernels):
        if changed[before] == changed[place] == 2:
            changed[place] = 1
    return tuple(changed)


class ToySpace(GenotypeSpace):
    """Up to five layers."""

    name = "toy"
    summary = "Two stages of convolutions."
    noun = "network"
    plural = "networks"
    genotype = Genotype(CHOICES, repair=calm)

    def complexity(self, architecture: Architecture, shape: NetworkShape) -> Complexity:
        total = int(sum(float(v) for k, v in self.features(architecture).items() if k.endswith("kernel")))
        return Complexity(total, total * shape.image_size)
