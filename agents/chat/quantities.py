"""Quantities: what messages name to bound, sort, weigh and compare by: the run's objectives, and every other kind.

How people say one is declared with its kind (:mod:`illuminas.tools.objectives`); what an evaluator alone measures is
called by its name and its label.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

from illuminas.tools.errors import unknown_name
from illuminas.tools.objectives import KINDS, Kind, Objective


class Quantity(NamedTuple):
    """One of them.

    Attributes:
        name: as commands write it: of the run's objectives the first of a kind goes by the kind alone.
        objective: that it is.
        nouns, units: regular expressions of how people call it, and its unit.
        best: adjectives of the best by it; what is ``highest``, or ``lowest``, is so too.
        better, worse: adjectives of what has more of its good side, or less.
    """

    name: str
    objective: Objective
    nouns: str
    units: str = ""
    best: tuple[str, ...] = ()
    better: tuple[str, ...] = ()
    worse: tuple[str, ...] = ()

    @property
    def of_device(self) -> bool:
        """Whether a device decides it."""
        return self.objective.source == "device"

    @property
    def keeps(self) -> str:
        """The comparison that keeps what is good of it."""
        return ">=" if self.objective.maximised else "<="

    @property
    def superlative(self) -> str:
        """How the best by it are called, as ``fastest``."""
        return self.best[0] if self.best else f"best by {self.objective.words}"

    @property
    def superlatives(self) -> str:
        """A pattern of how people call the best by it."""
        most = "highest|greatest|largest|best" if self.objective.maximised else "lowest|least|smallest|best"
        return "|".join([*map(re.escape, self.best), rf"(?:{most}) (?:{self.nouns})"])

    @property
    def said(self) -> str:
        """A pattern of everything that names it."""
        words = (*self.best, *self.better, *self.worse)
        return "|".join(filter(None, (self.units, self.nouns, *map(re.escape, words))))

    def verb(self, *, better: bool) -> str:
        """What something does to its value that makes it better, or worse: ``raises`` or ``lowers``."""
        return "raises" if better == self.objective.maximised else "lowers"


@cache
def quantities(objectives: tuple[Objective, ...]) -> tuple[Quantity, ...]:
    """Those of a run, its own objectives first, in their order."""
    found: dict[str, Quantity] = {}
    for objective in objectives:
        kind = KINDS.get(objective.kind)
        if kind is None:
            called = {objective.name, objective.words, re.sub(r"[_:-]+", " ", objective.name)}
            nouns = "|".join(re.escape(each) for each in sorted(called, key=len, reverse=True))
            found[objective.name] = Quantity(objective.name, objective, nouns, re.escape(objective.unit))
        elif kind.name in found:
            found[objective.name] = Quantity(objective.name, objective, re.escape(objective.name))
        else:
            found[kind.name] = _of_kind(kind, objective)
    return (*found.values(), *(_of_kind(kind, kind.of()) for kind in KINDS.values() if kind.name not in found))


def _of_kind(kind: Kind, objective: Objective) -> Quantity:
    nouns = kind.nouns or re.escape(kind.name)
    return Quantity(kind.name, objective, nouns, kind.units, kind.best, kind.better, kind.worse)


def find_quantity(name: str, known: Sequence[Quantity]) -> Quantity:
    """The quantity of a name, in full or as commands write it, or of a noun.

    Raises:
        IlluminasError: there is none; the nearest is named.
    """
    for each in known:
        if name.lower() in (each.name.lower(), each.objective.name.lower()):
            return each
    for each in known:
        if re.fullmatch(each.nouns, " ".join(name.split()), re.IGNORECASE):
            return each
    raise unknown_name("quantity", name, [each.name for each in known])


@cache
def nouns_of(known: tuple[Quantity, ...]) -> str:
    """A pattern of how people call any of them."""
    return rf"(?<!\w)(?:{'|'.join(each.nouns for each in known)})(?!\w)"


@cache
def units_of(known: tuple[Quantity, ...]) -> str:
    """A pattern of the units that people write beside numbers of them."""
    said = [each.units for each in known if each.units]
    return rf"(?:{'|'.join(said)})(?!\w)" if said else r"(?!)"
