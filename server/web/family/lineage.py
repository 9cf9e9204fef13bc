"""Who came from whom: the lineage of everything that a run evaluated, and the part of it that one looks at."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice
from typing import Final, NamedTuple

from illuminas.memory.state import RunState

MOST: Final = 240
"""Architectures shown at once; a run of no more is shown whole."""


class Kin(NamedTuple):
    """The part of a lineage that is shown.

    Attributes:
        shown: in the order of their evaluation, parents before children.
        hidden: hash -> how many of its children are not shown, where there are any.
        whole: nothing is left out.
    """

    shown: tuple[str, ...]
    hidden: dict[str, int]
    whole: bool


class Lineage:
    """Parents and children of every evaluated architecture; it only ever grows, as the event log does.

    Attributes:
        parents: hash -> those that it was made from, the first one first, in the order of evaluation.
        children: hash -> those made from it, in that order.
        places: hash -> how many were evaluated before it.
    """

    def __init__(self) -> None:
        self.parents: dict[str, tuple[str, ...]] = {}
        self.children: dict[str, list[str]] = {}
        self.places: dict[str, int] = {}

    def grow(self, state: RunState) -> int:
        """Take in what was evaluated since; returns how many that is."""
        new = list(islice(state.evaluations, len(self.parents), None))
        for hash_ in new:
            # a parent that comes later would make a circle, as of an architecture that was proposed again
            parents = tuple(dict.fromkeys(each for each in state.candidates[hash_].parents if each in self.parents))
            self.places[hash_] = len(self.parents)
            self.parents[hash_], self.children[hash_] = parents, []
            for parent in parents:
                self.children[parent].append(hash_)
        return len(new)

    def ancestors(self, hash_: str) -> set[str]:
        """All that it comes from, itself left out."""
        return self._reached(hash_, upwards=True)

    def offspring(self, hash_: str) -> set[str]:
        """All that came from it, itself left out."""
        return self._reached(hash_, upwards=False)

    def _reached(self, start: str, *, upwards: bool) -> set[str]:
        found: set[str] = set()
        waiting = [start]
        while waiting:
            here = waiting.pop()
            new = [each for each in self._next(here, upwards) if each not in found]
            found.update(new)
            waiting += new
        return found

    def _next(self, hash_: str, upwards: bool) -> Iterable[str]:
        return self.parents[hash_] if upwards else self.children[hash_]

    def kin(self, focus: Iterable[str], *, most: int = MOST) -> Kin:
        """The ancestry and offspring of ``focus``, the nearest first, at most ``most``; everything where that fits."""
        if len(self.parents) <= most:
            return Kin(tuple(self.parents), {}, True)
        start = [each for each in dict.fromkeys(focus) if each in self.parents]
        kept = dict.fromkeys(start[:most])
        for upwards in (True, False):  # where it comes from matters more than what came of it
            edge = list(kept) if upwards else start[:most]
            while edge and len(kept) < most:
                near = dict.fromkeys(each for here in edge for each in self._next(here, upwards) if each not in kept)
                edge = list(near)[: most - len(kept)]
                kept.update(dict.fromkeys(edge))
        shown = tuple(sorted(kept, key=self.places.__getitem__))
        hidden = {each: sum(child not in kept for child in self.children[each]) for each in shown}
        return Kin(shown, {each: count for each, count in hidden.items() if count}, False)
