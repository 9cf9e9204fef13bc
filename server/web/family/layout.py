"""Where each architecture of a family tree stands: a column a round, and rows that keep families together."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from itertools import count
from typing import NamedTuple


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
