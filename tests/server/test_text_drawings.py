"""Pictures as text: a cell shows its live edges and nothing else, a layer list a box a layer."""

from __future__ import annotations

import itertools
import re

import numpy as np
import pytest

from illuminas.server.viz.drawings.drawing import draw_text
from illuminas.tools.spaces import Architecture, NetworkShape, get_space
from illuminas.tools.spaces.code.space import layers_of
from illuminas.tools.spaces.nb201.cells import NONE, WORDS, Cell, cell_to_text, prune
from illuminas.tools.spaces.nb201.space import NB201Space

SPACE, CODE = NB201Space(), get_space("code")


def draw_cell(cell: Cell) -> str:
    return draw_text(SPACE, SPACE.parse(cell_to_text(cell)), NetworkShape())


def draw_layers(architecture: Architecture) -> str:
    return draw_text(CODE, architecture, NetworkShape())


WHOLE = """
       ┌───────────────── skip ────────────────┐
       │            ┌──────── conv3 ─────────┐ │
       │            │                        ▼ ▼
input (0)─ conv3 ─▶(1)── pool ─▶(2)── pool ─▶(3) output
       │                         ▲
       └───────── conv1 ─────────┘
"""

CHAIN = """
input (0)── skip ─▶(1)─ conv1 ─▶(2)─ conv3 ─▶(3) output
"""

BELOW = """
input (0)          (1)          (2)─ conv1 ─▶(3) output
       │                         ▲
       └───────── conv3 ─────────┘
"""

NOTHING = """
input (0)          (1)          (2)          (3) output
      nothing reaches the output
"""


@pytest.mark.parametrize(
    ("words", "drawing"),
    [
        ("conv3 conv1 pool skip conv3 pool", WHOLE),
        ("skip none conv1 none none conv3", CHAIN),
        ("none conv3 none none none conv1", BELOW),
        ("none none none none conv3 conv3", NOTHING),
    ],
)
def test_a_cell_is_drawn_with_its_nodes_in_a_row(words: str, drawing: str) -> None:
    assert draw_text(SPACE, SPACE.from_words(words), NetworkShape()) == drawing.strip("\n")


def test_every_drawing_is_small_and_has_a_label_and_an_arrow_for_each_live_edge() -> None:
    for cell in itertools.product(range(5), repeat=6):
        drawing = draw_cell(cell)
        lines = drawing.split("\n")
        assert len(lines) <= 6 and max(map(len, lines)) <= 56
        live = [WORDS[op] for op in prune(cell) if op != NONE]
        assert sum(drawing.count(head) for head in "▶▼▲") == len(live)
        assert {word: drawing.count(f" {word} ") for word in set(live)} == {word: live.count(word) for word in live}


def test_different_live_edges_give_different_drawings() -> None:
    live = {prune(cell) for cell in itertools.product(range(5), repeat=6)}
    assert len({draw_cell(cell) for cell in live}) == len(live)


def test_a_layer_list_has_a_box_a_layer_with_what_it_puts_out_and_a_line_a_skip() -> None:
    drawn = draw_layers(CODE.parse("conv3 32 | maxpool | conv3 64 /2 | skip 2 | cat 4 | linear 8"))
    assert drawn.splitlines()[1:-1:2] == [
        "│ images            │ 3 × 32 × 32  │────┐",
        "│ conv3 32          │ 32 × 32 × 32 │──┐ │",
        "│ maxpool           │ 32 × 16 × 16 │  │ │",
        "│ conv3 64 /2       │ 64 × 8 × 8   │  │ │",
        "│ skip 2            │ 64 × 8 × 8   │◀─┘ │",
        "│ cat 4             │ 67 × 8 × 8   │◀───┘",
        "│ linear 8          │ 8            │",
        "│ linear to classes │ 10           │",
    ]


def test_no_layer_list_breaks_its_frame() -> None:
    rng = np.random.default_rng(2)
    for architecture in (CODE.random(rng) for _ in range(200)):
        lines = draw_layers(architecture).splitlines()
        width = len(lines[0])
        assert len(lines) == 2 * (len(layers_of(architecture)) + 2) + 1
        assert all(line[width - 1] in "┐│┤┘" for line in lines)
        rest = "".join(line[width:] for line in lines)
        skips = sum(layer.kind in ("skip", "cat") for layer in layers_of(architecture))
        assert rest.count("┐") == rest.count("┘") == rest.count("◀") == skips
        assert not re.search(r"[a-z0-9]", rest)
