"""Where every niche lies on the heatmap: squares of a grid, Voronoi cells, or a scatter of centroids."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from itertools import pairwise, product
from typing import NamedTuple

import numpy as np

from illuminas.memory.partitions import AnyPartition, Axis, Centroids, Grid
from illuminas.memory.partitions.descriptors import measure_of
from illuminas.server.web.scales import Scale

WIDTH = 600
"""Of the drawing, in its own units; the browser scales it."""
_LEFT, _BOTTOM, _EDGE, _FIELD = 75, 62, 14, 400
_ROW, _LOW_ROW, _FEW = 46, 30, 12
_DOT = 11
_LINE = 6
"""Half the height of a line of text."""
_ENOUGH = 44
"""Room for the text of a cell; one that has it lies in the middle."""
_BENDS = 12
"""Pieces that an edge of a Voronoi cell is cut into: straight in the descriptors, it is bent on a logarithmic axis."""
_TITLES = {
    "macs": "multiply-accumulates",
    "params": "parameters",
}

Place = tuple[float, float]


class Shape(NamedTuple):
    """One niche on the drawing.

    Attributes:
        outline: corners of a polygon.
        centre: where its text stands.
        room: width of the text that it has place for.
    """

    niche: int
    outline: tuple[Place, ...]
    centre: Place
    room: float


class Note(NamedTuple):
    """Words beside the cells: a bin's label or an axis title.

    Attributes:
        anchor: ``start``, ``middle`` or ``end``.
        upward: written from below to above.
    """

    lines: tuple[str, ...]
    place: Place
    anchor: str
    upward: bool = False
    title: bool = False


class Plan(NamedTuple):
    """A drawing without its colours.

    Attributes:
        frame: outline of the field in which figures have places; empty where there is none.
    """

    height: float
    shapes: tuple[Shape, ...]
    notes: tuple[Note, ...]
    frame: tuple[Place, ...] = ()


_FRAME: tuple[Place, ...] = ((_LEFT, _EDGE), (WIDTH - _EDGE, _EDGE), (WIDTH - _EDGE, _FIELD), (_LEFT, _FIELD))


def axis_title(key: str) -> str:
    """A descriptor's name with its unit."""
    measure = measure_of(key)
    if measure.source == "device":
        return f"{measure.words}, {measure.unit}"
    name = _TITLES.get(key, key.replace("_", " "))
    return name if measure.scale == 1.0 else f"{name}, {measure.shown_unit.split()[0]}"


def grid_plan(grid: Grid) -> Plan:
    """A square a niche: the last of several axes across, all else down; one axis goes down, with long rows."""
    several = len(grid.axes) > 1
    labels = [_without_unit(axis) for axis in grid.axes]
    across = labels.pop() if several else ("",)
    down = [", ".join(words) for words in product(*labels)]
    title = ", then ".join(axis_title(axis.key) for axis in (grid.axes[:-1] if several else grid.axes))
    plan = _rows(down, title, len(across))
    if not several:
        return plan
    left = min(x for x, _ in plan.shapes[0].outline)
    width = (WIDTH - _EDGE - left) / len(across)
    notes = list(plan.notes)
    wrapped = [tuple(textwrap.wrap(label, max(8, int(width / 7)), break_long_words=False)) for label in across]
    bottom, most = plan.height - 6, max(map(len, wrapped))
    for column, lines in enumerate(wrapped):
        notes.append(Note(lines, (left + (column + 0.5) * width, bottom + 14), "middle"))
    words = axis_title(grid.axes[-1].key)
    notes.append(Note((words,), ((left + WIDTH - _EDGE) / 2, bottom + 20 + 14 * most), "middle", title=True))
    return Plan(bottom + 32 + 14 * most, plan.shapes, tuple(notes))


def _without_unit(axis: Axis) -> tuple[str, ...]:
    """Words for each bin; the unit stands in the axis's title."""
    return tuple(label.replace(f" {measure_of(axis.key).shown_unit}", "") for label in axis.labels)


def row_plan(partition: Centroids) -> Plan:
    """A row a niche, for centroids of one descriptor."""
    return _rows([partition.describe(niche) for niche in range(partition.size)], axis_title(partition.keys[0]), 1)


def _rows(labels: Sequence[str], title: str, columns: int) -> Plan:
    """A row for each label, of as many boxes as there are columns, numbered row by row."""
    height, most = (_ROW, 3) if len(labels) <= _FEW else (_LOW_ROW, 2)
    wide = next(wide for wide in range(16, 400) if all(len(textwrap.wrap(each, wide)) <= most for each in labels))
    wrapped = [tuple(textwrap.wrap(label, wide + 3)) for label in labels]  # a little more saves lines of one word
    left = 40 + 6.6 * max(len(line) for lines in wrapped for line in lines)
    width = (WIDTH - left - _EDGE) / columns
    shapes, notes = [], []
    for row, lines in enumerate(wrapped):
        notes.append(Note(lines, (left - 8, (row + 0.5) * height - 7 * (len(lines) - 1) - 1.5), "end"))
        for column in range(columns):
            shapes.append(_box(row * columns + column, left + column * width, row * height, width, height))
    bottom = len(labels) * height
    notes.append(Note((title,), (12, bottom / 2), "middle", upward=True, title=True))
    return Plan(bottom + 6, tuple(shapes), tuple(notes))


def voronoi_plan(partition: Centroids) -> Plan:
    """The cells of a partition by two descriptors, as large as they are."""
    from scipy.spatial import Voronoi

    across, down = _field_scales(partition, 0, 1)
    centres = np.array(partition.centroids)
    low, high = np.array(partition.low), np.array(partition.high)
    width = np.where(high > low, high - low, 1.0)
    bounds = (np.array([[across.low, down.low], [across.high, down.high]]) - low) / width
    mirrored = [centres]
    for side in (0, 1):  # mirrored at the frame, every cell that is wanted has an end
        for edge in bounds[:, side]:
            image = centres.copy()
            image[:, side] = 2 * edge - image[:, side]
            mirrored.append(image)
    cells = Voronoi(np.concatenate(mirrored))
    shapes = []
    for niche in range(partition.size):
        corners = cells.vertices[cells.regions[cells.point_region[niche]]]
        outline = tuple(
            (across.along(x), down.along(y)) for x, y in (_bent(corners) * width + low).clip(*_frame(across, down))
        )
        shapes.append(Shape(niche, outline, *_room(outline)))
    return Plan(_FIELD + _BOTTOM, tuple(shapes), _field_notes(partition, 0, 1, across, down), _FRAME)


def scatter_plan(partition: Centroids, across: int, down: int) -> Plan:
    """A dot a niche in the plane of two descriptors, by their number."""
    horizontal, vertical = _field_scales(partition, across, down)
    shapes = []
    angles = np.arange(12) * np.pi / 6
    for niche in range(partition.size):
        position = partition.position(niche)
        x, y = horizontal.along(position[across]), vertical.along(position[down])
        outline = tuple(zip(x + _DOT * np.cos(angles), y + _DOT * np.sin(angles), strict=True))
        shapes.append(Shape(niche, outline, (x, y), 0.0))
    notes = _field_notes(partition, across, down, horizontal, vertical)
    return Plan(_FIELD + _BOTTOM, tuple(shapes), notes, _FRAME)


def plan_of(partition: AnyPartition) -> Plan:
    """The niches as they are."""
    if isinstance(partition, Grid):
        return grid_plan(partition)
    if len(partition.keys) == 1:
        return row_plan(partition)
    return voronoi_plan(partition) if len(partition.keys) == 2 else scatter_plan(partition, 0, 1)


def _box(niche: int, left: float, top: float, width: float, height: float) -> Shape:
    right, bottom = left + width - 3, top + height - 3
    outline = ((left, top), (right, top), (right, bottom), (left, bottom))
    return Shape(niche, outline, ((left + right) / 2, (top + bottom) / 2), width - 6)


def _field_scales(partition: Centroids, across: int, down: int) -> tuple[Scale, Scale]:
    """Of the frame: around the centroids, logarithmic where they lie decades apart."""
    places = np.array([partition.position(niche) for niche in range(partition.size)])
    return (
        Scale.around(places[:, across], start=_LEFT, end=WIDTH - _EDGE),
        Scale.around(places[:, down], start=_FIELD, end=_EDGE),
    )


def _frame(across: Scale, down: Scale) -> tuple[Place, Place]:
    return (across.low, down.low), (across.high, down.high)


def _bent(corners: np.ndarray) -> np.ndarray:
    """More points on the edges of a polygon ``(n, 2)``."""
    closed = [*corners, corners[0]]
    shares = np.arange(_BENDS)[:, None] / _BENDS
    return np.concatenate([start + shares * (end - start) for start, end in pairwise(closed)])


def _room(outline: Sequence[Place]) -> tuple[Place, float]:
    """Where in a polygon a line of text has most room, and how much that is."""
    edges = list(zip(outline, [*outline[1:], outline[0]], strict=True))
    bottom, top = max(y for _, y in outline), min(y for _, y in outline)
    middle = (top + bottom) / 2
    best: tuple[Place, float] = ((sum(x for x, _ in outline) / len(outline), middle), 0.0)
    inside = (top + _LINE + 0.5, bottom - _LINE - 0.5)
    for y in np.linspace(*inside, 15) if inside[0] < inside[1] else ():
        chords = []
        for level in (y - _LINE, y + _LINE):
            cut = [x + (level - z) * (u - x) / (v - z) for (x, z), (u, v) in edges if (z <= level) != (v <= level)]
            chords.append((min(cut), max(cut)))
        left, right = max(low for low, _ in chords), min(high for _, high in chords)
        found = ((left + right) / 2, float(y)), right - left
        best = max(best, found, key=lambda each: (min(each[1], _ENOUGH), -abs(each[0][1] - middle)))
    return best


def _field_notes(partition: Centroids, across: int, down: int, horizontal: Scale, vertical: Scale) -> tuple[Note, ...]:
    keys = partition.keys
    notes = []
    for value in horizontal.ticks():
        text = measure_of(keys[across]).number(value, 3)
        notes.append(Note((text,), (horizontal.along(value), _FIELD + 18), "middle"))
    for value in vertical.ticks():
        text = measure_of(keys[down]).number(value, 3)
        notes.append(Note((text,), (_LEFT - 6, vertical.along(value)), "end"))
    words = axis_title(keys[across]) + horizontal.words
    notes.append(Note((words,), ((_LEFT + WIDTH - _EDGE) / 2, _FIELD + 46), "middle", title=True))
    notes.append(Note((axis_title(keys[down]) + vertical.words,), (14, _FIELD / 2), "middle", upward=True, title=True))
    return tuple(notes)
