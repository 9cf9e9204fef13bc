"""Where each architecture of a family tree stands: a column a round, and rows that keep families together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple


class Layout(NamedTuple):
    """Places on a family tree.

    Attributes:
        columns: the rounds that the columns stand for, ascending; rounds in which nothing shown was evaluated have
            none.
        places: hash -> (column, row); rows are at least 1 apart within a column, and the least is 0.
        rows: how many rows there are from the first to the last.
    """

    columns: tuple[int, ...]
    places: dict[str, tuple[int, float]]
    rows: float


def lay_out(shown: Sequence[str], parents: Mapping[str, Sequence[str]], rounds: Mapping[str, int]) -> Layout:
    """Place each as near as can be to the middle of its parents (the barycentre rule of Sugiyama et al. 1981).

    Args:
        shown: parents before their children.
        parents: hash -> parents; those that are not shown count for nothing.
        rounds: hash -> round of its evaluation.
    """
    columns = tuple(sorted({rounds[each] for each in shown}))
    number = {round_: column for column, round_ in enumerate(columns)}
    members: list[list[str]] = [[] for _ in columns]
    for each in shown:
        members[number[rounds[each]]].append(each)
    rows: dict[str, float] = {}
    for column in members:
        wanted = {each: _middle([rows[parent] for parent in parents[each] if parent in rows]) for each in column}
        rows |= _spread(column, wanted)
    least = min(rows.values(), default=0.0)
    places = {each: (number[rounds[each]], rows[each] - least) for each in shown}
    return Layout(columns, places, max((row for _, row in places.values()), default=0.0) + 1)


def _middle(rows: Sequence[float]) -> float | None:
    return sum(rows) / len(rows) if rows else None


def _spread(column: Sequence[str], wanted: Mapping[str, float | None]) -> dict[str, float]:
    """Rows 1 apart, in the order of what is wanted and as near to it as that allows; those without kin come last."""
    kin = sorted((row, place, each) for place, each in enumerate(column) if (row := wanted[each]) is not None)
    rows: dict[str, float] = {}
    last: float | None = None
    for row, _, each in kin:
        last = row if last is None else max(row, last + 1)
        rows[each] = last
    if kin:  # what was pushed down as a whole is centred again
        excess = sum(rows[each] - row for row, _, each in kin) / len(kin)
        rows = {each: row - excess for each, row in rows.items()}
        last = max(rows.values())
    for each in column:
        if wanted[each] is None:
            last = 0.0 if last is None else last + 1
            rows[each] = last
    return rows
