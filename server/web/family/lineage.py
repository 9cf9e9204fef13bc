"""The lineage of everything a run evaluated: who came from whom, what is shown, and where each stands on the tree."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from itertools import count, islice
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


class Layout(NamedTuple):
    """Places on a family tree.

    Attributes:
        columns: the rounds that the columns stand for, ascending; rounds in which nothing shown was evaluated have
            none.
        places: hash -> (column, row), both from 0.
        rows: how many rows there are.
    """

    columns: tuple[int, ...]
    places: dict[str, tuple[int, int]]
    rows: int


def lay_out(shown: Sequence[str], parents: Mapping[str, Sequence[str]], rounds: Mapping[str, int]) -> Layout:
    """Place each as near as can be to the middle of its parents (the barycentre rule of Sugiyama et al. 1981).

    A row stays free behind an architecture until the column of its last child, so that no line runs through another.

    Args:
        shown: parents before their children.
        parents: hash -> parents; those that are not shown count for nothing.
        rounds: hash -> round of its evaluation.
    """
    columns = tuple(sorted({rounds[each] for each in shown}))
    number = {round_: column for column, round_ in enumerate(columns)}
    members: list[list[str]] = [[] for _ in columns]
    until: dict[str, int] = {}
    for each in shown:
        column = number[rounds[each]]
        members[column].append(each)
        until |= dict.fromkeys(parents[each], column)
    rows: dict[str, int] = {}
    passing: dict[str, int] = {}
    for column, here in enumerate(members):
        passing = {parent: row for parent, row in passing.items() if until[parent] > column}
        wanted = {each: _middle([rows[parent] for parent in parents[each] if parent in rows]) for each in here}
        taken = set(passing.values())
        for each in sorted(here, key=lambda each: (wanted[each] is None, wanted[each] or 0.0)):
            rows[each] = _nearest(wanted[each] or 0.0, taken)
            taken.add(rows[each])
        passing |= {each: rows[each] for each in here if until.get(each, -1) > column + 1}
    least = min(rows.values(), default=0)
    places = {each: (number[rounds[each]], rows[each] - least) for each in shown}
    return Layout(columns, places, max((row for _, row in places.values()), default=-1) + 1)


def _middle(rows: Sequence[int]) -> float | None:
    return sum(rows) / len(rows) if rows else None


def _nearest(wanted: float, taken: Container[int]) -> int:
    """The free row that is nearest to what is wanted, the lower of two."""
    middle = round(wanted)
    return next(
        row for far in count() for row in sorted({middle + far, middle - far}, reverse=True) if row not in taken
    )
