"""A run on axes: its trade-off, its archive, and its curves over evaluations and rounds."""

from __future__ import annotations

from typing import Any

import numpy as np

from illuminas.memory.partitions import AnyPartition, Centroids, Grid
from illuminas.memory.partitions.descriptors import measure_of
from illuminas.memory.state import RunState
from illuminas.server.viz.palette import BLUE, GREEN, GREY, OPERATORS, ORANGE
from illuminas.server.viz.plots.rendering import INK, dots
from illuminas.tools.evaluation import Evaluation
from illuminas.tools.objectives import Objective

WIDE = 50
"""Ratio of the greatest to the least place on an axis from which its scale is logarithmic."""


def draw_front(axes: Any, state: RunState) -> None:
    """Every evaluation, and the front: of two objectives as a step line, of more as the dots that nothing dominates."""
    if len(state.objectives) < 2:
        _draw_sizes(axes, state)
        return
    first, second = state.objectives[:2]
    vectors, front = list(state.vectors.values()), list(state.front.values())
    x, y = _scaled(vectors, second, 1), _scaled(vectors, first, 0)
    axes.scatter(x, y, color=GREY, label="evaluated", **dots(len(vectors)))
    x, y = _scaled(front, second, 1), _scaled(front, first, 0)
    if len(state.objectives) == 2:
        axes.step(x, y, where="post", color=ORANGE, marker="o", label="Pareto front")
    else:
        axes.scatter(x, y, color=ORANGE, label=f"Pareto front of {len(state.objectives)} objectives")
    axes.legend(loc="best")
    axes.set(title=f"{first.words} against {second.words}", xlabel=axis_words(second), ylabel=axis_words(first))


def axis_words(objective: Objective) -> str:
    """An objective with its unit and direction, for an axis."""
    return f"{objective.heading} ({'higher' if objective.maximised else 'lower'} is better)"


def _scaled(vectors: list[tuple[float, ...]], objective: Objective, place: int) -> list[float]:
    return [vector[place] / objective.scale for vector in vectors]


def _draw_sizes(axes: Any, state: RunState) -> None:
    """What takes the front's place in a run of one objective: size, or the order where nothing has one."""
    values = [state.quality(evaluation.hash) / state.primary.scale for evaluation in state.successes]
    sizes = [size for evaluation in state.successes if (size := _params(state, evaluation)) is not None]
    sized = len(sizes) == len(values)
    axes.scatter(sizes if sized else range(1, len(values) + 1), values, color=GREY, **dots(len(values)))
    axes.set(
        title=f"{state.primary.words} against {'size' if sized else 'evaluations'}",
        xlabel="parameters (lower is better)" if sized else "evaluation",
        ylabel=axis_words(state.primary),
    )
    if sized and sizes:
        axes.set_xscale("log")


def _params(state: RunState, evaluation: Evaluation) -> int | None:
    built = state.measured.get(evaluation.hash)
    if built is not None:
        return built.params
    space, shape = state.space, state.started.task.shape
    counted = space.complexity(space.parse(evaluation.text), shape)
    return None if counted is None else counted.params


def draw_progress(axes: Any, state: RunState) -> None:
    """Every success in the order of measurement, and the best so far."""
    primary = state.primary
    values = [state.quality(e.hash) / primary.scale for e in state.successes]
    count = np.arange(1, len(values) + 1)
    by_llm = np.array([state.candidates[e.hash].operator.uses_llm for e in state.successes], dtype=bool)
    heights = np.array(values)
    for mask, colour, label in (
        (~by_llm, GREY, "evolution and chance"),
        (by_llm, BLUE, "proposed by the LLM"),
    ):
        if mask.any():
            axes.scatter(count[mask], heights[mask], color=colour, label=label, **dots(len(values)))
    if values:
        best = (np.maximum if primary.maximised else np.minimum).accumulate(heights)
        axes.step(count, best, where="post", color=ORANGE, label="best so far")
        axes.legend(loc="best")
    axes.set(title="Progress", xlabel="successful evaluations", ylabel=axis_words(primary))


def draw_quality(axes: Any, state: RunState) -> None:
    """Coverage, QD score and hypervolume, each as a share of its value at the end, so that one axis fits all."""
    rounds = [each.round for each in state.figures]
    measures = [
        ("coverage", [each.coverage for each in state.figures], GREEN, "-", ".0%"),
        ("QD score", [each.qd_score for each in state.figures], BLUE, "--", ".1f"),
    ]
    volumes = [each.hypervolume for each in state.figures if each.hypervolume is not None]
    if len(volumes) == len(rounds):
        measures.append(("hypervolume", volumes, ORANGE, ":", ".4f"))
    for name, values, colour, line, form in measures:
        if values and values[-1]:
            shares = np.array(values) / values[-1]
            label = f"{name}, {values[-1]:{form}} at the end"
            axes.step(rounds, shares, where="post", color=colour, linestyle=line, linewidth=2, label=label)
    if rounds:
        axes.legend(loc="lower right")
    axes.set(title="Quality and diversity", xlabel="round", ylabel="share of its value at the end")


def draw_operators(axes: Any, state: RunState) -> None:
    """How the bandit divided the proposals among the operators."""
    rounds = [each.round for each in state.figures]
    used = [each for each in OPERATORS if any(figures.shares.get(each) for figures in state.figures)]
    heights = [[figures.shares.get(each, 0.0) for figures in state.figures] for each in used]
    if used:
        areas = axes.stackplot(
            rounds,
            *heights,
            labels=[OPERATORS[each].words for each in used],
            colors=[OPERATORS[each].colour for each in used],
        )
        for area, each in zip(areas, used, strict=True):
            area.set(hatch="//" if each.uses_llm else "", edgecolor="white", linewidth=0.0)
        axes.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0))
        axes.set_ylim(0, 1)
    axes.set(title="Shares of the operators", xlabel="round", ylabel="share of the proposals")


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
