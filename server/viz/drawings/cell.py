"""NAS-Bench-201 cells as SVG: four nodes in a row, and an arrow an edge, named and coloured by its operation."""

from __future__ import annotations

import math
from typing import Final, NamedTuple

from illuminas.server.viz.drawings.svg import INK, MARK, picture, tag, words
from illuminas.tools.spaces.nb201 import CONV1, CONV3, EDGE_NAMES, EDGES, NONE, POOL, SKIP, WORDS, Cell, prune

_COLORS: Final = {NONE: INK, SKIP: INK, CONV1: "#56B4E9", CONV3: "#0072B2", POOL: "#D55E00"}
"""From the palette of Okabe and Ito, which colour-blind people tell apart; each edge is named as well."""
_NODES: Final = (66, 178, 290, 402)
_ROW, _RADIUS, _HEAD = 128, 13, 9
_WIDTH, _HEIGHT = 468, 204
_RISES: Final = {(0, 3): 104, (1, 3): 52, (0, 2): -46}
"""How far the middle of an edge past other nodes lies above the row."""


class _Course(NamedTuple):
    """Where an edge runs, and where it is named: a quadratic curve from ``start`` over ``bend`` to ``end``."""

    start: tuple[float, float]
    bend: tuple[float, float]
    end: tuple[float, float]
    name: tuple[float, float]

    @property
    def angle(self) -> float:
        return math.atan2(self.end[1] - self.bend[1], self.end[0] - self.bend[0])


def cell_svg(cell: Cell, other: Cell | None = None, *, said: str = "was") -> str:
    """A cell as a drawing. Edges on no path from input to output are faint, those without operation dotted.

    Args:
        other: its edges that differ are marked, and named beside what is here after the word ``said``.
    """
    live = prune(cell)
    parts: list[str] = []
    for place, edge in enumerate(EDGES):
        was = None if other is None or other[place] == cell[place] else f"{said} {WORDS[other[place]]}"
        parts.append(_edge(edge, cell[place], live=live[place] != NONE, was=was))
    for node, x in enumerate(_NODES):
        parts.append(tag("circle", cx=x, cy=_ROW, r=_RADIUS, fill="none", stroke=INK, stroke_width=1.5))
        parts.append(words(str(node), x, _ROW + 4, text_anchor="middle"))
    parts.append(words("input", _NODES[0] - _RADIUS - 6, _ROW + 4, text_anchor="end"))
    parts.append(words("output", _NODES[-1] + _RADIUS + 6, _ROW + 4))
    if not any(live):
        parts.append(words("nothing reaches the output", _WIDTH / 2, _HEIGHT - 6, text_anchor="middle"))
    named = ", ".join(f"{name} {WORDS[op]}" for name, op in zip(EDGE_NAMES, cell, strict=True))
    return picture(*parts, width=_WIDTH, height=_HEIGHT, label=f"cell with the edges {named}")


def cell_differences(before: Cell, after: Cell) -> tuple[str, ...]:
    """What became of every edge that differs."""
    edges = zip(EDGE_NAMES, before, after, strict=True)
    return tuple(f"edge {name}: {WORDS[then]} became {WORDS[now]}" for name, then, now in edges if then != now)


def _edge(edge: tuple[int, int], op: int, *, live: bool, was: str | None) -> str:
    course = _course(edge)
    (x0, y0), (xb, yb), (x1, y1), (x, y) = course
    angle = course.angle
    neck = (x1 - _HEAD * math.cos(angle), y1 - _HEAD * math.sin(angle))
    path = f"M{x0:.1f} {y0:.1f} Q{xb:.1f} {yb:.1f} {neck[0]:.1f} {neck[1]:.1f}"
    color = _COLORS[op]
    dash = "1 5" if op == NONE else None if live else "6 4"
    parts = []
    if was is not None:
        parts.append(tag("path", d=path, fill="none", stroke=MARK, stroke_width=11, stroke_opacity=0.55))
    parts.append(
        tag("path", d=path, fill="none", stroke=color, stroke_width=2.5 if live else 1.5, stroke_dasharray=dash)
    )
    if op != NONE:
        side = [(angle + turn, _HEAD * 0.5) for turn in (math.pi / 2, -math.pi / 2)]
        corners = [(x1, y1), *((neck[0] + far * math.cos(a), neck[1] + far * math.sin(a)) for a, far in side)]
        parts.append(tag("polygon", points=" ".join(f"{px:.1f},{py:.1f}" for px, py in corners), fill=color))
    if op != NONE or was is not None:
        weight = "bold" if was is not None else None
        straight = edge[1] - edge[0] == 1
        name = WORDS[op] if was is None or straight else f"{WORDS[op]}, {was}"
        parts.append(words(name, x, y, text_anchor="middle", font_weight=weight))
        if was is not None and straight:
            parts.append(words(was, x, _ROW + 17, size=11, text_anchor="middle"))
    faint = None if live or was is not None else 0.25 if op == NONE else 0.45
    return tag("g", *parts, opacity=faint)


def _course(edge: tuple[int, int]) -> _Course:
    left, right = (_NODES[node] for node in edge)
    if edge not in _RISES:
        start, end = (left + _RADIUS + 2.0, float(_ROW)), (right - _RADIUS - 2.0, float(_ROW))
        middle = ((left + right) / 2, float(_ROW))
        return _Course(start, middle, end, (middle[0], _ROW - 7.0))
    rise = _RISES[edge]
    up = math.copysign(1, rise)
    # the control point lies twice as far out as the middle of the curve
    bend = ((left + right) / 2, _ROW - 2.0 * rise + up * _RADIUS)
    slant = math.atan2(bend[1] - _ROW, bend[0] - left)
    reach = _RADIUS + 2.0
    start = (left + reach * math.cos(slant), _ROW + reach * math.sin(slant))
    end = (right - reach * math.cos(slant), _ROW + reach * math.sin(slant))
    crest = (start[1] + bend[1]) / 2
    return _Course(start, bend, end, (bend[0], crest - 6 if up > 0 else crest + 15))
