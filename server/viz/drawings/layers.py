"""Layer lists as SVG: a box a layer from the images down to the classes, and an arc a skip connection."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import SequenceMatcher
from enum import StrEnum
from itertools import zip_longest
from typing import Final, NamedTuple

from illuminas.server.viz.drawings.svg import INK, MARK, hint, picture, tag, words
from illuminas.tools.spaces import Complexity, InvalidArchitecture, NetworkShape
from illuminas.tools.spaces.code.drawing import lanes_of
from illuminas.tools.spaces.code.layers import Layer, Layers, Linear
from illuminas.tools.spaces.code.shapes import costs, outputs

_COLORS: Final = {
    "conv": "#0072B2",
    "sep": "#56B4E9",
    "dw": "#56B4E9",
    "res": "#009E73",
    "maxpool": "#D55E00",
    "avgpool": "#D55E00",
    "dropout": "#999999",
    "skip": "#CC79A7",
    "cat": "#CC79A7",
    "linear": "#E69F00",
}
"""Kind of layer -> a colour of Okabe and Ito; each box is named as well."""
_LEFT, _BOX, _TALL, _STEP, _LANE = 20, 236, 26, 38, 13


class Mark(StrEnum):
    """What a layer is in comparison with another list."""

    SAME = ""
    CHANGED = "≠"
    ADDED = "+"
    REMOVED = "−"


class Row(NamedTuple):
    """One row of two lists side by side: the places of the layers that stand there, None for a gap."""

    before: int | None
    after: int | None


def align(before: Layers, after: Layers) -> list[Row]:
    """The two lists side by side: equal layers share a row, and so do those that changed into each other."""
    then, now = ([layer.text for layer in layers] for layers in (before, after))
    rows: list[Row] = []
    for kind, a, a_end, b, b_end in SequenceMatcher(None, then, now, autojunk=False).get_opcodes():
        if kind == "replace":
            rows += _changed(before, after, range(a, a_end), range(b, b_end))
        else:
            rows += [Row(left, right) for left, right in zip_longest(range(a, a_end), range(b, b_end))]
    return rows


def layers_svg(layers: Layers, shape: NetworkShape) -> str:
    """A network as a drawing, each box with the channels and the side of the images that leave it."""
    return _drawing(layers, shape, list(range(len(layers))), [Mark.SAME] * len(layers))


def layers_pair(before: Layers, after: Layers, shape: NetworkShape) -> tuple[str, str]:
    """Two networks as drawings of the same rows, with gaps where only the other has a layer."""
    rows = align(before, after)
    marks = [_mark(before, after, row) for row in rows]
    left = _drawing(before, shape, [row.before for row in rows], marks)
    return left, _drawing(after, shape, [row.after for row in rows], marks)


def layers_differences(before: Layers, after: Layers) -> tuple[str, ...]:
    """What came, went and changed, from the images to the classes; layers are numbered as in the later list."""
    found = []
    for row in align(before, after):
        if row.before is None and row.after is not None:
            found.append(f"layer {row.after + 1}, {after[row.after].text}, was put in")
        elif row.after is None and row.before is not None:
            found.append(f"{before[row.before].text}, layer {row.before + 1} before, was taken out")
        elif row.before is not None and row.after is not None and _mark(before, after, row) is Mark.CHANGED:
            found.append(f"layer {row.after + 1}: {before[row.before].text} became {after[row.after].text}")
    return tuple(found)


def _changed(before: Layers, after: Layers, left: Sequence[int], right: Sequence[int]) -> list[Row]:
    """Rows of a stretch where nothing is equal: layers of one kind face each other, or else all in their order."""
    kinds = [before[place].kind for place in left], [after[place].kind for place in right]
    if len(left) == len(right):
        return [Row(a, b) for a, b in zip(left, right, strict=True)]
    rows = []
    for kind, a, a_end, b, b_end in SequenceMatcher(None, *kinds, autojunk=False).get_opcodes():
        both = zip_longest(left[a:a_end], right[b:b_end])
        rows += [Row(x, y) for x, y in both] if kind != "replace" else [Row(*pair) for pair in both]
    return rows


def _mark(before: Layers, after: Layers, row: Row) -> Mark:
    if row.before is None:
        return Mark.ADDED
    if row.after is None:
        return Mark.REMOVED
    return Mark.SAME if before[row.before].text == after[row.after].text else Mark.CHANGED


class _Sizes(NamedTuple):
    """What leaves a box, and what it costs, in words."""

    output: str
    cost: str


def _sizes(layers: Layers, shape: NetworkShape) -> list[_Sizes]:
    """Of the images, every layer and the classifier; without words where the images are too small for the network."""
    try:
        along = outputs(layers, in_channels=shape.in_channels, image_size=shape.image_size)
        spent = [Complexity(0, 0), *costs(layers, shape)]
    except InvalidArchitecture as error:
        return [_Sizes("", str(error))] * (len(layers) + 2)
    sizes = []
    for place, each in enumerate(along):
        flat = place > 0 and isinstance(layers[place - 1], Linear)
        text = str(each.channels) if flat else f"{each.channels} × {each.side} × {each.side}"
        sizes.append(_Sizes(text, f"{spent[place].params:,} parameters, {spent[place].macs:,} multiply-accumulates"))
    last = f"{spent[-1].params:,} parameters, {spent[-1].macs:,} multiply-accumulates"
    return [*sizes, _Sizes(str(shape.classes), last)]


def _drawing(layers: Layers, shape: NetworkShape, rows: Sequence[int | None], marks: Sequence[Mark]) -> str:
    sizes, lanes = _sizes(layers, shape), lanes_of(layers)
    lines = {0: 0, len(layers) + 1: len(rows) + 1}
    lines |= {place + 1: line for line, place in enumerate(rows, start=1) if place is not None}
    parts = [_box(0, "images", sizes[0], INK, Mark.SAME)]
    for line, (place, mark) in enumerate(zip(rows, marks, strict=True), start=1):
        if place is None:
            parts.append(_gap(line))
        else:
            layer = layers[place]
            here = _box(line, layer.text, sizes[place + 1], _COLORS[layer.kind], mark)
            parts += [_arrow(lines[place], line), here]
    head = "linear to classes" if isinstance(layers[-1], Linear) else "mean, linear to classes"
    parts += [_arrow(lines[len(layers)], len(rows) + 1), _box(len(rows) + 1, head, sizes[-1], INK, Mark.SAME)]
    for (start, end), lane in lanes.items():
        parts.append(_arc(lines[start], lines[end], lane, layers[end - 1]))
    width = _LEFT + _BOX + _LANE * (max(lanes.values(), default=-1) + 2)
    named = ", ".join(layer.text for layer in layers)
    return picture(*parts, width=width, height=_STEP * (len(rows) + 2), label=f"network of {named}")


def _top(line: int) -> int:
    return 4 + line * _STEP


def _box(line: int, text: str, sizes: _Sizes, color: str, mark: Mark) -> str:
    top = _top(line)
    differs = mark is not Mark.SAME
    parts = [
        hint(f"{text}: {sizes.cost}"),
        tag("rect", x=_LEFT, y=top, width=_BOX, height=_TALL, rx=4, fill=color, fill_opacity=0.16, stroke="none"),
        tag("rect", x=_LEFT, y=top, width=5, height=_TALL, rx=2, fill=color),
        words(text, _LEFT + 13, top + 17, font_weight="bold" if differs else None),
        words(sizes.output, _LEFT + _BOX - 8, top + 17, size=11, text_anchor="end", opacity=0.75),
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


def _arc(start: int, end: int, lane: int, layer: Layer) -> str:
    """What a skip connection brings from below one box to another."""
    x, out = _LEFT + _BOX, _LEFT + _BOX + _LANE * (lane + 1)
    y0, y1 = _top(start) + _TALL * 0.7, _top(end) + _TALL * 0.4
    path = f"M{x} {y0:.1f} C{out + 4} {y0:.1f} {out} {y0:.1f} {out} {y0 + 12:.1f}"
    path += f" L{out} {y1 - 12:.1f} C{out} {y1:.1f} {out + 4} {y1:.1f} {x + 7} {y1:.1f}"
    color = _COLORS[layer.kind]
    tip = tag("polygon", points=f"{x},{y1:.1f} {x + 8},{y1 - 4:.1f} {x + 8},{y1 + 4:.1f}", fill=color)
    line = tag("path", d=path, fill="none", stroke=color, stroke_width=2, stroke_dasharray=_dash(layer))
    return tag("g", hint(layer.text), line, tip)


def _dash(layer: Layer) -> str | None:
    """Concatenations are dashed, additions are not."""
    return "5 3" if layer.kind == "cat" else None
