"""The macro space of TransNAS-Bench-101 (Duan et al., CVPR 2021, arXiv 2105.11871), read from a table.

Four to six modules of two residual blocks each. A module keeps its images as they are, doubles their channels, halves
their side, or both; one to three modules double, and one to four halve.
"""

from __future__ import annotations

from collections.abc import Mapping

from illuminas.tools.spaces.base import Architecture, Complexity, Feature, NetworkShape
from illuminas.tools.spaces.choice_features import choice_docs, choice_features
from illuminas.tools.spaces.genotype import Choice, Genes, Genotype
from illuminas.tools.spaces.genotype_space import GenotypeSpace

PLAIN, WIDE, HALF, BOTH = range(4)
WORDS = ("plain", "wide", "half", "both")
LENGTHS = (4, 5, 6)
MOST_WIDE, MOST_HALF = 3, 4
CHANNELS = 64
"""Channels after the stem, which leaves a quarter of the side."""
_FIRST = 1
"""Place of the first module among the genes; before it stands their number."""


def repair(genes: Genes) -> Genes:
    """At least one module widens and one halves, and no more than may: the last ones change."""
    modules = list(genes[_FIRST : _FIRST + LENGTHS[genes[0]]])
    for more, other, most in ((WIDE, HALF, MOST_WIDE), (HALF, WIDE, MOST_HALF)):
        places = [place for place, module in enumerate(modules) if module in (more, BOTH)]
        for place in places[most:]:
            modules[place] = other if modules[place] == BOTH else PLAIN
        if not places:
            modules[-1] = BOTH if modules[-1] == other else more
    return (genes[0], *modules, *[0] * (max(LENGTHS) - len(modules)))


class TransNASMacroSpace(GenotypeSpace):
    """The 3,256 sequences of modules of TransNAS-Bench-101's macro space."""

    name = "transnas_macro"
    summary = (
        "TransNAS-Bench-101 macro networks: four to six modules of two residual blocks, each plain, wide (doubles the "
        "channels), half (halves the side) or both; one to three modules widen, one to four halve."
    )
    noun = "network"
    plural = "neural networks"
    partition = "widenings,flops"
    genotype = Genotype(
        [
            Choice(
                name="modules",
                label="number of modules",
                options=tuple(map(str, LENGTHS)),
                words=tuple(f"{n}:" for n in LENGTHS),
                ordered=True,
            ),
            *(
                Choice(
                    name=f"module_{place}",
                    options=("1", "2", "3", "4"),
                    words=WORDS,
                    kind="module",
                    needs=("modules", max(0, place - LENGTHS[0])),
                )
                for place in range(1, max(LENGTHS) + 1)
            ),
        ],
        repair=repair,
        separator="",
    )
    cost_features = ("modules",)
    feature_docs = {  # noqa: RUF012 - fixed by the class
        **choice_docs(genotype),
        "widenings": "modules that double the channels (1 to 3)",
        "halvings": "modules that halve the side (1 to 4)",
        "first_widening": "place of the first module that doubles the channels (1 to 6)",
        "first_halving": "place of the first module that halves the side (1 to 6)",
    }
    synonyms = {  # noqa: RUF012 - fixed by the class
        "widenings": r"widenings?|doublings?(?: of channels)?",
        "halvings": r"halvings?|down-?sampl\w+",
        "modules": r"modules?",
    }

    def write(self, genes: Genes) -> str:
        """As published: the types of the modules, 1 to 4, without their number."""
        return self.genotype.write(genes, words=False)[1:]

    def read(self, text: str) -> Genes:
        digits = text.strip()
        return super().read(f"{len(digits)}{digits}")

    def describe(self, genes: Genes) -> Mapping[str, Feature]:
        modules = genes[_FIRST : _FIRST + LENGTHS[genes[0]]]
        wide = [place for place, module in enumerate(modules, start=1) if module in (WIDE, BOTH)]
        half = [place for place, module in enumerate(modules, start=1) if module in (HALF, BOTH)]
        counts = {"widenings": len(wide), "halvings": len(half)}
        return {**choice_features(self.genotype, genes), **counts, "first_widening": wide[0], "first_halving": half[0]}

    def complexity(self, architecture: Architecture, shape: NetworkShape) -> Complexity:
        """An estimate from the structure, 3x3 convolutions and shortcuts: the benchmark's table has no figures."""
        genes = self.genes_of(architecture)
        inputs, side = CHANNELS, shape.image_size // 4
        params = 49 * shape.in_channels * inputs // 2
        macs = params * (shape.image_size // 2) ** 2
        for module in genes[_FIRST : _FIRST + LENGTHS[genes[0]]]:
            outputs = inputs * (2 if module in (WIDE, BOTH) else 1)
            side = (side + 1) // 2 if module in (HALF, BOTH) else side
            shortcut = inputs * outputs if module != PLAIN else 0
            weights = 9 * inputs * outputs + 27 * outputs**2 + shortcut
            params, macs = params + weights, macs + weights * side**2
            inputs = outputs
        return Complexity(params + (inputs + 1) * shape.classes, macs + inputs * shape.classes)
