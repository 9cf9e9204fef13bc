"""Plots of the bench of LLMatic: accuracy and the archive over evaluations, and the archives of prompts."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from illuminas.memory.prompt_archive import BIN, bin_of
from illuminas.server.cli.bench.plot import draw_curves, make_panels, png, png_with_legend
from illuminas.server.cli.bench.sections import Picture
from illuminas.server.cli.bench.training_tables import by_dataset

if TYPE_CHECKING:
    from illuminas.agents.bench.training_outcome import TrainingOutcome
    from illuminas.memory.prompt_archive import PromptRecord

BLUE, WHITE, VERMILION, UNTRIED = "#0072b2", "#ffffff", "#d55e00", "#e8e8e8"
"""Of Okabe and Ito's palette: what disappointed, nothing either way, what brought something; and what nobody tried."""


def draw_trainings(found: Sequence[TrainingOutcome]) -> dict[str, list[Picture]]:
    """By the title of each data set its curves, then a heat map for each archive of prompts."""
    pictures: dict[str, list[Picture]] = {}
    for title, outcomes in by_dataset(found):
        name = _file_name(outcomes[0].dataset)
        shown = pictures[title] = [_curves(outcomes, f"{name}-curves", title)]
        for outcome in outcomes:
            prompts = outcome.row().prompts
            if prompts:
                shown.append(_heat_map(prompts, f"{name}-prompts-{_file_name(outcome.mind)}", outcome))
    return pictures


def _curves(outcomes: Sequence[TrainingOutcome], name: str, words: str) -> Picture:
    from matplotlib.ticker import PercentFormatter

    budget = outcomes[0].budget
    figure, axes = make_panels(3)
    for panel, measure, title, label in zip(
        axes,
        ("validation", "coverage", "qd_score"),
        ("best network so far", "filled niches", "quality and diversity"),
        ("validation accuracy, %", "coverage, % of the niches", "QD score, sum of %"),
        strict=True,
    ):
        draw_curves(panel, outcomes, measure, budget)
        panel.set(title=title, ylabel=f"{label} (higher is better)")
    axes[1].yaxis.set_major_formatter(PercentFormatter(1.0, symbol=""))
    early = max(0, budget // 8 - 1)
    means = np.array([outcome.curve("validation", budget).mean[early:] for outcome in outcomes])
    seen = means[np.isfinite(means)]
    if seen.size:
        room = 0.05 * max(seen.max() - seen.min(), 1.0)
        axes[0].set_ylim(seen.min() - room, seen.max() + room)
    caption = (
        "Mean over the seeds; shaded, where there are several, its 95% interval. Failures count as evaluations. The "
        f"scale of the accuracy leaves out what lies below the worst mean at {early + 1} evaluations."
    )
    return Picture(name, f"Over evaluations: {words}", caption, png_with_legend(figure, axes[0], words))


def _heat_map(prompts: Sequence[PromptRecord], name: str, outcome: TrainingOutcome) -> Picture:
    """Curiosity by instruction, the most curious on top, and temperature; in each cell entered of tried."""
    from matplotlib.colors import LinearSegmentedColormap
    from matplotlib.figure import Figure

    total: dict[str, float] = {}
    for record in prompts:
        total[record.instruction] = total.get(record.instruction, 0.0) + record.curiosity
    names = sorted(total, key=lambda each: (-total[each], each))
    bins = [bin_of(record.temperature) for record in prompts]
    low, high = min(bins), max(bins)
    grid = np.full((len(names), high - low + 1), np.nan)
    figure = Figure(figsize=(4.2 + 0.7 * grid.shape[1], 1.7 + 0.34 * len(names)), layout="constrained")
    panel: Any = figure.subplots()
    for record, bin_ in zip(prompts, bins, strict=True):
        row, column = names.index(record.instruction), bin_ - low
        grid[row, column] = record.curiosity
        entered = f"{record.entered}/{record.tried}"
        panel.text(column + 0.5, row + 0.5, entered, ha="center", va="center", fontsize=8)
    reach = max(1.0, float(np.nanmax(np.abs(grid))))
    colours = LinearSegmentedColormap.from_list("curiosity", [BLUE, WHITE, VERMILION])
    panel.set_facecolor(UNTRIED)
    shown = np.ma.masked_invalid(grid)
    image = panel.pcolormesh(shown, cmap=colours, vmin=-reach, vmax=reach, alpha=0.8, edgecolors="white", linewidth=1.5)
    panel.invert_yaxis()
    panel.set_xticks(range(grid.shape[1] + 1), [f"{(low + step) * BIN:.1f}" for step in range(grid.shape[1] + 1)])
    panel.set_yticks(np.arange(len(names)) + 0.5, names)
    panel.tick_params(length=0)
    panel.set(xlabel="temperature", ylabel="instruction")
    figure.colorbar(image, ax=panel, label="curiosity (higher is asked for sooner)", shrink=0.8)
    seeds = f"{len(outcome.runs)} search{'es' * (len(outcome.runs) > 1)}"
    figure.suptitle(f"Prompts of {outcome.method},\n{outcome.dataset}, {seeds}", fontsize=10)
    return Picture(
        name,
        f"Prompts of {outcome.method}",
        "Colour: curiosity of each cell of the archive of prompts, over all seeds; grey was never tried. In the cells: "
        "how often the network entered the archive, of the times that it was tried.",
        png(figure),
    )


def _file_name(words: str) -> str:
    return re.sub(r"[^A-Za-z0-9]+", "-", words).strip("-")
