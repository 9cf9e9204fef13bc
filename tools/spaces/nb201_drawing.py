"""Drawings of a NAS-Bench-201 cell: for a terminal, and for matplotlib."""

from __future__ import annotations

from typing import TYPE_CHECKING

from illuminas.tools.spaces.nb201 import CONV1, CONV3, EDGES, NONE, POOL, SKIP, WORDS, Cell, prune

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_NODES = (7, 20, 33, 46)
"""Columns of the nodes."""
_COLORS = {SKIP: "#5F5F5F", CONV1: "#56B4E9", CONV3: "#0072B2", POOL: "#D55E00"}
"""From the palette of Okabe and Ito, which colour-blind people tell apart, and a grey."""
_BENDS = {(0, 2): 0.4, (1, 3): -0.4, (0, 3): -0.7}
"""How far an edge past other nodes bows, as a share of its length; upwards where negative."""


class _Canvas:
    """A few lines of characters to draw on."""

    def __init__(self, height: int) -> None:
        self._lines = [[" "] * 56 for _ in range(height)]

    def write(self, line: int, column: int, text: str) -> None:
        self._lines[line][column : column + len(text)] = text

    def arc(self, line: int, start: int, end: int, word: str, corners: str, *, node_line: int) -> None:
        """An arrow that leaves the node at column ``start``, runs along ``line`` and comes down, or up, at ``end``."""
        self.write(line, start, corners[0] + f" {word} ".center(end - start - 1, "─") + corners[1])
        step = 1 if node_line > line else -1
        for between in range(line + step, node_line, step):
            self.write(between, start, "│")
            self.write(between, end, "│")
        self.write(node_line - step, end, "▼" if step == 1 else "▲")

    def __str__(self) -> str:
        lines = ("".join(line).rstrip() for line in self._lines)
        return "\n".join(line for line in lines if line)


def draw_cell(cell: Cell) -> str:
    """The live edges of a cell as text, at most 56 columns and 6 lines.

    The nodes stand in a row, 0-3 and 1-3 run above it, 0-2 below.
    """
    live = {edge: WORDS[op] for edge, op in zip(EDGES, prune(cell), strict=True) if op != NONE}
    canvas = _Canvas(6)
    # the outer arc ends one column to the right, so that each arrow has a head of its own
    if (0, 3) in live:
        canvas.arc(0, _NODES[0], _NODES[3] + 1, live[0, 3], "┌┐", node_line=3)
    if (1, 3) in live:
        canvas.arc(1, _NODES[1], _NODES[3] - 1, live[1, 3], "┌┐", node_line=3)
    if (0, 2) in live:
        canvas.arc(5, _NODES[0], _NODES[2], live[0, 2], "└┘", node_line=3)
    for node, column in enumerate(_NODES):
        canvas.write(3, column - 1, f"({node})")
        if (node, node + 1) in live:
            canvas.write(3, column + 2, f" {live[node, node + 1]} ".center(9, "─") + "▶")
    canvas.write(3, 0, "input")
    canvas.write(3, _NODES[3] + 3, "output")
    if not live:
        canvas.write(4, _NODES[0] - 1, "nothing reaches the output")
    return str(canvas)


def plot_cell(cell: Cell, axes: Axes) -> None:
    """The live edges of a cell on ``axes``: nodes are circles in a row, edges labelled arrows coloured by operation."""
    from matplotlib.patches import FancyArrowPatch

    places = [(2.0 * node, 0.0) for node in range(4)]
    for edge, op in zip(EDGES, prune(cell), strict=True):
        if op == NONE:
            continue
        (left, _), (right, _) = (places[node] for node in edge)
        bend = _BENDS.get(edge, 0.0)
        axes.add_patch(
            FancyArrowPatch(
                (left, 0),
                (right, 0),
                connectionstyle=f"arc3,rad={bend}",
                arrowstyle="-|>",
                mutation_scale=14,
                linewidth=2,
                color=_COLORS[op],
                shrinkA=11,
                shrinkB=11,
            )
        )
        if bend:
            # the middle of a quadratic curve lies half as far out as its control point
            height, align = -bend * (right - left) / 2, "center"
        else:
            # a straight edge is too short to be interrupted, and an arc comes down above the last one
            height, align = (-0.12, "top") if edge == (2, 3) else (0.12, "bottom")
        axes.text(
            (left + right) / 2,
            height,
            WORDS[op],
            ha="center",
            va=align,
            fontsize=9,
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 1} if bend else None,
            zorder=3,
        )
    for node, (x, y) in enumerate(places):
        axes.scatter([x], [y], s=360, facecolor="white", edgecolor="black", linewidth=1.5, zorder=4)
        axes.text(x, y, str(node), ha="center", va="center", fontsize=10, zorder=5)
    axes.text(-0.4, 0, "input", ha="right", va="center", fontsize=10)
    axes.text(6.4, 0, "output", ha="left", va="center", fontsize=10)
    axes.set_xlim(-1.7, 7.9)
    axes.set_ylim(-1.2, 2.5)
    axes.set_aspect("equal")
    axes.axis("off")
