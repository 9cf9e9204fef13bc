"""The plot of a run: accuracy against latency with the Pareto front, the niche map, and accuracy over evaluations.

:func:`plot_result` draws them side by side into the run's folder, :func:`draw_panel` one of them, or the knowledge.
"""

from __future__ import annotations

from enum import StrEnum
from io import BytesIO
from typing import TYPE_CHECKING, Any

import numpy as np

from illuminas.memory.events import EventLog
from illuminas.memory.heuristics import HeuristicStatus
from illuminas.memory.knowledge import as_of
from illuminas.memory.partitions import AnyPartition, Centroids, Grid
from illuminas.memory.partitions.descriptors import unit_of
from illuminas.memory.runs import open_view
from illuminas.tools.spaces import NetworkShape, get_space

if TYPE_CHECKING:
    from pathlib import Path

    from illuminas.memory.runs import RunFolder
    from illuminas.memory.view import RunView
    from illuminas.tools.evaluation import Evaluation

BLUE, ORANGE, GREY, GREEN, PURPLE = "#0072b2", "#d55e00", "#999999", "#009e73", "#cc79a7"
"""Of Okabe and Ito's palette, told apart by the colour-blind too."""
WIDE = 50
"""Ratio of the greatest to the least place on an axis from which its scale is logarithmic."""
_SHADES = {
    HeuristicStatus.ACTIVE: GREEN,
    HeuristicStatus.PROPOSED: BLUE,
    HeuristicStatus.CONTRADICTED: ORANGE,
    HeuristicStatus.SUPERSEDED: PURPLE,
    HeuristicStatus.RETIRED: GREY,
}


class Panel(StrEnum):
    """What can be drawn of a run."""

    PARETO = "pareto"
    NICHES = "niches"
    PROGRESS = "progress"
    KNOWLEDGE = "knowledge"

    @property
    def words(self) -> str:
        """What it shows."""
        return {
            Panel.PARETO: "Validation accuracy against latency (size without a device), with the Pareto front",
            Panel.NICHES: "Validation accuracy of the elite of every niche",
            Panel.PROGRESS: "Validation accuracy of every evaluation, and the best so far",
            Panel.KNOWLEDGE: "Heuristics by status, round by round",
        }[self]


def draw_panel(run: RunFolder, panel: Panel) -> bytes:
    """One panel of the run as its log tells it, as a PNG image."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    view = open_view(run)
    figure = Figure(figsize=(7, 4.8), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots()
    if panel is Panel.KNOWLEDGE:
        _draw_knowledge(axes, run, view)
    else:
        front = _draw_front if view.latencies else _draw_sizes
        {Panel.PARETO: front, Panel.NICHES: _draw_niches, Panel.PROGRESS: _draw_progress}[panel](axes, view)
    image = BytesIO()
    figure.savefig(image, format="png", dpi=110)
    return image.getvalue()


def plot_result(run: RunFolder) -> Path:
    """Draw the run as its log tells it into ``result.png`` of its folder; returns the path."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    view = open_view(run)
    figure = Figure(figsize=(15, 4.8), layout="constrained")
    FigureCanvasAgg(figure)
    scatter, niches, progress = figure.subplots(1, 3, width_ratios=(1.15, 1, 1))
    (_draw_front if view.latencies else _draw_sizes)(scatter, view)
    _draw_niches(niches, view)
    _draw_progress(progress, view)
    config = view.started["config"]
    figure.suptitle(
        f"{run.id}: {config['space']} on {config['dataset']}, LLM {view.started['llm']['name']}, "
        f"{len(view.evaluations)} evaluations"
    )
    figure.savefig(run.plot, dpi=110)
    return run.plot


def _draw_front(axes: Any, view: RunView) -> None:
    known = [evaluation.hash for evaluation in view.successes if evaluation.hash in view.latencies]
    accuracy = [view.accuracy(hash_) for hash_ in known]
    axes.scatter([view.latencies[hash_] for hash_ in known], accuracy, color=GREY, s=22, label="evaluated")
    front = view.front
    axes.step(
        [point.latency for point in front],
        [point.accuracy for point in front],
        where="post",
        color=ORANGE,
        marker="o",
        label="Pareto front",
    )
    axes.legend(loc="best")
    axes.set(
        title="Accuracy against latency",
        xlabel=f"latency on {view.started['config']['device']}, ms (lower is better)",
        ylabel="validation accuracy, %",
    )


def _draw_sizes(axes: Any, view: RunView) -> None:
    """What takes the front's place in a run without latencies."""
    sizes = [_params(view, evaluation) for evaluation in view.successes]
    axes.scatter(sizes, [view.accuracy(evaluation.hash) for evaluation in view.successes], color=GREY, s=22)
    axes.set(
        title="Accuracy against size",
        xscale="log",
        xlabel="parameters (lower is better)",
        ylabel="validation accuracy, %",
    )


def _params(view: RunView, evaluation: Evaluation) -> int:
    built = view.measured.get(evaluation.hash)
    if built is not None:
        return built.params
    space, shape = get_space(evaluation.space), NetworkShape.model_validate(view.started["task"]["shape"])
    return space.complexity(space.parse(evaluation.text), shape).params


def _draw_niches(axes: Any, view: RunView) -> None:
    partition = view.partition
    values = {niche: view.accuracy(hash_) for niche, hash_ in view.elites.items()}
    image = None
    if isinstance(partition, Centroids) and len(partition.keys) > 1:
        image = _draw_centroids(axes, partition, values)
    elif partition is not None:
        image = _draw_grid(axes, partition, values)
    axes.set_title("Elite of every niche, validation %")
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
        shade = "black" if not np.isfinite(value) or value > middle else "white"
        axes.text(column, row, text, ha="center", va="center", color=shade, fontsize=9)
    axes.set_yticks(range(len(down)), down)
    axes.set_xticks(range(len(across)), across, rotation=20)
    return image


def _draw_centroids(axes: Any, partition: Centroids, values: dict[int, float]) -> Any:
    """A dot a niche in the plane of the first two descriptors; the hollow ones are empty."""
    units = [unit_of(key) for key in partition.keys[:2]]
    places = np.array([partition.position(niche)[:2] for niche in range(partition.size)]) / [u.scale for u in units]
    empty = [niche for niche in range(partition.size) if niche not in values]
    filled = list(values)
    axes.scatter(*places[empty].T, s=60, facecolors="none", edgecolors=GREY, label="empty")
    image = axes.scatter(*places[filled].T, s=60, c=list(values.values()), cmap="viridis")
    axes.set(xlabel=units[0].name, ylabel=units[1].name)
    for scale, along in zip((axes.set_xscale, axes.set_yscale), places.T, strict=True):
        if 0 < WIDE * along.min() < along.max():
            scale("log")
    if empty:
        axes.legend(loc="best")
    return image


def _draw_progress(axes: Any, view: RunView) -> None:
    values = [view.accuracy(e.hash) for e in view.successes]
    count = np.arange(1, len(values) + 1)
    by_llm = np.array([view.candidates[e.hash].operator.uses_llm for e in view.successes], dtype=bool)
    heights = np.array(values)
    for mask, colour, label in (
        (~by_llm, GREY, "evolution and chance"),
        (by_llm, BLUE, "proposed by the LLM"),
    ):
        if mask.any():
            axes.scatter(count[mask], heights[mask], color=colour, s=22, label=label)
    if values:
        axes.step(count, np.maximum.accumulate(heights), where="post", color=ORANGE, label="best so far")
        axes.legend(loc="best")
    axes.set(title="Progress", xlabel="successful evaluations", ylabel="validation accuracy, %")


def _draw_knowledge(axes: Any, run: RunFolder, view: RunView) -> None:
    """How many heuristics had each status after each round."""
    log = EventLog(run.log, read_only=True)
    rounds = range(view.round + 1)
    counts = [[h.status for h in as_of(log, round_).values()] for round_ in rounds]
    log.close()
    shades = {status: shade for status, shade in _SHADES.items() if any(status in found for found in counts)}
    heights = [[found.count(status) for found in counts] for status in shades]
    if shades:
        axes.stackplot(rounds, *heights, labels=list(shades), colors=list(shades.values()), step="post", alpha=0.8)
        axes.legend(loc="upper left")
    axes.set(title="Heuristics by status", xlabel="round", ylabel="heuristics")
