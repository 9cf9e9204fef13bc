"""What an ablation found and how well the predictor foresaw, as rows of text for the terminal and the report."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from illuminas.server.cli.output import number

if TYPE_CHECKING:
    from illuminas.agents.bench.ablation import Difference
    from illuminas.agents.bench.outcome import BenchRow, Outcome

MEASURES = {
    "validation": ("validation %", ".2f"),
    "test": ("test %", ".2f"),
    "hv_ratio": ("HV ratio", ".3f"),
    "hv_zoomed": ("zoomed HV ratio", ".3f"),
    "igd": ("IGD, lower is better", ".4f"),
}
"""Measure -> its heading, and the form of its figures."""
ABLATION_IS = (
    "Under each mean: the difference to the full mode over the seeds that both ran, its 95 % interval and what "
    "follows. Each verdict stands for itself: of twenty parts that change nothing, one is told apart by chance."
)
PREDICTOR = ("seeds", "method", "Spearman", "labels", "cells")
PREDICTOR_IS = (
    "Spearman: validation accuracies as the search's predictor foresees them at its end, with those of the table, over "
    "the architectures that it scored and never evaluated. They are what the search thought of, none drawn by chance."
)


class Sheet(NamedTuple):
    """A table: a line above it, the head, and rows whose cells may have several lines."""

    title: str
    head: tuple[str, ...]
    rows: list[tuple[str, ...]]


def ablation_sheets(found: Sequence[Outcome], budget: int) -> list[Sheet]:
    """A sheet for every full mode that something can be compared with: it, and a row for each part that is missing."""
    from illuminas.agents.bench.ablation import ablations

    sheets = []
    for full, lacking in ablations(found, budget):
        measures = list(next(iter(lacking.values()))[1].differences)
        rows = [
            (str(len(full.seeds)), "full", *(_mean(full, each, budget) for each in measures), _seconds(full, budget))
        ]
        for part, (outcome, told) in lacking.items():
            figures = (f"{_mean(outcome, each, budget)}\n{_words(told.differences[each], each)}" for each in measures)
            rows.append((str(told.seeds), part, *figures, _seconds(outcome, budget)))
        head = ("seeds", "variant", *(MEASURES[each][0] for each in measures), "s a run")
        sheets.append(Sheet(f"Ablation of {full.method} at {budget} evaluations", head, rows))
    return sheets


def predictor_rows(rows: Sequence[BenchRow]) -> list[tuple[str, ...]]:
    """Cells of :data:`PREDICTOR` for those that have a predictor."""
    return [
        (
            str(row.seeds),
            row.method,
            number(row.predictor_spearman),
            number(row.predictor_labels, ".0f"),
            number(row.predictor_cells, ".0f"),
        )
        for row in rows
        if row.predictor_labels is not None
    ]


def _mean(outcome: Outcome, measure: str, budget: int) -> str:
    return format(float(outcome.reached(measure, budget).mean()), MEASURES[measure][1])


def _seconds(outcome: Outcome, budget: int) -> str:
    return f"{outcome.row(budget).seconds:.2g}"


def _words(told: Difference, measure: str) -> str:
    form = "+" + MEASURES[measure][1]
    if told.low is None or told.high is None:
        return f"{told.mean:{form}}\n{told.verdict}"
    return f"{told.mean:{form}} [{told.low:{form}}, {told.high:{form}}]\n{told.verdict}"
