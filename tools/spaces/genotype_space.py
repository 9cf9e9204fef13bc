"""A search space from a genotype: everything that :class:`~illuminas.tools.spaces.base.SearchSpace` asks for."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cached_property, lru_cache
from typing import Any

import numpy as np

from illuminas.tools.spaces.base import (
    Architecture,
    Complexity,
    Edit,
    Feature,
    InvalidArchitecture,
    NetworkShape,
    SearchSpace,
)
from illuminas.tools.spaces.choice_features import (
    choice_docs,
    choice_features,
    choice_synonyms,
    encode_choices,
    example_predicate,
)
from illuminas.tools.spaces.genotype import Genes, Genotype
from illuminas.tools.spaces.picture import Node, Picture

ENUMERABLE = 50_000
"""Combinations up to which a space is listed."""
_JUMPS = 0.25
_TRIES = 8
"""Draws until a crossover gives something new; then a mutation does."""


class GenotypeSpace(SearchSpace):
    """Architectures that are combinations of choices.

    A space names itself, sets :attr:`genotype`, and says what its architectures cost (:meth:`complexity`) where it has
    networks. It overrides what it does better: :meth:`form` where different combinations compute the same function,
    :meth:`connects` where one computes nothing, :meth:`describe` for features of its own, :meth:`build` for a network.

    Attributes:
        genotype: the choices.
    """

    genotype: Genotype
    partition = "flops"

    def __init__(self) -> None:
        choices = self.genotype.choices
        self.enumerable = self.genotype.size <= ENUMERABLE
        defaults: dict[str, Any] = {
            "words_tokens": 6 * len(choices),
            "notation": f"words, separated by spaces, for {', '.join(each.label for each in choices)}",
            "feature_docs": choice_docs(self.genotype),
        }
        for name, value in defaults.items():
            if not hasattr(self, name):
                setattr(self, name, value)
        self.synonyms = choice_synonyms(self.genotype, self.synonyms)
        self.example_predicate = self.example_predicate or example_predicate(self.features(self.heaviest()))

    # what a space may know better

    def read(self, text: str) -> Genes:
        """The genes of a published text; raises ValueError or :class:`InvalidArchitecture`."""
        return self.checked(self.genotype.read(text, words=False))

    def checked(self, genes: Genes) -> Genes:
        """Legal genes; raises ValueError, with the nearest, for others."""
        legal = self.genotype.legal(genes)
        if legal != genes:
            raise ValueError(f"no such combination; the nearest is {self.write(legal)!r}")
        return legal

    def write(self, genes: Genes) -> str:
        """The text of genes, as published."""
        return self.genotype.write(genes, words=False)

    def form(self, genes: Genes) -> str:
        """The canonical form of legal genes; genes of one function share it."""
        return self.write(genes)

    def connects(self, genes: Genes) -> bool:
        """Whether the output depends on the input."""
        return True

    def rank(self, genes: Genes) -> tuple[int, ...]:
        """Of the genes of one form, those of the least rank stand for all."""
        return genes

    def describe(self, genes: Genes) -> Mapping[str, Feature]:
        """The features; :attr:`feature_docs` has their meanings."""
        return choice_features(self.genotype, genes)

    def encode_genes(self, genes: Genes) -> dict[str, np.ndarray]:
        """Groups of numbers: ``choices``, one-hot, or from 0 to 1 where ordered, zeros where not live; ``graph``."""
        numbers = [float(each) for each in self.describe(genes).values() if not isinstance(each, str)]
        macs = self._macs(self._architecture(genes))
        return {"choices": encode_choices(self.genotype, genes), "graph": np.array([*numbers, np.log2(1 + macs)])}

    def configuration(self, architecture: Architecture) -> dict[str, Any]:
        return self.genotype.values(self.genes_of(architecture))

    def complexity(self, architecture: Architecture, shape: NetworkShape) -> Complexity | None:
        """None: a space that has networks to count says how."""
        return None

    # text

    def genes_of(self, architecture: Architecture) -> Genes:
        """The genes of an architecture of this space."""
        return self._genes(architecture.text)

    def from_genes(self, genes: Genes) -> Architecture:
        """The architecture of a combination, made legal first."""
        return self._architecture(self.genotype.legal(genes))

    @lru_cache(maxsize=65_536)  # noqa: B019 - one space lives as long as the process
    def _architecture(self, genes: Genes) -> Architecture:
        return Architecture(space=self.name, text=self.write(genes), canonical=self.form(genes))

    @lru_cache(maxsize=65_536)  # noqa: B019 - one space lives as long as the process
    def _genes(self, text: str) -> Genes:
        try:
            return self.read(text)
        except ValueError as error:
            raise InvalidArchitecture(f"not a {self.noun} of {self.name}: {text[:160]!r}: {error}.") from error

    def parse(self, text: str) -> Architecture:
        return self._architecture(self._genes(text))

    def to_words(self, architecture: Architecture) -> str:
        return self.genotype.write(self.genes_of(architecture), words=True)

    def from_words(self, words: str) -> Architecture:
        """The nearest legal architecture."""
        try:
            return self.from_genes(self.genotype.read(words, words=True))
        except ValueError as error:
            raise InvalidArchitecture(
                f"not a {self.noun} in short notation: {words[:80]!r}: {error}. It takes {self.notation}."
            ) from error

    def words_grammar(self) -> str:
        return self.genotype.grammar(word=lambda word: f'"{word}"', space=' " " ', joint=" ", either=" | ")

    def words_pattern(self) -> str:
        return self.genotype.grammar(word=re.escape, space=" ", joint="", either="|")

    # variation

    def random(self, rng: np.random.Generator) -> Architecture:
        if self.enumerable:
            known = self._reduced
            return known[int(rng.integers(len(known)))]
        while True:
            genes = self.genotype.draw(rng)
            if self.connects(genes):
                return self._architecture(genes)

    def mutate(self, architecture: Architecture, rng: np.random.Generator) -> Architecture:
        """A neighbour; in a quarter of the draws an ordered choice goes to any of its options."""
        genes = self.genes_of(architecture)
        long = [place for place in self.genotype.live(genes) if self.genotype.is_long(place)]
        if long and rng.random() < _JUMPS:
            place = long[int(rng.integers(len(long)))]
            child = self.genotype.deepened(genes, place, int(rng.integers(len(self.genotype.choices[place].options))))
            if self._is_new(child, architecture):
                return self._architecture(child)
        edits = self.edits(architecture)
        return edits[int(rng.integers(len(edits)))].result

    def crossover(self, left: Architecture, right: Architecture, rng: np.random.Generator) -> Architecture:
        genes = self.genes_of(left), self.genes_of(right)
        for _ in range(_TRIES):
            child = self.genotype.mix(*genes, rng)
            if self._is_new(child, left, right):
                return self._architecture(child)
        return self.mutate(left, rng)

    @lru_cache(maxsize=1_024)  # noqa: B019 - one space lives as long as the process
    def edits(self, architecture: Architecture) -> list[Edit]:
        genes, found = self.genes_of(architecture), []
        for place in self.genotype.live(genes):
            choice = self.genotype.choices[place]
            for option in self.genotype.steps(genes, place):
                child = self.genotype.deepened(genes, place, option)
                if self._is_new(child, architecture):
                    found.append(Edit(f"{choice.label} {choice.words[option]}", self._architecture(child)))
        return found

    def _is_new(self, genes: Genes, *others: Architecture) -> bool:
        return self.connects(genes) and self.form(genes) not in [each.canonical for each in others]

    # the whole space

    def computes(self, architecture: Architecture) -> bool:
        return self.connects(self.genes_of(architecture))

    def reduced(self) -> list[Architecture]:
        return list(self._reduced) if self.enumerable else super().reduced()

    @cached_property
    def _reduced(self) -> list[Architecture]:
        return sorted(filter(self.computes, self._representatives.values()), key=self._rank_of)

    @cached_property
    def _representatives(self) -> dict[str, Architecture]:
        """Canonical form -> its architecture of the least rank."""
        return {form: min(equal, key=self._rank_of) for form, equal in self._spellings.items()}

    def _rank_of(self, architecture: Architecture) -> tuple[int, ...]:
        return self.rank(self.genes_of(architecture))

    @cached_property
    def _spellings(self) -> dict[str, list[Architecture]]:
        """Canonical form -> its architectures, in the order of their genes."""
        found: dict[str, list[Architecture]] = {}
        for genes in self.genotype.combinations():
            found.setdefault(self.form(genes), []).append(self._architecture(genes))
        return found

    def equals(self, architecture: Architecture) -> Sequence[Architecture]:
        return self._spellings.get(architecture.canonical, (architecture,)) if self.enumerable else (architecture,)

    def representative(self, architecture: Architecture) -> Architecture:
        return self._representatives.get(architecture.canonical, architecture) if self.enumerable else architecture

    def heaviest(self) -> Architecture:
        """By multiply-accumulates: the greatest of all, or from the last options on, choice by choice."""
        if self.enumerable:
            return max(self._reduced, key=self._macs)
        best = self.from_genes(tuple(len(choice.options) - 1 for choice in self.genotype.choices))
        for place, choice in enumerate(self.genotype.choices):
            genes = self.genes_of(best)
            others = (self.genotype.deepened(genes, place, option) for option in range(len(choice.options)))
            best = max([best, *map(self._architecture, others)], key=self._macs)
        return best

    def _macs(self, architecture: Architecture) -> int:
        counted = self.complexity(architecture, NetworkShape())
        return 0 if counted is None else counted.macs

    # what is known of an architecture

    def features(self, architecture: Architecture) -> Mapping[str, Feature]:
        return self._features(self.genes_of(architecture))

    @lru_cache(maxsize=16_384)  # noqa: B019 - one space lives as long as the process
    def _features(self, genes: Genes) -> Mapping[str, Feature]:
        return self.describe(genes)

    def encode(self, architecture: Architecture) -> dict[str, np.ndarray]:
        return self._encode(self.genes_of(self.representative(architecture)))

    @lru_cache(maxsize=8_192)  # noqa: B019 - one space lives as long as the process
    def _encode(self, genes: Genes) -> dict[str, np.ndarray]:
        return self.encode_genes(genes)

    def picture(self, architecture: Architecture, shape: NetworkShape) -> Picture:
        """A node a part, one after the other; choices that say how many parts there are have none."""
        genes, choices = self.genes_of(architecture), self.genotype.choices
        needed = {choice.needs[0] for choice in choices if choice.needs is not None}
        parts: dict[str, Node] = {}
        for place in self.genotype.live(genes):
            choice, word = choices[place], choices[place].words[genes[place]]
            if choice.name not in needed:
                first = parts.get(choice.part, Node("", note=choice.part.replace("_", " "), color=genes[place]))
                parts[choice.part] = first._replace(label=f"{first.label} {word}".strip())
        nodes = (Node("input"), *parts.values(), Node("output"))
        return Picture(f"{self.noun} {self.to_words(architecture)}", nodes, fixed=not needed)
