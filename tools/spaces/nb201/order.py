"""The official order of NAS-Bench-201: which cell has which index.

The benchmark's authors listed the 15,625 cells, edge by edge and operation by operation, and shuffled the list with
Python's generator seeded with 88. NATS-Bench, HW-NAS-Bench and HELP number the cells in the same order, so that
a source with indices alone, or with bare lists of values, says which cell each value belongs to.
"""

from __future__ import annotations

import itertools
import random
from functools import cache

from illuminas.tools.spaces.nb201.cells import EDGES, OPERATIONS, cell_to_text

_SEED = 88


@cache
def official_texts() -> tuple[str, ...]:
    """The published strings of all cells; the position is the official index."""
    cells = list(itertools.product(range(len(OPERATIONS)), repeat=len(EDGES)))
    random.Random(_SEED).shuffle(cells)
    return tuple(map(cell_to_text, cells))
