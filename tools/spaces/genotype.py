"""Genotypes: a search space declared as named choices.

From a declaration follow parsing, sampling, mutation, crossover, edits, encoding, notation, grammar, features and a
picture; see :class:`~illuminas.tools.spaces.genotype_space.GenotypeSpace`. A space of eight layers with three
operations each is ``Genotype(tuple(Choice(f"layer_{i}", ("id", "mb3", "mb6"), kind="layer") for i in range(1, 9)))``.
"""

from __future__ import annotations

import contextlib
import itertools
import math
import re
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from typing import Any, Self

import numpy as np
from pydantic import model_validator

from illuminas.tools.frozen import Frozen

_JOINT = re.compile(r"(?<=\d)(?=[a-z])")
"""Where one word ends and the next begins without a space between them."""
Genes = tuple[int, ...]
"""An option's index for each choice, in the order of the declaration; 0 for a choice that is not live."""


class Choice(Frozen):
    """One decision of a genotype.

    Attributes:
        name: a feature's name: letters, digits and underscores.
        options: what can be chosen, as architectures are published. Without spaces.
        ordered: options stand in order of size, so that neighbours are alike; numbers are then features.
        words: the options in the short notation, where they differ.
        label: what people call the choice; its name without underscores where not given.
        kind: choices of one kind are counted together, as in 'layers that are mb6'; empty counts none.
        needs: (name, index) of an ordered choice and the first of its options with which this choice is live. A
            choice follows the one it needs, and others that need the same stand between at most.
        part: which node of the picture it belongs to; its own where not given.
    """

    name: str
    options: tuple[str, ...]
    ordered: bool = False
    words: tuple[str, ...] = ()
    label: str = ""
    kind: str = ""
    needs: tuple[str, int] | None = None
    part: str = ""

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if not self.name.isidentifier():
            raise ValueError(f"expected a choice named by letters, digits and underscores, got {self.name!r}")
        words = self.words or self.options
        if len(words) != len(self.options) or len(self.options) < 1:
            raise ValueError(f"choice {self.name}: expected a word for each of its options, one at least, got {words}")
        for each in (self.options, words):
            if len(set(each)) < len(each) or any(not text or text.split() != [text] for text in each):
                raise ValueError(f"choice {self.name}: expected different options without spaces, got {each}")
        defaults = {"words": words, "label": self.label or self.name.replace("_", " "), "part": self.part or self.name}
        for key, value in defaults.items():
            object.__setattr__(self, key, value)
        return self

    @cached_property
    def numbers(self) -> tuple[float, ...] | None:
        """The options as numbers; their places where they are ordered words; None without an order."""
        if not self.ordered:
            return None
        try:
            return tuple(map(float, self.options))
        except ValueError:
            return tuple(map(float, range(len(self.options))))


def stage(name: str, depths: Sequence[int], layer: Sequence[Choice]) -> tuple[Choice, ...]:
    """A stage: a choice of its depth, and the choices of each of its layers, live while the depth reaches the layer.

    Args:
        name: of the stage; its choices are called ``NAME_depth``, ``NAME_1_CHOICE``, ``NAME_2_CHOICE`` and so on.
        depths: numbers of layers, ascending.
        layer: the choices of one layer.
    """
    depth = Choice(
        name=f"{name}_depth",
        options=tuple(map(str, depths)),
        words=tuple(f"{name}:{each}" for each in depths),
        ordered=True,
        label=f"layers of {name}",
    )
    layers = []
    for place in range(1, max(depths) + 1):
        first = next(index for index, each in enumerate(depths) if each >= place)
        for each in layer:
            changes: dict[str, Any] = {
                "name": f"{name}_{place}_{each.name}",
                "label": f"{each.label} of layer {place} of {name}",
                "kind": each.kind or each.name,
                "needs": (depth.name, first),
                "part": f"{name} layer {place}",
            }
            layers.append(each.model_copy(update=changes))
    return (depth, *layers)


class Genotype:
    """Choices, and which combinations of them are architectures.

    Args:
        choices: in order.
        repair: makes a legal combination of any; a legal one it leaves as it is. Without it all are legal.
        separator: stands between options in published text; empty where each option is one character.
        joined: in the short notation, the words of choices that are varied together stand without space between them:
            as ``s2:d2k3`` where a kernel needs a depth. Each of those after the first then begins with a letter, and
            all end with a digit.

    Raises:
        ValueError: choices do not fit together.
    """

    def __init__(
        self,
        choices: Sequence[Choice],
        *,
        repair: Callable[[Genes], Genes] | None = None,
        separator: str = " ",
        joined: bool = False,
    ) -> None:
        self.choices = tuple(choices)
        self.separator = separator
        self.joined = joined
        self._repair = repair
        self.index = {choice.name: place for place, choice in enumerate(self.choices)}
        self._independent = all(choice.needs is None for choice in self.choices)
        if not self.choices or len(self.index) < len(self.choices):
            raise ValueError("expected one choice or more, each with a name of its own")
        if not separator and any(len(option) != 1 for choice in self.choices for option in choice.options):
            raise ValueError("without a separator, every option is one character")
        for block in self.blocks:
            for place in block[1:]:
                if (self.choices[place].needs or ("",))[0] != self.choices[block[0]].name:
                    raise ValueError(f"choice {self.choices[place].name} has to follow the choice that it needs")
            if joined and self._words(self._within.join(words := self._longest(block))) != words:
                raise ValueError(f"words that are joined begin with letters and end with digits, got {words}")

    @cached_property
    def blocks(self) -> list[list[int]]:
        """Places of choices that are varied together: one, and those that need it."""
        found: list[list[int]] = []
        for place, choice in enumerate(self.choices):
            if choice.needs is None:
                found.append([place])
            elif not found:
                raise ValueError(f"choice {choice.name} has to follow the choice that it needs")
            else:
                found[-1].append(place)
        return found

    def live(self, genes: Genes) -> list[int]:
        """Places of the choices that matter."""
        return [place for place in range(len(genes)) if self.is_live(genes, place)]

    def is_live(self, genes: Genes, place: int) -> bool:
        """Whether a choice matters, given the choice it needs."""
        needs = self.choices[place].needs
        return needs is None or genes[self.index[needs[0]]] >= needs[1]

    def legal(self, genes: Genes) -> Genes:
        """The nearest legal combination, with 0 for choices that are not live."""
        genes = self.settled(genes)
        return genes if self._repair is None else self.settled(self._repair(genes))

    def settled(self, genes: Genes) -> Genes:
        """The combination with 0 for choices that are not live."""
        if self._independent:
            return genes
        return tuple(gene if self.is_live(genes, place) else 0 for place, gene in enumerate(genes))

    @cached_property
    def size(self) -> int:
        """Combinations before any repair; those that differ in what is not live count once."""
        return math.prod(
            sum(math.prod(len(self.choices[place].options) for place in live) for _, live in self.variants(block))
            for block in self.blocks
        )

    def variants(self, block: Sequence[int]) -> list[tuple[int, list[int]]]:
        """For each option of a block's first choice, which of the others are then live."""
        first, *rest = block
        needs = {place: (self.choices[place].needs or ("", 0))[1] for place in rest}
        options = range(len(self.choices[first].options))
        return [(option, [place for place in rest if option >= needs[place]]) for option in options]

    def combinations(self) -> Iterator[Genes]:
        """Every legal combination once, in a fixed order."""
        yield from dict.fromkeys(map(self.legal, self.unrepaired()))

    def unrepaired(self) -> Iterator[Genes]:
        """Every combination before any repair, the first choice varying slowest; what is not live is 0."""
        for parts in itertools.product(*map(self._block_values, self.blocks)):
            yield tuple(itertools.chain(*parts))

    def _block_values(self, block: Sequence[int]) -> list[Genes]:
        found = []
        for option, live in self.variants(block):
            for values in itertools.product(*(range(len(self.choices[place].options)) for place in live)):
                chosen = dict(zip(live, values, strict=True))
                found.append((option, *(chosen.get(place, 0) for place in block[1:])))
        return found

    def draw(self, rng: np.random.Generator) -> Genes:
        """Each choice uniformly, then made legal."""
        return self.legal(tuple(int(rng.integers(len(choice.options))) for choice in self.choices))

    def deepened(self, genes: Genes, place: int, option: int) -> Genes:
        """The genes with one changed; what becomes live by that copies the live choice of its kind before it."""
        changed = [*genes[:place], option, *genes[place + 1 :]]
        for later in range(place + 1, len(genes)):
            if self.is_live(tuple(changed), later) and not self.is_live(genes, later):
                kind = self.choices[later].kind
                like = [each for each in range(place + 1, later) if self.choices[each].kind == kind]
                changed[later] = changed[like[-1]] if like else 0
        return self.legal(tuple(changed))

    def steps(self, genes: Genes, place: int) -> list[int]:
        """Options one step from the present one: the neighbours where they are ordered, else all others."""
        here, options = genes[place], range(len(self.choices[place].options))
        return [each for each in options if each != here and (not self.choices[place].ordered or abs(each - here) == 1)]

    def is_long(self, place: int) -> bool:
        """Whether a choice has options that are several steps apart."""
        return self.choices[place].ordered and len(self.choices[place].options) > 2

    def mix(self, left: Genes, right: Genes, rng: np.random.Generator) -> Genes:
        """Each gene of one of two parents, of the only one where it is live in one alone."""
        child = []
        for place, pick in enumerate(rng.integers(0, 2, size=len(left))):
            both = self.is_live(left, place) and self.is_live(right, place)
            chosen = (left, right)[pick] if both else left if self.is_live(left, place) else right
            child.append(chosen[place])
        return self.legal(tuple(child))

    def values(self, genes: Genes) -> dict[str, float | str]:
        """The options of live choices by name; numbers where they are ordered ones, whole ones as int."""
        found: dict[str, float | str] = {}
        for place in self.live(genes):
            choice = self.choices[place]
            found[choice.name] = option = choice.options[genes[place]]
            if choice.ordered:
                with contextlib.suppress(ValueError):
                    number = float(option)
                    found[choice.name] = int(number) if number.is_integer() else number
        return found

    def write(self, genes: Genes, *, words: bool) -> str:
        """The options of live choices, as published or in the short notation."""
        if not words:
            return self.separator.join(self.choices[place].options[genes[place]] for place in self.live(genes))
        parts = (
            self._within.join(self.choices[place].words[genes[place]] for place in block if self.is_live(genes, place))
            for block in self.blocks
        )
        return " ".join(filter(None, parts))

    @property
    def _within(self) -> str:
        """Stands between the words of choices that are varied together."""
        return "" if self.joined else " "

    def read(self, text: str, *, words: bool) -> Genes:
        """The combination that :meth:`write` wrote, legal or not.

        Raises:
            ValueError: another form; the message says what was expected where.
        """
        tokens = self._words(text) if words else self._tokens(text.strip())
        genes: list[int] = []
        for place, choice in enumerate(self.choices):
            if not self.is_live((*genes, *[0] * (len(self.choices) - place)), place):
                genes.append(0)
                continue
            options = choice.words if words else choice.options
            token = tokens.pop(0) if tokens else "nothing"
            if token not in options:
                raise ValueError(f"expected one of {', '.join(options)} for {choice.label}, got {token[:40]!r}")
            genes.append(options.index(token))
        if tokens:
            raise ValueError(f"expected nothing after {self.choices[-1].label}, got {' '.join(tokens)[:80]!r}")
        return tuple(genes)

    def _tokens(self, text: str) -> list[str]:
        return list(text) if not self.separator else text.split(self.separator)

    def _longest(self, block: Sequence[int]) -> list[str]:
        """The last word of each choice of a block."""
        return [self.choices[place].words[-1] for place in block]

    def _words(self, text: str) -> list[str]:
        return (_JOINT.sub(" ", text) if self.joined else text).split()

    def grammar(self, *, word: Callable[[str], str], space: str, joint: str, either: str) -> str:
        """The short notation as an expression: one alternative a depth, one word a choice.

        Args:
            word: quotes a word.
            space: stands between words with a space between them.
            joint: stands between words without one.
            either: stands between alternatives.
        """

        def one_of(place: int) -> str:
            return f"({either.join(map(word, self.choices[place].words))})"

        parts = []
        for block in self.blocks:
            if len(block) == 1:
                parts.append(one_of(block[0]))
                continue
            heads = self.choices[block[0]].words
            within = joint if self.joined else space
            alternatives = [
                within.join([word(heads[option]), *map(one_of, live)]) for option, live in self.variants(block)
            ]
            parts.append(f"({either.join(alternatives)})")
        return space.join(parts)
