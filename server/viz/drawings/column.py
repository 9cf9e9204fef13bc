"""Pictures with their operations in nodes as SVG: a box a node, from input to output, and an arc a skip connection."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import SequenceMatcher
from enum import StrEnum
from itertools import zip_longest
from typing import NamedTuple

from illuminas.server.viz.drawings.svg import INK, MARK, color_of, hint, picture, tag, words
from illuminas.tools.spaces import Link, Node, Picture

_LEFT, _BOX, _TALL, _STEP, _LANE = 20, 236, 26, 38, 13


class Mark(StrEnum):
    """What a layer is in comparison with another list."""

    SAME = ""
    CHANGED = "≠"
    ADDED = "+"
    REMOVED = "−"


class Row(NamedTuple):
    """One row of two pictures side by side: the places of the nodes that stand there, None for a gap."""

    before: int | None
    after: int | None


def align(before: Picture, after: Picture) -> list[Row]:
    """The two side by side: equal nodes share a row, and so do those that changed into each other."""
    if before.fixed:
        return [Row(place, place) for place in range(len(before.nodes))]
    then, now = ([node.label for node in each.nodes] for each in (before, after))
    rows: list[Row] = []
    for kind, a, a_end, b, b_end in SequenceMatcher(None, then, now, autojunk=False).get_opcodes():
        if kind == "replace":
            rows += _changed(before, after, range(a, a_end), range(b, b_end))
        else:
            rows += [Row(left, right) for left, right in zip_longest(range(a, a_end), range(b, b_end))]
    return rows


def column_svg(drawn: Picture) -> str:
    """A picture as a drawing."""
    places = list(range(len(drawn.nodes)))
    return _drawing(drawn, list(places), [Mark.SAME] * len(places))


def column_pair(before: Picture, after: Picture) -> tuple[str, str]:
    """Two pictures as drawings of the same rows, with gaps where only the other has a node."""
    rows = align(before, after)
    marks = [_mark(before, after, row) for row in rows]
    left = _drawing(before, [row.before for row in rows], marks)
    return left, _drawing(after, [row.after for row in rows], marks)


def column_differences(before: Picture, after: Picture) -> tuple[str, ...]:
    """What came, went and changed, from input to output; in a list, layers are numbered as in the later one."""
    found = []
    for row in align(before, after):
        if row.before is None and row.after is not None:
            found.append(f"layer {row.after}, {after.nodes[row.after].label}, was put in")
        elif row.after is None and row.before is not None:
            found.append(f"{before.nodes[row.before].label}, layer {row.before} before, was taken out")
        elif row.before is not None and row.after is not None and _mark(before, after, row) is Mark.CHANGED:
            then, now = before.nodes[row.before].label, after.nodes[row.after]
            place = now.note if after.fixed else f"layer {row.after}"
            found.append(f"{place}: {then} became {now.label}")
    return tuple(found)


def _changed(before: Picture, after: Picture, left: Sequence[int], right: Sequence[int]) -> list[Row]:
    """Rows of a stretch where nothing is equal: nodes of one colour face each other, or else all in their order."""
    kinds = [before.nodes[place].color for place in left], [after.nodes[place].color for place in right]
    if len(left) == len(right):
        return [Row(a, b) for a, b in zip(left, right, strict=True)]
    rows = []
    for kind, a, a_end, b, b_end in SequenceMatcher(None, *kinds, autojunk=False).get_opcodes():
        both = zip_longest(left[a:a_end], right[b:b_end])
        rows += [Row(x, y) for x, y in both] if kind != "replace" else [Row(*pair) for pair in both]
    return rows


def _mark(before: Picture, after: Picture, row: Row) -> Mark:
    if row.before is None:
        return Mark.ADDED
    if row.after is None:
        return Mark.REMOVED
    return Mark.SAME if before.nodes[row.before].label == after.nodes[row.after].label else Mark.CHANGED


def lanes_of(links: Sequence[Link]) -> dict[Link, int]:
    """Each link -> its line at the right, short ones first, so that none overlap."""
    lanes: dict[Link, int] = {}
    for link in sorted(links, key=lambda link: (link.target - link.source, link.source)):
        taken = {n for other, n in lanes.items() if link.source <= other.target and other.source <= link.target}
        lanes[link] = next(lane for lane in range(len(links)) if lane not in taken)
    return lanes


def _drawing(drawn: Picture, rows: Sequence[int | None], marks: Sequence[Mark]) -> str:
    lanes = lanes_of(drawn.links)
    lines = {place: line for line, place in enumerate(rows) if place is not None}
    parts = []
    for line, (place, mark) in enumerate(zip(rows, marks, strict=True)):
        if place is None:
            parts.append(_gap(line))
            continue
        if place:
            parts.append(_arrow(lines[place - 1], line))
        parts.append(_box(line, drawn.nodes[place], mark))
    parts += [_arc(lines[link.source], lines[link.target], lane, link) for link, lane in lanes.items()]
    width = _LEFT + _BOX + _LANE * (max(lanes.values(), default=-1) + 2)
    return picture(*parts, width=width, height=_STEP * len(rows), label=drawn.title)


def _top(line: int) -> int:
    return 4 + line * _STEP


def _box(line: int, node: Node, mark: Mark) -> str:
    top, color = _top(line), color_of(node.color)
    differs = mark is not Mark.SAME
    parts = [
        hint(f"{node.label}: {node.hint}" if node.hint else node.label),
        tag("rect", x=_LEFT, y=top, width=_BOX, height=_TALL, rx=4, fill=color, fill_opacity=0.16, stroke="none"),
        tag("rect", x=_LEFT, y=top, width=5, height=_TALL, rx=2, fill=color),
        words(node.label, _LEFT + 13, top + 17, font_weight="bold" if differs else None),
        words(node.note, _LEFT + _BOX - 8, top + 17, size=11, text_anchor="end", opacity=0.75),
    ]
    if differs:
        edge = tag("rect", x=_LEFT, y=top, width=_BOX, height=_TALL, rx=4, fill=MARK, fill_opacity=0.28, stroke=INK)
        parts = [
            edge,
            *parts,
            words(mark.value, _LEFT / 2, top + 18, size=15, text_anchor="middle", font_weight="bold"),
        ]
    return tag("g", *parts)


def _gap(line: int) -> str:
    """A place where only the other list has a layer; what flows passes it."""
    x = _LEFT + _BOX / 2
    return tag(
        "line", x1=x, x2=x, y1=_top(line), y2=_top(line) + _TALL, stroke=INK, stroke_dasharray="2 4", opacity=0.5
    )


def _arrow(start: int, end: int) -> str:
    """From one box to the one below; gaps between them draw their own part."""
    x, parts = _LEFT + _BOX / 2, []
    for line in range(start, end):
        y = _top(line) + _TALL
        parts.append(tag("line", x1=x, x2=x, y1=y, y2=y + _STEP - _TALL - 4, stroke=INK, opacity=0.6))
    tip = _top(end)
    parts.append(tag("polygon", points=f"{x},{tip} {x - 4},{tip - 6} {x + 4},{tip - 6}", fill=INK, opacity=0.6))
    return "".join(parts)


def _arc(start: int, end: int, lane: int, link: Link) -> str:
    """What a skip connection brings from below one box to another."""
    x, out = _LEFT + _BOX, _LEFT + _BOX + _LANE * (lane + 1)
    y0, y1 = _top(start) + _TALL * 0.7, _top(end) + _TALL * 0.4
    path = f"M{x} {y0:.1f} C{out + 4} {y0:.1f} {out} {y0:.1f} {out} {y0 + 12:.1f}"
    path += f" L{out} {y1 - 12:.1f} C{out} {y1:.1f} {out + 4} {y1:.1f} {x + 7} {y1:.1f}"
    color = color_of(link.color)
    tip = tag("polygon", points=f"{x},{y1:.1f} {x + 8},{y1 - 4:.1f} {x + 8},{y1 + 4:.1f}", fill=color)
    dash = "5 3" if link.dashed else None
    line = tag("path", d=path, fill="none", stroke=color, stroke_width=2, stroke_dasharray=dash)
    return tag("g", hint(link.label), line, tip)
