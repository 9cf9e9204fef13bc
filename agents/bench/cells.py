"""The 15,625 cells of NAS-Bench-201 as numbers, so that rivals run on arrays.

A cell's code is its six operations read as a number to base 5, the edge 0-1 first. Cells that compute the same
function share a class, the canonical form of :mod:`illuminas.tools.spaces.nb201`; equal classes are equal hashes.
"""

from __future__ import annotations

import itertools
from functools import cache

import numpy as np

from illuminas.tools.spaces import get_space
from illuminas.tools.spaces.nb201.cells import (
    CONV1,
    CONV3,
    Cell,
    canonical_form,
    cell_to_text,
    paths,
    prune,
    text_to_cell,
)

EDGES, OPERATIONS = 6, 5
CELLS = OPERATIONS**EDGES
_PLACES = OPERATIONS ** np.arange(EDGES - 1, -1, -1)


def code_of(text: str) -> int:
    """Code of a published string."""
    return encode(text_to_cell(text))


def encode(cell: Cell | np.ndarray) -> int:
    """Code of six operation indices."""
    return int(np.dot(cell, _PLACES))


@cache
def cells() -> tuple[Cell, ...]:
    """Every cell, by code."""
    return tuple(itertools.product(range(OPERATIONS), repeat=EDGES))


@cache
def texts() -> tuple[str, ...]:
    """Every published string, by code."""
    return tuple(cell_to_text(cell) for cell in cells())


@cache
def classes() -> np.ndarray:
    """Class of every cell, ``(15625,)``, counted from 0 in the order of the codes."""
    numbers: dict[str, int] = {}
    return np.array([numbers.setdefault(canonical_form(cell), len(numbers)) for cell in cells()])


@cache
def connected() -> np.ndarray:
    """Whether a cell's output depends on its input, ``(15625,)``."""
    return np.array([canonical_form(cell) != "0" for cell in cells()])


@cache
def neighbours() -> np.ndarray:
    """Codes of the 24 cells that differ on one edge, ``(15625, 24)``."""
    genes = np.array(cells())
    columns = []
    for edge, shift in itertools.product(range(EDGES), range(1, OPERATIONS)):
        other = (genes[:, edge] + shift) % OPERATIONS
        columns.append(np.arange(CELLS) + (other - genes[:, edge]) * _PLACES[edge])
    return np.column_stack(columns)


@cache
def encodings() -> np.ndarray:
    """One-hot and path encoding of every class, ``(classes, 114)`` (BANANAS: White et al., AAAI 2021)."""
    space, firsts = get_space("nb201"), np.unique(classes(), return_index=True)[1]
    groups = [space.encode(space.parse(texts()[code])) for code in firsts]
    return np.array([np.concatenate([group["operations"], group["paths"]]) for group in groups])


@cache
def weight(code: int) -> int:
    """Multiply-accumulates of a cell's live convolutions, in those of one 1x1 convolution: 0 to 54."""
    live = prune(cells()[code])
    return 9 * live.count(CONV3) + live.count(CONV1)


@cache
def depth(code: int) -> int:
    """Most convolutions on any input-output path, 0 to 3."""
    routes = paths(prune(cells()[code]))
    return max((sum(op in (CONV1, CONV3) for op in route) for route in routes), default=0)
