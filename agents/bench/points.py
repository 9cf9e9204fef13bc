"""The combinations of a space's choices as numbers, so that rivals run on arrays.

A combination's code is its place among all, the first choice varying slowest. Combinations that compute the same
function share a class, the canonical form of their space; equal classes are equal hashes.
"""

from __future__ import annotations

from functools import cache, cached_property, lru_cache
from typing import NamedTuple

import numpy as np

from illuminas.tools.errors import IlluminasError
from illuminas.tools.spaces import Architecture, NetworkShape, get_space
from illuminas.tools.spaces.genotype_space import GenotypeSpace

SUMMARY = "graph"
"""The group of an encoding that says in few numbers what the others say in full."""


class Axis(NamedTuple):
    """A quantity that sorts architectures: its value by code, ``(n,)``, and how many bins suit it."""

    values: np.ndarray
    bins: int


class Points:
    """Every combination of an enumerable space, legal or not: a repair leads from each to an architecture.

    Args:
        space: enumerable.

    Attributes:
        genes: ``(n, choices)``.
        texts: as the space publishes them.
        classes: class of each, ``(n,)``, counted from 0 in the order of the codes.
    """

    def __init__(self, space: GenotypeSpace) -> None:
        self.space = space
        genotype = space.genotype
        self._genes = list(genotype.unrepaired())
        self._codes = {genes: code for code, genes in enumerate(self._genes)}
        self.genes = np.array(self._genes)
        self.texts = tuple(map(space.write, self._genes))
        numbers: dict[str, int] = {}
        forms = (space.form(genotype.legal(genes)) for genes in self._genes)
        self.classes = np.array([numbers.setdefault(form, len(numbers)) for form in forms])
        self.firsts = np.unique(self.classes, return_index=True)[1]
        """The first code of every class, ``(classes,)``."""

    def __len__(self) -> int:
        return len(self._genes)

    @property
    def count(self) -> int:
        """Classes."""
        return len(self.firsts)

    @property
    def options(self) -> np.ndarray:
        """How many options each choice has, ``(choices,)``."""
        return np.asarray([len(choice.options) for choice in self.space.genotype.choices])

    def code_of(self, text: str) -> int:
        """Code of a published text."""
        return self._codes[self.space.genes_of(self.space.parse(text))]

    def encode(self, genes: np.ndarray) -> int:
        """Code of an option for each choice; those of choices that are not live do not matter."""
        return self._codes[self.space.genotype.settled(tuple(genes.tolist()))]

    def architecture(self, code: int) -> Architecture:
        """The architecture that a combination leads to."""
        return self.space.from_genes(self._genes[code])

    @cached_property
    def legal(self) -> np.ndarray:
        """Whether a combination is an architecture whose output depends on its input, ``(n,)``."""
        legal = self.space.genotype.legal
        return np.asarray(self.connected & np.array([legal(genes) == genes for genes in self._genes]))

    @cached_property
    def connected(self) -> np.ndarray:
        """Whether the output depends on the input, ``(n,)``."""
        whole = np.array([self.space.computes(self.architecture(code)) for code in self.firsts])
        return np.asarray(whole[self.classes])

    @lru_cache(maxsize=65_536)  # noqa: B019 - one object a space lives as long as the process
    def neighbours(self, code: int) -> np.ndarray:
        """Codes of those that differ in one live choice, by one step where it is ordered."""
        genotype, genes = self.space.genotype, self._genes[code]
        found = []
        for place in genotype.live(genes):
            size = len(genotype.choices[place].options)
            steps = set(genotype.steps(genes, place))
            for option in ((genes[place] + shift) % size for shift in range(1, size)):
                if option in steps:
                    found.append(self._codes[genotype.settled((*genes[:place], option, *genes[place + 1 :]))])
        return np.array(found)

    @cached_property
    def encodings(self) -> np.ndarray:
        """What the space tells a surrogate of every class but the summary, ``(classes, d)``."""
        groups = [self.space.encode(self.architecture(code)) for code in self.firsts]
        return np.array([np.concatenate([group[name] for name in group if name != SUMMARY]) for group in groups])

    @cached_property
    def axes(self) -> list[Axis]:
        """What sorts architectures by their structure: multiply-accumulates, and the feature that costs time."""
        architectures = [self.architecture(code) for code in range(len(self))]
        counted = [self.space.complexity(each, NetworkShape()) for each in architectures]
        macs = [0 if each is None else each.macs for each in counted]
        found = [Axis(np.array(macs, dtype=float), 9)]
        if self.space.cost_features:
            name = self.space.cost_features[-1]
            values = np.array([float(self.space.features(each)[name]) for each in architectures])
            found.append(Axis(values, round(float(values.max() - values.min())) + 1))
        return found


@cache
def points(space: str) -> Points:
    """The combinations of a space.

    Raises:
        IlluminasError: it has no list of them.
    """
    found = get_space(space)
    if not isinstance(found, GenotypeSpace) or not found.enumerable:
        raise IlluminasError(f"the bench lists every architecture of a space, and {space} has no such list.")
    return Points(found)
