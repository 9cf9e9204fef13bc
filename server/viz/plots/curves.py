"""Curves of a run: accuracy over evaluations, measures of the archive and shares of the operators over rounds."""

from __future__ import annotations

from typing import Any

import numpy as np

from illuminas.memory.state import RunState
from illuminas.server.viz.palette import BLUE, GREEN, GREY, OPERATORS, ORANGE
from illuminas.server.viz.plots.front import axis_words
from illuminas.server.viz.plots.rendering import dots


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
