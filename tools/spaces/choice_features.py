"""Features of genotypes: what predicates and surrogates can know of choices, whatever they mean."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

import numpy as np

from illuminas.tools.spaces.base import Feature
from illuminas.tools.spaces.genotype import Choice, Genes, Genotype

ABSENT = "absent"
"""The value of a choice that is not live."""


def choice_docs(genotype: Genotype) -> dict[str, str]:
    """Feature name -> meaning: one for each choice, and counts or sums for each kind."""
    docs = {choice.name: f"{choice.label} ({_values(choice)})" for choice in genotype.choices}
    for kind, places in _kinds(genotype):
        choice = genotype.choices[places[0]]
        if choice.numbers is not None:
            docs[f"total_{kind}"] = f"sum of {kind} over the network (0 to {max(choice.numbers) * len(places):g})"
        else:
            docs |= {
                _count_name(word, kind): f"number of {kind}s that are {word} (0 to {len(places)})"
                for word in choice.words
            }
    return docs


def choice_synonyms(genotype: Genotype, own: Mapping[str, str]) -> dict[str, str]:
    """Feature -> how people name it: counted options as 'layers that are mb6', then what a space adds of its own."""
    counts = {
        _count_name(word, kind): rf"{kind}s? that (?:is|are) {re.escape(word.lower())}"
        for kind, (first, *_) in _kinds(genotype)
        for word in genotype.choices[first].words
        if genotype.choices[first].numbers is None
    }
    both = {name: f"{said}|{own[name]}" if name in own else said for name, said in counts.items()}
    return both | {name: said for name, said in own.items() if name not in both}


def choice_features(genotype: Genotype, genes: Genes) -> dict[str, Feature]:
    """The features of :func:`choice_docs`: words, numbers where a choice is ordered, counts and sums."""
    live = set(genotype.live(genes))
    known: dict[str, Feature] = {}
    for place, choice in enumerate(genotype.choices):
        absent: Feature = ABSENT if choice.numbers is None else 0
        known[choice.name] = (choice.numbers or choice.words)[genes[place]] if place in live else absent
    for kind, places in _kinds(genotype):
        choice, chosen = genotype.choices[places[0]], [genes[place] for place in places if place in live]
        if choice.numbers is not None:
            known[f"total_{kind}"] = sum(choice.numbers[gene] for gene in chosen)
        else:
            known |= {_count_name(word, kind): chosen.count(index) for index, word in enumerate(choice.words)}
    return known


def encode_choices(genotype: Genotype, genes: Genes) -> np.ndarray:
    """One-hot, or a number from 0 to 1 where a choice is ordered; zeros where it is not live."""
    live, numbers = set(genotype.live(genes)), list[float]()
    for place, choice in enumerate(genotype.choices):
        if choice.ordered:
            numbers.append((genes[place] + 1) / len(choice.options) if place in live else 0.0)
        else:
            numbers += [float(place in live and option == genes[place]) for option in range(len(choice.options))]
    return np.array(numbers)


def example_predicate(features: Mapping[str, Feature]) -> str:
    """A condition that architectures with these features fulfil: one on a number, one on a word."""
    numbers = [f"{name} >= {value:g}" for name, value in features.items() if _is_number(value) and value]
    words = [f"{name} == {value}" for name, value in features.items() if isinstance(value, str)]
    return " and ".join(sorted([*numbers[-1:], *words[:1]]))


def _is_number(value: Feature) -> bool:
    return isinstance(value, float | int) and not isinstance(value, bool)


def _kinds(genotype: Genotype) -> Iterator[tuple[str, list[int]]]:
    """Each kind with the places of its choices."""
    for kind in dict.fromkeys(choice.kind for choice in genotype.choices if choice.kind):
        yield kind, [place for place, choice in enumerate(genotype.choices) if choice.kind == kind]


def _values(choice: Choice) -> str:
    if choice.numbers is None:
        return ", ".join(choice.words) + (f", {ABSENT} where there is none" if choice.needs else "")
    span = f"{min(choice.numbers):g} to {max(choice.numbers):g}"
    return span + (", 0 where there is none" if choice.needs else "")


def _count_name(word: str, kind: str) -> str:
    return f"{re.sub(r'[^0-9A-Za-z]+', '_', word)}_{kind}s"
