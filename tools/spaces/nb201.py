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

import itertools
import re
from collections.abc import Mapping, Sequence
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

import numpy as np

from illuminas.tools.spaces.base import (
    Architecture,
    Complexity,
    Edit,
    Feature,
    InvalidArchitecture,
    NetworkShape,
    SearchSpace,
)

if TYPE_CHECKING:
    from torch import nn

NONE, SKIP, CONV1, CONV3, POOL = range(5)
OPERATIONS = ("none", "skip_connect", "nor_conv_1x1", "nor_conv_3x3", "avg_pool_3x3")
WORDS = ("none", "skip", "conv1", "conv3", "pool")
"""The operations in the short notation, in the order of :data:`OPERATIONS`."""
EDGES = ((0, 1), (0, 2), (1, 2), (0, 3), (1, 3), (2, 3))
"""(source, target) of each edge, in the order of the published strings."""
EDGE_NAMES = tuple(f"{source}-{target}" for source, target in EDGES)
OUTPUT = 3

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
    """The output as a sum of nested operations of the input ``x``; ``0`` where nothing arrives."""
    sums: list[tuple[str, ...]] = [("x",), (), (), ()]
    for (source, target), op in zip(EDGES, cell, strict=True):
        arrives = sums[source]
        if op == NONE or not arrives:
            continue
        terms = arrives if op == SKIP else (f"{WORDS[op]}({'+'.join(arrives)})",)
        sums[target] = tuple(sorted(sums[target] + terms))
    return "+".join(sums[OUTPUT]) or "0"


def paths(cell: Cell) -> list[Cell]:
    """Operations along every input-output path that carries something, shortest first."""
    routes = ((3,), (0, 4), (1, 5), (0, 2, 5))
    found = (tuple(cell[edge] for edge in route) for route in routes)
    return [path for path in found if NONE not in path]


class NB201Space(SearchSpace):
    """The 15,625 cells of NAS-Bench-201; varied cells come back with their dead edges set to ``none``."""

    name = "nb201"
    stackable = True
    enumerable = True
    summary = (
        "NAS-Bench-201 cells: nodes 0 (input), 1, 2, 3 (output); the six edges 0-1 0-2 1-2 0-3 1-3 2-3 each carry "
        "one of none, skip, conv1 (1x1 convolution), conv3 (3x3 convolution), pool (3x3 average pooling)."
    )
    noun = "cell"
    plural = "neural network cells"
    words_tokens = 24
    notation = "six operations, separated by spaces, for the edges 0-1 0-2 1-2 0-3 1-3 2-3"
    partition = "convolutions"
    feature_docs: dict[str, str] = {  # noqa: RUF012 - fixed by the class
        "convs": "number of live convolutions (0 to 6)",
        "conv3": "number of live 3x3 convolutions (0 to 6)",
        "conv1": "number of live 1x1 convolutions (0 to 6)",
        "skips": "number of live skip connections (0 to 6)",
        "pools": "number of live average poolings (0 to 6)",
        "complexity": "0 without convolution, 1 with 1x1 alone, else one more than the number of 3x3 (0 to 7)",
        "live_edges": "number of edges on some input-output path (0 to 6)",
        "paths": "number of input-output paths (0 to 4)",
        "depth": "most convolutions on any input-output path (0 to 3)",
        "has_residual": "a skip connection runs straight from input to output",
        "pool_first": "some path starts with an average pooling",
        "pool_last": "some path ends with an average pooling",
        **{f"edge_{name.replace('-', '_')}": f"operation on the edge {name}" for name in EDGE_NAMES},
    }

    def parse(self, text: str) -> Architecture:
        return _parse(text)

    def from_cell(self, cell: Cell) -> Architecture:
        """The architecture of six operation indices, its dead edges set to ``none``."""
        return _architecture(prune(cell))

    def random(self, rng: np.random.Generator) -> Architecture:
        connected = self._connected
        return connected[int(rng.integers(len(connected)))]

    def mutate(self, architecture: Architecture, rng: np.random.Generator) -> Architecture:
        edits = self.edits(architecture)
        return edits[int(rng.integers(len(edits)))].result

    def crossover(self, left: Architecture, right: Architecture, rng: np.random.Generator) -> Architecture:
        for _ in range(8):
            mask = rng.integers(0, 2, size=6)
            genes = (text_to_cell(left.text), text_to_cell(right.text))
            child = self.from_cell(tuple(genes[pick][edge] for edge, pick in enumerate(mask)))
            if child.canonical not in ("0", left.canonical, right.canonical):
                return child
        return self.mutate(left, rng)

    @lru_cache(maxsize=1_024)  # noqa: B019 - one space lives as long as the process
    def edits(self, architecture: Architecture) -> list[Edit]:
        cell = text_to_cell(architecture.text)
        found = []
        for edge, op in itertools.product(range(6), range(5)):
            result = self.from_cell((*cell[:edge], op, *cell[edge + 1 :]))
            if result.canonical not in ("0", architecture.canonical):
                found.append(Edit(f"{EDGE_NAMES[edge]} {WORDS[op]}", result))
        return found

    @lru_cache(maxsize=16_384)  # noqa: B019 - one space lives as long as the process
    def features(self, architecture: Architecture) -> Mapping[str, Feature]:
        cell = prune(text_to_cell(architecture.text))
        routes = paths(cell)
        counts = [cell.count(op) for op in range(5)]
        return {
            "convs": counts[CONV1] + counts[CONV3],
            "conv3": counts[CONV3],
            "conv1": counts[CONV1],
            "skips": counts[SKIP],
            "pools": counts[POOL],
            "complexity": counts[CONV3] + 1 if counts[CONV3] else min(counts[CONV1], 1),
            "live_edges": 6 - counts[NONE],
            "paths": len(routes),
            "depth": max((sum(op in (CONV1, CONV3) for op in route) for route in routes), default=0),
            "has_residual": cell[3] == SKIP,
            "pool_first": any(route[0] == POOL for route in routes),
            "pool_last": any(route[-1] == POOL for route in routes),
            **{f"edge_{name.replace('-', '_')}": WORDS[op] for name, op in zip(EDGE_NAMES, cell, strict=True)},
        }

    @cached_property
    def _representatives(self) -> dict[str, Cell]:
        """Canonical form -> its cell with the fewest operations, the first in order among equals."""
        order = sorted(itertools.product(range(5), repeat=6), key=lambda cell: (6 - cell.count(NONE), cell))
        chosen: dict[str, Cell] = {}
        for cell in order:
            chosen.setdefault(canonical_form(cell), cell)
        return chosen

    def representative(self, architecture: Architecture) -> Architecture:
        return self._architectures[architecture.canonical]

    @cached_property
    def _architectures(self) -> dict[str, Architecture]:
        """Canonical form -> the architecture of its representative."""
        return {canonical: self.from_cell(cell) for canonical, cell in self._representatives.items()}

    def equals(self, architecture: Architecture) -> Sequence[Architecture]:
        return self._equals[architecture.canonical]

    @cached_property
    def _equals(self) -> dict[str, list[Architecture]]:
        """Canonical form -> its cells without dead edges, in order."""
        found: dict[str, list[Architecture]] = {}
        for cell in itertools.product(range(5), repeat=6):
            if prune(cell) == cell:
                found.setdefault(canonical_form(cell), []).append(self.from_cell(cell))
        return found

    def encode(self, architecture: Architecture) -> dict[str, np.ndarray]:
        return self._encode(architecture.canonical)

    @lru_cache(maxsize=8_192)  # noqa: B019 - one space lives as long as the process
    def _encode(self, canonical: str) -> dict[str, np.ndarray]:
        cell = self._representatives[canonical]
        one_hot = np.zeros((6, 5))
        one_hot[np.arange(6), cell] = 1.0
        on_path = np.zeros(len(_PATH_INDEX))
        for path in paths(cell):
            on_path[_PATH_INDEX[path]] = 1.0
        features = self.features(self._architectures[canonical])
        graph = np.array([float(features[name]) for name in _COUNTS])
        return {"operations": one_hot.ravel(), "paths": on_path, "graph": graph}

    def complexity(self, architecture: Architecture, shape: NetworkShape) -> Complexity:
        from illuminas.tools.spaces.nb201_complexity import complexity

        return complexity(text_to_cell(architecture.text), shape)

    def build(self, architecture: Architecture, shape: NetworkShape) -> nn.Module:
        from illuminas.tools.spaces.nb201_network import CellNetwork

        return CellNetwork(prune(text_to_cell(architecture.text)), shape)

    def stack(self, architectures: Sequence[Architecture], shape: NetworkShape, *, tied: bool = False) -> nn.Module:
        from illuminas.tools.spaces.nb201_stack import stack

        return stack([prune(text_to_cell(each.text)) for each in architectures], shape, tied=tied)

    def heaviest(self) -> Architecture:
        return self.from_cell((CONV3,) * 6)

    def reduced(self) -> list[Architecture]:
        return list(self._connected)

    @cached_property
    def _connected(self) -> list[Architecture]:
        return [each for canonical, each in self._architectures.items() if canonical != "0"]

    def to_words(self, architecture: Architecture) -> str:
        return " ".join(WORDS[op] for op in text_to_cell(architecture.text))

    def from_words(self, words: str) -> Architecture:
        parts = words.split()
        if len(parts) != 6 or any(part not in WORDS for part in parts):
            raise InvalidArchitecture(
                f"not a cell in short notation: {words[:80]!r}. Expected six of {', '.join(WORDS)}, one for each of "
                f"the edges {' '.join(EDGE_NAMES)}."
            )
        return self.from_cell(tuple(WORDS.index(part) for part in parts))

    def words_grammar(self) -> str:
        word = "(" + " | ".join(f'"{word}"' for word in WORDS) + ")"
        return ' " " '.join([word] * 6)

    def words_pattern(self) -> str:
        word = f"({'|'.join(WORDS)})"
        return f"{word}( {word}){{5}}"

    def draw(self, architecture: Architecture) -> str:
        from illuminas.tools.spaces.nb201_drawing import draw_cell

        return draw_cell(prune(text_to_cell(architecture.text)))


@lru_cache(maxsize=32_768)
def _parse(text: str) -> Architecture:
    return _architecture(text_to_cell(text))


@lru_cache(maxsize=32_768)
def _architecture(cell: Cell) -> Architecture:
    return Architecture(space=NB201Space.name, text=cell_to_text(cell), canonical=canonical_form(cell))


_COUNTS: tuple[str, ...] = ("convs", "conv3", "conv1", "skips", "pools", "live_edges", "paths", "depth")
_COUNTS += ("has_residual", "pool_first", "pool_last")
"""Features that are numbers; the edges' operations have a group of their own."""

_PATH_INDEX: dict[Cell, int] = {
    path: index
    for index, path in enumerate(
        path for length in (1, 2, 3) for path in itertools.product((SKIP, CONV1, CONV3, POOL), repeat=length)
    )
}
