"""Plots of a bench: measures over evaluations, true and found fronts, and archives of prompts."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from illuminas.memory.prompt_archive import BIN, bin_of
from illuminas.server.cli.bench.sections import Picture
from illuminas.server.cli.bench.training_tables import by_dataset

if TYPE_CHECKING:
    from illuminas.agents.bench.outcome import Compared, Outcome
    from illuminas.agents.bench.training_outcome import TrainingOutcome
    from illuminas.memory.prompt_archive import PromptRecord
    from illuminas.tools.objectives import Objective

GREY = "#999999"
STYLES: dict[str, tuple[str, str]] = {
    "random": (GREY, "-"),
    "local-search": ("#009e73", "-"),
    "evolution": ("#cc79a7", "--"),
    "evolution-tuned": ("#cc79a7", "-"),
    "map-elites": ("#e69f00", "-"),
    "gp-ucb": ("#56b4e9", "--"),
    "gp-synflow": ("#56b4e9", "-"),
    "random-synflow": (GREY, "--"),
    "nsga2": ("#009e73", "--"),
    "gp-hvi": ("#56b4e9", "-."),
    "gp-hvi-free": ("#56b4e9", "-"),
}
"""Colour and line of each rival, of Okabe and Ito's palette; equal colours differ by their line."""
ENGINE_COLOURS = ("#000000", "#d55e00", "#0072b2", "#cc79a7", "#7b3294", "#8c510a")
ENGINE_LINES = ("-", "--", ":", "-.")
"""The engine and its variants without an LLM, then with one after another: a line for every round of colours."""

CEILING = "whole table, by validation"
BLUE, WHITE, VERMILION, UNTRIED = "#0072b2", "#ffffff", "#d55e00", "#e8e8e8"
"""Of Okabe and Ito's palette: what disappointed, nothing either way, what brought something; and what nobody tried."""


class _Look(NamedTuple):
    colour: str
    line: str
    width: float


def draw_tables(found: Sequence[Outcome], budget: int) -> dict[str, list[Picture]]:
    """Every plot by the words of its task, up to ``budget`` evaluations."""
    pictures: dict[str, list[Picture]] = {}
    for task, group in groupby(sorted(found, key=lambda each: each.task), key=lambda each: each.task):
        outcomes = list(group)
        words = task.words
        name = _file_name("-".join([task.dataset, *task.objectives[1:]]).replace("table:", ""))
        shown = pictures[words] = [_accuracy(outcomes, budget, name, words)]
        if outcomes[0].truth.several:
            shown.append(_measures(outcomes, budget, name, words))
        if len(task.objectives) == 2:
            shown.append(_fronts(outcomes, budget, name, words))
    return pictures


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


def looks(found: Sequence[Compared]) -> dict[str, _Look]:
    """Method -> how its lines look, the same in every plot of a bench."""
    made = {}
    engines = sorted({each.method for each in found if each.llm}, key=lambda name: (not name.endswith("none"), name))
    for outcome in found:
        if outcome.method in engines:
            turn, place = divmod(engines.index(outcome.method), len(ENGINE_COLOURS))
            made[outcome.method] = _Look(ENGINE_COLOURS[place], ENGINE_LINES[turn % len(ENGINE_LINES)], 2.6)
        else:
            made[outcome.method] = _Look(*STYLES.get(outcome.method, (GREY, ":")), 1.5)
    return made


def _accuracy(outcomes: list[Outcome], budget: int, name: str, words: str) -> Picture:
    figure, axes = _make_panels(2)
    ceiling = outcomes[0].truth.ceiling()
    objective = outcomes[0].truth.objectives[0]
    for panel, measure, top in zip(axes, ("validation", "test"), (ceiling.validation, ceiling.test), strict=True):
        _draw_curves(panel, outcomes, measure, budget, begin=_settled(budget) + 1)
        panel.axhline(top[0], color="black", linewidth=1.0, linestyle=":", label=CEILING)
        means = [outcome.curve(measure, budget).mean[_settled(budget) :] for outcome in outcomes]
        panel.set_ylim(*_limits(np.append(np.concatenate(means), top[0]), 0.05))
        said = _axis_words(objective).replace("validation", measure)
        panel.set(title=f"{measure}: {objective.kind} of the incumbent", ylabel=said)
    return Picture(
        f"{name}-accuracy",
        f"Accuracy over evaluations: {words}",
        "Mean over the seeds, shaded its 95% interval. The incumbent is chosen by validation accuracy. Dotted: the "
        "whole table's best by validation. The scale leaves out what lies below the worst mean at "
        f"{_settled(budget) + 1} evaluations.",
        _png_with_legend(figure, axes[0], words),
    )


def _measures(outcomes: list[Outcome], budget: int, name: str, words: str) -> Picture:
    figure, axes = _make_panels(3)
    ceiling = outcomes[0].truth.ceiling()
    names = (
        ("hv_ratio", "HV ratio (higher is better)", "hypervolume, full range"),
        ("hv_zoomed", "zoomed HV ratio (higher is better)", "hypervolume above the median accuracy"),
        ("igd", "IGD, normalised units (lower is better)", "distance to the true front"),
    )
    for panel, (measure, label, title) in zip(axes, names, strict=True):
        _draw_curves(panel, outcomes, measure, budget, begin=_settled(budget) + 1)
        top = float(getattr(ceiling, measure)[0])
        panel.axhline(top, color="black", linewidth=1.0, linestyle=":", label=CEILING)
        curves = [outcome.curve(measure, budget).mean for outcome in outcomes]
        early = [float(curve[_settled(budget)]) for curve in curves]
        if measure == "igd":
            panel.set_ylim(0.0, 1.05 * max(early))
        else:
            floor, roof = min(early), max(top, *(float(curve[-1]) for curve in curves))
            panel.set_ylim(floor - 0.05 * (roof - floor), roof + 0.05 * (roof - floor))
        panel.set(title=title, ylabel=label)
    return Picture(
        f"{name}-measures",
        f"The front over evaluations: {words}",
        "Mean over the seeds, shaded its 95% interval; chosen by validation, judged by test. Dotted: the front by "
        "validation of the whole table, judged by test.",
        _png_with_legend(figure, axes[0], words),
    )


def _fronts(outcomes: list[Outcome], budget: int, name: str, words: str) -> Picture:
    """One panel a method, so that the fronts do not hide each other."""
    from matplotlib.figure import Figure

    truth = outcomes[0].truth
    first, second = truth.objectives
    tests, costs = truth.judged
    columns = min(3, len(outcomes))
    rows = -(-len(outcomes) // columns)
    figure = Figure(figsize=(4.4 * columns + 0.6, 3.5 * rows + 0.8), layout="constrained")
    panels = figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False)
    style = looks(outcomes)
    true_front = np.array(truth.test_front)
    everything = np.flatnonzero(np.isfinite(truth.judged).all(axis=0))
    middle = float(np.median(tests[everything]))
    shown = true_front[first.gain(1.0) * (tests[true_front] - middle) >= 0]
    for panel, outcome in zip(panels.flat, outcomes, strict=False):
        panel.scatter(costs[everything], tests[everything], s=1, color="#dddddd", rasterized=True)
        panel.step(costs[true_front], tests[true_front], where="post", color="black", linewidth=1.0)
        front = np.array(outcome.median_front(budget))
        colour = style[outcome.method].colour
        panel.scatter(costs[front], tests[front], s=30, color=colour, edgecolors="white", linewidths=0.6, zorder=3)
        panel.set_title(outcome.method, fontsize=10)
        panel.grid(alpha=0.25)
    for above, panel in zip(
        list(panels.flat)[len(outcomes) - columns :], list(panels.flat)[len(outcomes) :], strict=False
    ):
        panel.set_visible(False)
        above.tick_params(labelbottom=True)  # nothing stands below it
    panels[0, 0].set_ylim(*_limits(np.append(tests[shown], middle), 0.06))
    panels[0, 0].set_xlim(*_limits(costs[shown], 0.1))
    figure.supxlabel(_axis_words(second), fontsize=10)
    figure.supylabel(_axis_words(first).replace("validation", "test"), fontsize=10)
    figure.suptitle(f"{words}: {budget} evaluations, median seed, and the true test front (line)", fontsize=11)
    return Picture(
        f"{name}-fronts",
        f"True and found fronts: {words}",
        f"Points: the front that the median seed (by zoomed HV ratio) chose by validation with {budget} evaluations, "
        "as it is judged by test. Black line: the true test front. Grey: the table's architectures.",
        _png(figure),
    )


def _curves(outcomes: Sequence[TrainingOutcome], name: str, words: str) -> Picture:
    from matplotlib.ticker import PercentFormatter

    budget = outcomes[0].budget
    figure, axes = _make_panels(3)
    for panel, measure, title, label in zip(
        axes,
        ("validation", "coverage", "qd_score"),
        ("best network so far", "filled niches", "quality and diversity"),
        ("validation accuracy, %", "coverage, % of the niches", "QD score, sum of %"),
        strict=True,
    ):
        _draw_curves(panel, outcomes, measure, budget)
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
    return Picture(name, f"Over evaluations: {words}", caption, _png_with_legend(figure, axes[0], words))


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
        _png(figure),
    )


def _axis_words(objective: Objective) -> str:
    """An axis: the objective with its unit, and which way is better."""
    better = "higher" if objective.maximised else "lower"
    return f"{', '.join(filter(None, (objective.words, objective.unit)))} ({better} is better)"


def _limits(values: np.ndarray, room: float) -> tuple[float, float]:
    low, high = float(values.min()), float(values.max())
    margin = room * max(high - low, 0.1 * abs(high))
    return low - margin, high + margin


def _make_panels(panels: int) -> tuple[Any, Any]:
    """A figure with panels side by side, and room for a legend."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(5.0 * panels + 2.2, 4.4), layout="constrained")
    return figure, figure.subplots(1, panels)


def _draw_curves(panel: Any, outcomes: Sequence[Compared], measure: str, budget: int, *, begin: int = 1) -> None:
    """The methods' means of a measure with their intervals, from evaluation ``begin`` on."""
    style = looks(outcomes)
    at = np.arange(1, budget + 1)
    for outcome in sorted(outcomes, key=lambda each: each.llm is not None):  # the engine on top
        curve, look = outcome.curve(measure, budget), style[outcome.method]
        panel.plot(at, curve.mean, color=look.colour, linestyle=look.line, linewidth=look.width, label=outcome.method)
        panel.fill_between(at, curve.low, curve.high, color=look.colour, alpha=0.13, linewidth=0)
    panel.set_xlim(begin, max(budget, begin + 1))
    panel.set_xlabel("evaluations (distinct architectures)")
    panel.xaxis.get_major_locator().set_params(integer=True)
    panel.grid(alpha=0.25)


def _settled(budget: int) -> int:
    """Index of the evaluation at which the plots begin to matter: a twentieth of the budget."""
    return max(0, min(budget - 1, max(8, budget // 20) - 1))


def _png_with_legend(figure: Any, panel: Any, words: str) -> bytes:
    """The PNG with one legend beside all panels, in the order in which the first panel's lines end."""
    handles, labels = panel.get_legend_handles_labels()
    order = sorted(range(len(handles)), key=lambda index: -float(handles[index].get_ydata()[-1]))
    figure.legend(
        [handles[index] for index in order],
        [labels[index] for index in order],
        loc="outside right center",
        frameon=False,
        fontsize=9,
    )
    figure.suptitle(words, fontsize=11)
    return _png(figure)


def _png(figure: Any) -> bytes:
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    FigureCanvasAgg(figure)
    sink = io.BytesIO()
    figure.savefig(sink, dpi=110, format="png")
    return sink.getvalue()


def _file_name(words: str) -> str:
    return re.sub(r"[^A-Za-z0-9]+", "-", words).strip("-")
