"""Drawings of a cell show its live edges and nothing else."""

from __future__ import annotations

import itertools
from io import BytesIO

import pytest
from illuminas.tools.spaces.nb201_drawing import draw_cell, plot_cell

from illuminas.tools.spaces import get_space
from illuminas.tools.spaces.nb201.cells import NONE, WORDS, NB201Space, prune, text_to_cell

SPACE = NB201Space()

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
    assert draw_cell(text_to_cell(SPACE.from_words(words).text)) == drawing.strip("\n")


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


def test_the_space_draws_by_it() -> None:
    assert get_space("nb201").draw(SPACE.from_words("conv3 conv1 pool skip conv3 pool")) == WHOLE.strip("\n")


def test_a_plot_has_the_nodes_and_a_labelled_arrow_for_each_live_edge() -> None:
    from matplotlib.figure import Figure
    from matplotlib.patches import FancyArrowPatch

    figure = Figure(figsize=(6, 3))
    axes = figure.add_subplot()
    # 0-2 is live, 1-2 and 1-3 start where nothing arrives
    plot_cell((0, 2, 3, 1, 3, 4), axes)
    figure.savefig(BytesIO(), format="png")
    arrows = [patch for patch in axes.patches if isinstance(patch, FancyArrowPatch)]
    labels = sorted(text.get_text() for text in axes.texts)
    assert labels == sorted(["conv1", "skip", "pool", "0", "1", "2", "3", "input", "output"])
    assert len(arrows) == len({arrow.get_edgecolor() for arrow in arrows}) == 3
