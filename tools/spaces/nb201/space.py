"""The search space of NAS-Bench-201 cells."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from illuminas.tools.spaces.base import (
    Architecture,
    Complexity,
    Feature,
    NetworkShape,
    NicheAxis,
)
from illuminas.tools.spaces.genotype import Choice, Genes, Genotype
from illuminas.tools.spaces.genotype_space import GenotypeSpace
from illuminas.tools.spaces.nb201.cells import (
    CHANNELS,
    CONV1,
    CONV3,
    EDGE_NAMES,
    EDGES,
    NONE,
    NOTHING,
    OPERATIONS,
    POOL,
    SKIP,
    WORDS,
    Cell,
    canonical_form,
    cell_to_text,
    complexity,
    official_texts,
    paths,
    prune,
    text_to_cell,
)
from illuminas.tools.spaces.picture import Link, Node, Picture

if TYPE_CHECKING:
    from torch import nn

_COLORS: dict[int, int | None] = {NONE: None, SKIP: None, CONV1: 1, CONV3: 2, POOL: 3}


class NB201Space(GenotypeSpace):
    """The 15,625 cells of NAS-Bench-201; varied cells come back with their dead edges set to ``none``."""

    name = "nb201"
    stackable = True
    summary = (
        "NAS-Bench-201 cells: nodes 0 (input), 1, 2, 3 (output); the six edges 0-1 0-2 1-2 0-3 1-3 2-3 each carry "
        "one of none, skip, conv1 (1x1 convolution), conv3 (3x3 convolution), pool (3x3 average pooling)."
    )
    noun = "cell"
    plural = "neural network cells"
    words_tokens = 24
    notation = "six operations, separated by spaces, for the edges 0-1 0-2 1-2 0-3 1-3 2-3"
    genotype = Genotype(
        [
            Choice(name=f"edge_{name.replace('-', '_')}", label=name, options=OPERATIONS, words=WORDS)
            for name in EDGE_NAMES
        ],
        repair=prune,
    )
    partition = "convolutions"
    axes = {  # noqa: RUF012 - fixed by the class
        # the complexity partition of LLM-NAS (arXiv 2510.01472)
        "convolutions": NicheAxis(
            "complexity",
            (1, 2, 3, 4, 5),
            ("no convolution", "only 1x1 convolutions", "one 3x3", "two 3x3", "three 3x3", "four or more 3x3"),
        )
    }
    cost_features = ("live_edges", "depth")
    example_predicate = "conv3 >= 2 and edge_0_3 == skip"
    chat_examples = (
        ("I do not want pooling layers", "forbid pools"),
        ("we cannot have any skip connections", "forbid skips"),
        ("convolutions are useless here, do not propose them", "forbid convs"),
        ("there should be three or more convolutions in it", "require convs >= 3"),
        ("I would like to see several 1x1 convolutions in all of them", "require conv1 >= 2"),
        ("please evaluate conv1 skip none none pool conv1", "seed conv1 skip none none pool conv1"),
        ("have a look at conv3 none skip conv1 none conv1", "seed conv3 none skip conv1 none conv1"),
        ("I believe that skips make networks better", "rule skips >= 1 {improves} {primary}"),
        ("I think convolutions make {primary} worse", "rule convs >= 1 {worsens} {primary}"),
        ("see whether many layers make {second} worse", "rule depth >= 3 {worsens_second} {second}"),
        ("test whether pools are bad for the {primary}", "rule pools >= 1 {worsens} {primary}"),
    )
    synonyms = {  # noqa: RUF012 - fixed by the class
        "conv3": r"(?:(?:nor_)?conv_?3(?:x3)?|3x3|3 by 3|three by three)s?(?: conv(?:olution)?s?)?",
        "conv1": r"(?:(?:nor_)?conv_?1(?:x1)?|1x1|1 by 1|one by one)s?(?: conv(?:olution)?s?)?",
        "convs": r"conv(?:olution)?s?(?: layers?)?|convolutional layers?",
        "pools": r"(?:avg_pool_3x3|(?:average |max |avg)?pool(?:ing)?s?)(?: layers?)?",
        "skips": r"skip(?:_connect|[ -]?connection)?s?|identit(?:y|ies)",
        "has_residual": r"residual(?: connection)?s?|shortcuts?",
        "live_edges": r"(?:live )?edges?",
        "paths": r"paths?",
    }
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

    def read(self, text: str) -> Genes:
        return text_to_cell(text)

    def write(self, genes: Genes) -> str:
        return cell_to_text(genes)

    def form(self, genes: Genes) -> str:
        return canonical_form(genes)

    def connects(self, genes: Genes) -> bool:
        return canonical_form(genes) != NOTHING

    def rank(self, genes: Genes) -> tuple[int, ...]:
        """Those with the fewest operations come first."""
        return (6 - genes.count(NONE), *genes)

    def describe(self, genes: Genes) -> Mapping[str, Feature]:
        cell = prune(genes)
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

    def encode_genes(self, genes: Genes) -> dict[str, np.ndarray]:
        one_hot = np.zeros((6, 5))
        one_hot[np.arange(6), genes] = 1.0
        on_path = np.zeros(len(_PATH_INDEX))
        for path in paths(genes):
            on_path[_PATH_INDEX[path]] = 1.0
        features = self.describe(genes)
        graph = np.array([float(features[name]) for name in _COUNTS])
        return {"operations": one_hot.ravel(), "paths": on_path, "graph": graph}

    def complexity(self, architecture: Architecture, shape: NetworkShape) -> Complexity:
        return complexity(self.genes_of(architecture), shape)

    def width(self, shape: NetworkShape) -> int:
        return CHANNELS[shape.scale]

    def build(self, architecture: Architecture, shape: NetworkShape) -> nn.Module:
        from illuminas.tools.spaces.nb201.network import CellNetwork

        return CellNetwork(prune(self.genes_of(architecture)), shape)

    def stack(self, architectures: Sequence[Architecture], shape: NetworkShape, *, tied: bool = False) -> nn.Module:
        from illuminas.tools.spaces.nb201.network import stack

        return stack([prune(self.genes_of(each)) for each in architectures], shape, tied=tied)

    def official_order(self) -> Sequence[str]:
        return official_texts()

    def heaviest(self) -> Architecture:
        return self.from_genes((CONV3,) * 6)

    def picture(self, architecture: Architecture, shape: NetworkShape) -> Picture:
        cell = self.genes_of(architecture)
        live = prune(cell)
        links = tuple(
            Link(*edge, label=WORDS[op], color=_COLORS[op], live=alive != NONE, carries=op != NONE)
            for edge, op, alive in zip(EDGES, cell, live, strict=True)
        )
        named = ", ".join(f"{name} {WORDS[op]}" for name, op in zip(EDGE_NAMES, cell, strict=True))
        return Picture(
            title=f"cell with the edges {named}",
            nodes=tuple(Node(str(node)) for node in range(4)),
            links=links,
            column=False,
            note="" if any(live) else "nothing reaches the output",
        )


_COUNTS: tuple[str, ...] = ("convs", "conv3", "conv1", "skips", "pools", "live_edges", "paths", "depth")
_COUNTS += ("has_residual", "pool_first", "pool_last")
"""Features that are numbers; the edges' operations have a group of their own."""

_PATH_INDEX: dict[Cell, int] = {
    path: index
    for index, path in enumerate(
        path for length in (1, 2, 3) for path in itertools.product((SKIP, CONV1, CONV3, POOL), repeat=length)
    )
}
