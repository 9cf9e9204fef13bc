"""The archive of a run: the accuracy of every niche's elite."""

from __future__ import annotations

from typing import Any

import numpy as np

from illuminas.memory.partitions import AnyPartition, Centroids, Grid
from illuminas.memory.partitions.descriptors import measure_of
from illuminas.memory.state import RunState
from illuminas.server.viz.palette import GREY
from illuminas.server.viz.plots.rendering import INK

WIDE = 50
"""Ratio of the greatest to the least place on an axis from which its scale is logarithmic."""


def draw_niches(axes: Any, state: RunState) -> None:
    """The niche map; empty before the run has made its niches."""
    partition = state.partition
    values = {niche: state.quality(hash_) / state.primary.scale for niche, hash_ in state.elites.items()}
    if partition is None:
        axes.set_axis_off()
        return
    if isinstance(partition, Centroids) and len(partition.keys) > 1:
        image = _draw_centroids(axes, partition, values)
    else:
        image = _draw_grid(axes, partition, values)
    axes.set_title(f"Elite of every niche: {state.primary.heading}" if state.objectives else "")
    if values:
        axes.figure.colorbar(image, ax=axes, shrink=0.8)


def _draw_grid(axes: Any, partition: AnyPartition, values: dict[int, float]) -> Any:
    """A square a niche: the last of several axes across, all else down."""
    across = partition.axes[-1].labels if isinstance(partition, Grid) and len(partition.axes) > 1 else ("",)
    down = [partition.describe(niche) for niche in range(0, partition.size, len(across))]
    if len(across) > 1:
        down = [words.removesuffix(f", {across[0]}") for words in down]
    grid = np.full((len(down), len(across)), np.nan)
    for niche, value in values.items():
        grid[divmod(niche, len(across))] = value
    image = axes.imshow(np.ma.masked_invalid(grid), cmap="viridis", aspect="auto")
    middle = np.nanmean(grid) if values else 0.0
    for (row, column), value in np.ndenumerate(grid):
        unreachable = row * len(across) + column not in partition.reachable
        text = f"{value:.1f}" if np.isfinite(value) else "cannot be" if unreachable else "empty"
        shade = INK if not np.isfinite(value) else "black" if value > middle else "white"
        axes.text(column, row, text, ha="center", va="center", color=shade, fontsize=9)
    axes.set_yticks(range(len(down)), down)
    axes.set_xticks(range(len(across)), across, rotation=20)
    return image


def _draw_centroids(axes: Any, partition: Centroids, values: dict[int, float]) -> Any:
    """A dot a niche in the plane of the first two descriptors; the hollow ones are empty."""
    units = [measure_of(key) for key in partition.keys[:2]]
    places = np.array([partition.position(niche)[:2] for niche in range(partition.size)]) / [u.scale for u in units]
    empty = [niche for niche in range(partition.size) if niche not in values]
    filled = list(values)
    axes.scatter(*places[empty].T, s=60, facecolors="none", edgecolors=GREY, label="empty")
    image = axes.scatter(*places[filled].T, s=60, c=list(values.values()), cmap="viridis")
    axes.set(xlabel=units[0].shown_unit, ylabel=units[1].shown_unit)
    for scale, along in zip((axes.set_xscale, axes.set_yscale), places.T, strict=True):
        if 0 < WIDE * along.min() < along.max():
            scale("log")
    if empty:
        axes.legend(loc="best")
    return image
