"""The cells of NAS-Bench-201 (Dong & Yang, ICLR 2020, arXiv 2001.00326), what they cost, and their official numbers.

A cell is a complete directed graph on four nodes; each of its six edges carries one of five operations, so there
are 5^6 = 15,625. Node 0 is the input, node 3 the output, and a node is the sum of what its edges bring.

**Canonical form.** Two cells are equal when their outputs are the same sum of the same operations of the input: an
edge that carries ``none``, or starts where nothing arrives, adds nothing; ``skip_connect`` adds the terms of its
source as they are; the order of a sum does not matter. That leaves 4,930 classes, all of the 341 cells whose output
does not depend on the input in one of them. The benchmark's own "unique string" counts 6,466: it keeps the zero
terms and the order in which skipped sums were written, so it tells cells apart that compute the same.

**Official order.** The benchmark's authors listed the cells, edge by edge and operation by operation, and shuffled the
list with Python's generator seeded with 88. NATS-Bench, HW-NAS-Bench and HELP number the cells in the same order, so
that a source with indices alone, or with bare lists of values, says which cell each value belongs to.
"""

from __future__ import annotations

import itertools
import random
import re
from functools import cache, lru_cache

from illuminas.tools.spaces.base import Complexity, InvalidArchitecture, NetworkShape, Scale

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


CHANNELS = {Scale.FULL: 16, Scale.SMALL: 8}
"""Output channels of the stem; 16 as published."""
CELLS = {Scale.FULL: 5, Scale.SMALL: 1}
"""Cells a stage; 5 as published."""


def complexity(cell: Cell, shape: NetworkShape) -> Complexity:
    """Parameters and multiply-accumulates of the network around a cell.

    Counts as the benchmark's own figures do: every convolution of the cell, also one on a dead edge; convolutions
    and the linear layer make the multiply-accumulates, normalisation and pooling none.
    """
    params = macs = 0
    inputs, channels, side = shape.in_channels, CHANNELS[shape.scale], shape.image_size
    params += 9 * inputs * channels + 2 * channels
    macs += 9 * inputs * channels * side**2
    for stage in range(3):
        if stage:
            inputs, channels, side = channels, 2 * channels, (side + 1) // 2
            weights = 9 * inputs * channels + 9 * channels**2 + inputs * channels
            params += weights + 4 * channels
            macs += weights * side**2
        for op, kernel in ((CONV1, 1), (CONV3, 3)):
            convolutions = CELLS[shape.scale] * cell.count(op)
            params += convolutions * (kernel**2 * channels**2 + 2 * channels)
            macs += convolutions * kernel**2 * channels**2 * side**2
    params += 2 * channels + (channels + 1) * shape.classes
    macs += channels * shape.classes
    return Complexity(params, macs)


_SEED = 88


@cache
def official_texts() -> tuple[str, ...]:
    """The published strings of all cells; the position is the official index."""
    cells = list(itertools.product(range(len(OPERATIONS)), repeat=len(EDGES)))
    random.Random(_SEED).shuffle(cells)
    return tuple(map(cell_to_text, cells))
