"""Pictures with their operations on edges as SVG: nodes in a row, and an arc an edge, named and coloured."""

from __future__ import annotations

import math
from typing import Final, NamedTuple

from illuminas.server.viz.drawings.svg import INK, MARK, color_of, picture, tag, words
from illuminas.tools.spaces import Link, Picture

_LEFT, _STEP, _RADIUS, _HEAD = 66, 112, 13, 9
_ABOVE: Final = 52
"""How far the middle of an arc to the output lies above the row, for each node that it passes."""
_BELOW: Final = 46
"""How far the middle of an arc to another node lies below the row."""


class _Course(NamedTuple):
    """Where an edge runs, and where it is named: a quadratic curve from ``start`` over ``bend`` to ``end``."""

    start: tuple[float, float]
    bend: tuple[float, float]
    end: tuple[float, float]
    name: tuple[float, float]

    @property
    def angle(self) -> float:
        return math.atan2(self.end[1] - self.bend[1], self.end[0] - self.bend[0])


def graph_svg(drawn: Picture, other: Picture | None = None, *, said: str = "was") -> str:
    """A picture as a drawing. Edges on no path from input to output are faint, those that carry nothing dotted.

    Args:
        other: its edges that differ are marked, and named beside what is here after the word ``said``.
    """
    count = len(drawn.nodes)
    row, right = 24 + _ABOVE * (count - 2), _LEFT + _STEP * (count - 1)
    width, height = right + _LEFT, row + 30 + _BELOW * max(1, count - 3)
    parts = []
    for place, link in enumerate(drawn.links):
        was = None if other is None or other.links[place].label == link.label else other.links[place].label
        parts.append(_edge(link, row, count - 1, None if was is None else f"{said} {was}"))
    for place, node in enumerate(drawn.nodes):
        x = _LEFT + _STEP * place
        parts.append(tag("circle", cx=x, cy=row, r=_RADIUS, fill="none", stroke=INK, stroke_width=1.5))
        parts.append(words(node.label, x, row + 4, text_anchor="middle"))
    parts.append(words("input", _LEFT - _RADIUS - 6, row + 4, text_anchor="end"))
    parts.append(words("output", right + _RADIUS + 6, row + 4))
    if drawn.note:
        parts.append(words(drawn.note, width / 2, height - 6, text_anchor="middle"))
    return picture(*parts, width=width, height=height, label=drawn.title)


def graph_differences(before: Picture, after: Picture) -> tuple[str, ...]:
    """What became of every edge that differs."""
    return tuple(
        f"edge {before.nodes[then.source].label}-{before.nodes[then.target].label}: {then.label} became {now.label}"
        for then, now in zip(before.links, after.links, strict=True)
        if then.label != now.label
    )


def _edge(link: Link, row: int, last: int, was: str | None) -> str:
    course = _course(link, row, last)
    (x0, y0), (xb, yb), (x1, y1), (x, y) = course
    angle = course.angle
    neck = (x1 - _HEAD * math.cos(angle), y1 - _HEAD * math.sin(angle))
    path = f"M{x0:.1f} {y0:.1f} Q{xb:.1f} {yb:.1f} {neck[0]:.1f} {neck[1]:.1f}"
    color = color_of(link.color)
    dash = "1 5" if not link.carries else None if link.live else "6 4"
    parts = []
    if was is not None:
        parts.append(tag("path", d=path, fill="none", stroke=MARK, stroke_width=11, stroke_opacity=0.55))
    wide = 2.5 if link.live else 1.5
    parts.append(tag("path", d=path, fill="none", stroke=color, stroke_width=wide, stroke_dasharray=dash))
    if link.carries:
        side = [(angle + turn, _HEAD * 0.5) for turn in (math.pi / 2, -math.pi / 2)]
        corners = [(x1, y1), *((neck[0] + far * math.cos(a), neck[1] + far * math.sin(a)) for a, far in side)]
        parts.append(tag("polygon", points=" ".join(f"{px:.1f},{py:.1f}" for px, py in corners), fill=color))
    if link.carries or was is not None:
        weight = "bold" if was is not None else None
        straight = link.target - link.source == 1
        name = link.label if was is None or straight else f"{link.label}, {was}"
        parts.append(words(name, x, y, text_anchor="middle", font_weight=weight))
        if was is not None and straight:
            parts.append(words(was, x, row + 17, size=11, text_anchor="middle"))
    faint = None if link.live or was is not None else 0.45 if link.carries else 0.25
    return tag("g", *parts, opacity=faint)


def _course(link: Link, row: int, last: int) -> _Course:
    left, right = (float(_LEFT + _STEP * node) for node in (link.source, link.target))
    passed, reach = link.target - link.source - 1, _RADIUS + 2.0
    if not passed:
        middle = (left + right) / 2
        return _Course((left + reach, row), (middle, row), (right - reach, row), (middle, row - 7.0))
    up = 1 if link.target == last else -1
    rise = (_ABOVE if up > 0 else _BELOW) * passed
    # the control point lies twice as far out as the middle of the curve
    bend = ((left + right) / 2, row - up * (2.0 * rise - _RADIUS))
    slant = math.atan2(bend[1] - row, bend[0] - left)
    start = (left + reach * math.cos(slant), row + reach * math.sin(slant))
    end = (right - reach * math.cos(slant), row + reach * math.sin(slant))
    crest = (start[1] + bend[1]) / 2
    return _Course(start, bend, end, (bend[0], crest - 6 if up > 0 else crest + 15))
