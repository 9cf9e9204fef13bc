"""A search space from a genotype: everything that :class:`~illuminas.tools.spaces.base.SearchSpace` asks for."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property, lru_cache

import numpy as np

from illuminas.tools.spaces.base import (
    Architecture,
    Edit,
    Feature,
    InvalidArchitecture,
    NetworkShape,
    SearchSpace,
)
from illuminas.tools.spaces.genotype import Choice, Genes, Genotype
from illuminas.tools.spaces.picture import Node, Picture

ENUMERABLE = 50_000
"""Combinations up to which a space is listed."""
_TRIES = 8
"""Draws until a variation gives something new; then an edit does."""


class GenotypeSpace(SearchSpace):
    """Architectures that are combinations of choices.

    A space names itself, sets :attr:`genotype` and says what its architectures cost (:meth:`complexity`). It overrides
    what it does better: :meth:`form` where different combinations compute the same function, :meth:`connects` where
    one computes nothing, :meth:`extras` for features of its own, :meth:`build` for a network.

    Attributes:
        genotype: the choices.
    """

    genotype: Genotype
    partition = "flops"

    def __init__(self) -> None:
        self.enumerable = self.genotype.size <= ENUMERABLE
        self.words_tokens = 6 * len(self.genotype.choices)
        if not hasattr(self, "notation"):
            self.notation = f"a word for each of: {', '.join(each.label for each in self.genotype.choices)}"
        if not hasattr(self, "feature_docs"):
            self.feature_docs = {**self._choice_docs(), **self._kind_docs(), **self.extra_docs}

    extra_docs: Mapping[str, str] = {}
    """Meaning of the features in :meth:`extras`."""

    # what a space may know better

    def form(self, genes: Genes) -> str:
        """The canonical form of legal genes; genes of one function share it."""
        return self.genotype.write(genes, words=False)

    def connects(self, genes: Genes) -> bool:
        """Whether the output depends on the input."""
        return True

    def extras(self, genes: Genes) -> Mapping[str, Feature]:
        """Features beside those of the choices; :attr:`extra_docs` has their meanings."""
        return {}

    # text

    def genes_of(self, architecture: Architecture) -> Genes:
        """The genes of an architecture of this space."""
        return self._genes(architecture.text)

    def from_genes(self, genes: Genes) -> Architecture:
        """The architecture of a combination, made legal first."""
        return self._architecture(self.genotype.legal(genes))

    @lru_cache(maxsize=65_536)  # noqa: B019 - one space lives as long as the process
    def _architecture(self, genes: Genes) -> Architecture:
        return Architecture(space=self.name, text=self.genotype.write(genes, words=False), canonical=self.form(genes))

    @lru_cache(maxsize=65_536)  # noqa: B019 - one space lives as long as the process
    def _genes(self, text: str) -> Genes:
        try:
            genes = self.genotype.read(text, words=False)
        except ValueError as error:
            raise InvalidArchitecture(f"not a {self.noun} of {self.name}: {text[:160]!r}: {error}.") from error
        legal = self.genotype.legal(genes)
        if legal != genes:
            nearest = self.genotype.write(legal, words=False)
            raise InvalidArchitecture(f"{self.name} has no {self.noun} {text[:160]!r}. The nearest is {nearest!r}.")
        return legal

    def parse(self, text: str) -> Architecture:
        return self._architecture(self._genes(text))

    def to_words(self, architecture: Architecture) -> str:
        return self.genotype.write(self.genes_of(architecture), words=True)

    def from_words(self, words: str) -> Architecture:
        """The nearest legal architecture."""
        try:
            return self.from_genes(self.genotype.read(words, words=True))
        except ValueError as error:
            raise InvalidArchitecture(f"not a {self.noun} in short notation: {words[:80]!r}: {error}.") from error

    def words_grammar(self) -> str:
        return self.genotype.grammar(word=lambda word: f'"{word}"', space=' " " ', either=" | ")

    def words_pattern(self) -> str:
        return self.genotype.grammar(word=re.escape, space=" ", either="|")

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
        """One live choice changed, each as likely; an ordered one to a neighbour half of the time, else to any."""
        genes = self.genes_of(architecture)
        live = [place for place in self.genotype.live(genes) if len(self.genotype.choices[place].options) > 1]
        for _ in range(_TRIES):
            place = live[int(rng.integers(len(live)))]
            steps = self.genotype.steps(genes, place)
            if rng.random() < 0.5:
                steps = [each for each in range(len(self.genotype.choices[place].options)) if each != genes[place]]
            child = self.genotype.deepened(genes, place, steps[int(rng.integers(len(steps)))])
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
        genes, found = self.genes_of(architecture), {}
        for place in self.genotype.live(genes):
            choice = self.genotype.choices[place]
            for option in self.genotype.steps(genes, place):
                child = self.genotype.deepened(genes, place, option)
                if self._is_new(child, architecture):
                    label = f"{choice.label} {choice.words[option]}"
                    found.setdefault(self.form(child), Edit(label, self._architecture(child)))
        return list(found.values())

    def _is_new(self, genes: Genes, *others: Architecture) -> bool:
        return self.connects(genes) and self.form(genes) not in [each.canonical for each in others]

    # the whole space

    def computes(self, architecture: Architecture) -> bool:
        return self.connects(self.genes_of(architecture))

    def reduced(self) -> list[Architecture]:
        return list(self._reduced) if self.enumerable else super().reduced()

    @cached_property
    def _reduced(self) -> list[Architecture]:
        return [spellings[0] for spellings in self._spellings.values()]

    @cached_property
    def _spellings(self) -> dict[str, list[Architecture]]:
        """Canonical form -> its architectures, in order."""
        found: dict[str, list[Architecture]] = {}
        for genes in self.genotype.combinations():
            if self.connects(genes):
                found.setdefault(self.form(genes), []).append(self._architecture(genes))
        return found

    def equals(self, architecture: Architecture) -> Sequence[Architecture]:
        return self._spellings.get(architecture.canonical, (architecture,)) if self.enumerable else (architecture,)

    def representative(self, architecture: Architecture) -> Architecture:
        return self.equals(architecture)[0]

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
        return self.complexity(architecture, NetworkShape()).macs

    # what is known of an architecture

    def _choice_docs(self) -> dict[str, str]:
        docs = {}
        for choice in self.genotype.choices:
            kept = f"{', '.join(choice.words)}" if choice.numbers is None else _span(choice)
            docs[choice.name] = f"{choice.label} ({kept})" + (", 'absent' where there is none" if choice.needs and
                                                              choice.numbers is None else "")  # fmt: skip
        return docs

    def _kinds(self) -> Iterator[tuple[str, list[int]]]:
        """Each kind with the places of its choices."""
        for kind in dict.fromkeys(choice.kind for choice in self.genotype.choices if choice.kind):
            yield kind, [place for place, choice in enumerate(self.genotype.choices) if choice.kind == kind]

    def _kind_docs(self) -> dict[str, str]:
        docs = {}
        for kind, places in self._kinds():
            choice = self.genotype.choices[places[0]]
            for word in choice.words if choice.numbers is None else ():
                docs[_count_name(word, kind)] = f"number of {kind}s that are {word} (0 to {len(places)})"
            if choice.numbers is not None:
                most = max(choice.numbers) * len(places)
                docs[f"total_{kind}"] = f"sum of {kind} over the network (0 to {most:g})"
        return docs

    def features(self, architecture: Architecture) -> Mapping[str, Feature]:
        return self._features(self.genes_of(self.representative(architecture)))

    @lru_cache(maxsize=16_384)  # noqa: B019 - one space lives as long as the process
    def _features(self, genes: Genes) -> Mapping[str, Feature]:
        choices, live = self.genotype.choices, set(self.genotype.live(genes))
        known: dict[str, Feature] = {}
        for place, choice in enumerate(choices):
            if choice.numbers is not None:
                known[choice.name] = choice.numbers[genes[place]] if place in live else 0
            else:
                known[choice.name] = choice.words[genes[place]] if place in live else ABSENT
        for kind, places in self._kinds():
            chosen = [genes[place] for place in places if place in live]
            numbers, words = choices[places[0]].numbers, choices[places[0]].words
            if numbers is not None:
                known[f"total_{kind}"] = sum(numbers[gene] for gene in chosen)
            else:
                known |= {_count_name(word, kind): chosen.count(index) for index, word in enumerate(words)}
        return {**known, **self.extras(genes)}

    def encode(self, architecture: Architecture) -> dict[str, np.ndarray]:
        return self._encode(self.genes_of(self.representative(architecture)))

    @lru_cache(maxsize=8_192)  # noqa: B019 - one space lives as long as the process
    def _encode(self, genes: Genes) -> dict[str, np.ndarray]:
        """``choices``: one-hot, or from 0 to 1 where ordered, zeros where not live; ``graph``: numeric features."""
        live, choices = set(self.genotype.live(genes)), []
        for place, choice in enumerate(self.genotype.choices):
            if choice.ordered:
                choices.append((genes[place] + 1) / len(choice.options) if place in live else 0.0)
            else:
                choices += [float(place in live and option == genes[place]) for option in range(len(choice.options))]
        numbers = [float(each) for each in self._features(genes).values() if not isinstance(each, str)]
        macs = self._macs(self._architecture(genes))
        return {"choices": np.array(choices), "graph": np.array([*numbers, np.log2(1 + macs)])}

    def picture(self, architecture: Architecture, shape: NetworkShape) -> Picture:
        """A node a part, one after the other."""
        genes = self.genes_of(architecture)
        parts: dict[str, list[str]] = {choice.part: [] for choice in self.genotype.choices}
        colors: dict[str, int] = {}
        for place in self.genotype.live(genes):
            choice = self.genotype.choices[place]
            parts[choice.part].append(choice.words[genes[place]])
            colors.setdefault(choice.part, genes[place])
        nodes = [
            Node(" ".join(words) or ABSENT, note=part.replace("_", " "), color=colors.get(part))
            for part, words in parts.items()
        ]
        title = f"{self.noun} {self.to_words(architecture)}"
        return Picture(title, (Node("input"), *nodes, Node("output")))


ABSENT = "absent"
"""The value of a choice that is not live."""


def _span(choice: Choice) -> str:
    numbers = choice.numbers or (0.0,)
    return f"{min(numbers):g} to {max(numbers):g}" + (", 0 where there is none" if choice.needs else "")


def _count_name(word: str, kind: str) -> str:
    return f"{re.sub(r'[^0-9A-Za-z]+', '_', word)}_{kind}s"
