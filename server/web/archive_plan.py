"""Where every niche lies on the heatmap: squares of a grid, Voronoi cells, or a scatter of centroids."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from illuminas.memory.partitions import AnyPartition, Centroids, Grid
from illuminas.memory.partitions.descriptors import LATENCY, unit_of
from illuminas.server.web.scales import Scale

WIDTH = 600
"""Of the drawing, in its own units; the browser scales it."""
_MARGIN, _BOTTOM, _EDGE = 150, 62, 14
_ROW, _LOW_ROW, _FIELD = 46, 30, 400
_DOT = 11
_BENDS = 12
"""Pieces that an edge of a Voronoi cell is cut into: straight in the descriptors, it is bent on a logarithmic axis."""
_TITLES = {
    "macs": "multiply-accumulates",
    "params": "parameters",
    "complexity": "convolutions",
    "width_depth": "width divided by depth",
    LATENCY: "latency on the run's device",
    "depth": "depth, layers with weights",
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
    """A drawing without its colours."""

    height: float
    shapes: tuple[Shape, ...]
    notes: tuple[Note, ...]


def axis_title(key: str) -> str:
    """A descriptor's name with its unit."""
    name, unit = _TITLES.get(key, key.replace("_", " ")), unit_of(key)
    return name if unit.scale == 1.0 and key != LATENCY else f"{name}, {unit.name.split()[0]}"


def grid_plan(grid: Grid) -> Plan:
    """A square a niche: the last of several axes across, all else down; one axis goes down, with long rows."""
    several = len(grid.axes) > 1
    across = grid.axes[-1].labels if several else ("",)
    down = [grid.describe(niche) for niche in range(0, grid.size, len(across))]
    if several:
        down = [words.removesuffix(f", {across[0]}") for words in down]
    width, height = (WIDTH - _MARGIN - _EDGE) / len(across), _ROW if len(down) <= 12 else _LOW_ROW
    notes = [_note_left(label, row * height + height / 2) for row, label in enumerate(down)]
    shapes = []
    for niche in range(grid.size):
        row, column = divmod(niche, len(across))
        left, top = _MARGIN + column * width, row * height
        shapes.append(_box(niche, left, top, width, height))
    bottom = len(down) * height
    if several:
        for column, label in enumerate(across):
            lines = tuple(textwrap.wrap(label, max(8, int(width / 7))))
            notes.append(Note(lines, (_MARGIN + (column + 0.5) * width, bottom + 16), "middle"))
        notes.append(_title_below(axis_title(grid.axes[-1].key), bottom + 26 + 14 * _most_lines(across, width)))
    rows = ", then ".join(axis_title(axis.key) for axis in (grid.axes[:-1] if several else grid.axes))
    notes.append(Note((rows,), (12, bottom / 2), "middle", upward=True, title=True))
    extra = 34 + 14 * _most_lines(across, width) if several else 6
    return Plan(bottom + extra, tuple(shapes), tuple(notes))


def row_plan(partition: Centroids) -> Plan:
    """A row a niche, for centroids of one descriptor."""
    height = _ROW if partition.size <= 12 else _LOW_ROW
    shapes = [_box(niche, _MARGIN, niche * height, WIDTH - _MARGIN - _EDGE, height) for niche in range(partition.size)]
    notes = [_note_left(partition.describe(niche), (niche + 0.5) * height) for niche in range(partition.size)]
    notes.append(Note((axis_title(partition.keys[0]),), (12, partition.size * height / 2), "middle", True, True))
    return Plan(partition.size * height + 6, tuple(shapes), tuple(notes))


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
        x, y = partition.position(niche)
        left, right = (pick(place[0] for place in outline) for pick in (min, max))
        top, bottom = (pick(place[1] for place in outline) for pick in (min, max))
        room = right - left if bottom - top > 14 else 0.0
        shapes.append(Shape(niche, outline, (across.along(x), down.along(y)), room))
    return Plan(_FIELD + _BOTTOM, tuple(shapes), _field_notes(partition, 0, 1, across, down))


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
    return Plan(_FIELD + _BOTTOM, tuple(shapes), notes)


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


def _note_left(words: str, middle: float) -> Note:
    lines = tuple(textwrap.wrap(words, 20)) or ("",)
    return Note(lines, (_MARGIN - 8, middle - 7 * (len(lines) - 1)), "end")


def _title_below(words: str, below: float) -> Note:
    return Note((words,), ((_MARGIN + WIDTH - _EDGE) / 2, below), "middle", title=True)


def _most_lines(labels: Sequence[str], width: float) -> int:
    return max(len(textwrap.wrap(label, max(8, int(width / 7)))) for label in labels)


def _field_scales(partition: Centroids, across: int, down: int) -> tuple[Scale, Scale]:
    """Of the frame: around the centroids, logarithmic where they lie decades apart."""
    places = np.array([partition.position(niche) for niche in range(partition.size)])
    return (
        Scale.around(places[:, across], start=_MARGIN / 2, end=WIDTH - _EDGE),
        Scale.around(places[:, down], start=_FIELD, end=_EDGE),
    )


def _frame(across: Scale, down: Scale) -> tuple[Place, Place]:
    return (across.low, down.low), (across.high, down.high)


def _bent(corners: np.ndarray) -> np.ndarray:
    """More points on the edges of a polygon ``(n, 2)``."""
    closed = [*corners, corners[0]]
    shares = np.arange(_BENDS)[:, None] / _BENDS
    return np.concatenate([start + shares * (end - start) for start, end in pairwise(closed)])


def _field_notes(partition: Centroids, across: int, down: int, horizontal: Scale, vertical: Scale) -> tuple[Note, ...]:
    keys = partition.keys
    notes = []
    for value in horizontal.ticks():
        text = unit_of(keys[across]).number(value, 3)
        notes.append(Note((text,), (horizontal.along(value), _FIELD + 18), "middle"))
    for value in vertical.ticks():
        text = unit_of(keys[down]).number(value, 3)
        notes.append(Note((text,), (_MARGIN / 2 - 6, vertical.along(value)), "end"))
    notes.append(_title_below(axis_title(keys[across]) + horizontal.words, _FIELD + 46))
    notes.append(Note((axis_title(keys[down]) + vertical.words,), (14, _FIELD / 2), "middle", upward=True, title=True))
    return tuple(notes)
