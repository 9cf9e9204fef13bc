"""The cells of NAS-Bench-201 (Dong & Yang, ICLR 2020, arXiv 2001.00326).

A cell is a complete directed graph on four nodes; each of its six edges carries one of five operations, so there
are 5^6 = 15,625. Node 0 is the input, node 3 the output, and a node is the sum of what its edges bring.

**Canonical form.** Two cells are equal when their outputs are the same sum of the same operations of the input: an
edge that carries ``none``, or starts where nothing arrives, adds nothing; ``skip_connect`` adds the terms of its
source as they are; the order of a sum does not matter. That leaves 4,930 classes, all of the 341 cells whose output
does not depend on the input in one of them. The benchmark's own "unique string" counts 6,466: it keeps the zero
terms and the order in which skipped sums were written, so it tells cells apart that compute the same.
"""

from __future__ import annotations

import re
from functools import lru_cache

from illuminas.tools.spaces.base import InvalidArchitecture

NONE, SKIP, CONV1, CONV3, POOL = range(5)
OPERATIONS = ("none", "skip_connect", "nor_conv_1x1", "nor_conv_3x3", "avg_pool_3x3")
WORDS = ("none", "skip", "conv1", "conv3", "pool")
"""The operations in the short notation, in the order of :data:`OPERATIONS`."""
EDGES = ((0, 1), (0, 2), (1, 2), (0, 3), (1, 3), (2, 3))
"""(source, target) of each edge, in the order of the published strings."""
EDGE_NAMES = tuple(f"{source}-{target}" for source, target in EDGES)
OUTPUT = 3
NOTHING = "0"
"""Canonical form of the cells whose output does not depend on the input."""

Cell = tuple[int, ...]
"""Six indices into :data:`OPERATIONS`, one an edge of :data:`EDGES`."""


def cell_to_text(cell: Cell) -> str:
    """The published string of a cell, ``|nor_conv_3x3~0|+|...~0|...~1|+|...~0|...~1|...~2|``."""
    nodes = (cell[0:1], cell[1:3], cell[3:6])
    return "+".join("|" + "|".join(f"{OPERATIONS[op]}~{i}" for i, op in enumerate(node)) + "|" for node in nodes)


_TERM = "(" + "|".join(OPERATIONS) + ")"
_TEXT = re.compile(
    rf"\|{_TERM}~0\|\+\|{_TERM}~0\|{_TERM}~1\|\+\|{_TERM}~0\|{_TERM}~1\|{_TERM}~2\|",
)


@lru_cache(maxsize=32_768)
def text_to_cell(text: str) -> Cell:
    """The cell of a published string; raises :class:`InvalidArchitecture`."""
    match = _TEXT.fullmatch(text.strip())
    if match is None:
        raise InvalidArchitecture(
            f"not a NAS-Bench-201 cell: {text[:160]!r}. Expected the published form, for example "
            f"'{cell_to_text((NONE, SKIP, CONV1, POOL, NONE, SKIP))}', with the operations {', '.join(OPERATIONS)}."
        )
    return tuple(OPERATIONS.index(op) for op in match.groups())


@lru_cache(maxsize=32_768)
def prune(cell: Cell) -> Cell:
    """The cell with ``none`` on every edge that lies on no path from input to output."""
    reached = {0}
    for (source, target), op in zip(EDGES, cell, strict=True):
        if op != NONE and source in reached:
            reached.add(target)
    useful = {OUTPUT}
    for (source, target), op in reversed(list(zip(EDGES, cell, strict=True))):
        if op != NONE and target in useful:
            useful.add(source)
    return tuple(
        op if source in reached and target in useful else NONE for (source, target), op in zip(EDGES, cell, strict=True)
    )


@lru_cache(maxsize=32_768)
def canonical_form(cell: Cell) -> str:
    """The output as a sum of nested operations of the input ``x``; or :data:`NOTHING`."""
    sums: list[tuple[str, ...]] = [("x",), (), (), ()]
    for (source, target), op in zip(EDGES, cell, strict=True):
        arrives = sums[source]
        if op == NONE or not arrives:
            continue
        terms = arrives if op == SKIP else (f"{WORDS[op]}({'+'.join(arrives)})",)
        sums[target] = tuple(sorted(sums[target] + terms))
    return "+".join(sums[OUTPUT]) or NOTHING


def paths(cell: Cell) -> list[Cell]:
    """Operations along every input-output path that carries something, shortest first."""
    routes = ((3,), (0, 4), (1, 5), (0, 2, 5))
    found = (tuple(cell[edge] for edge in route) for route in routes)
    return [path for path in found if NONE not in path]
