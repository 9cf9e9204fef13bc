"""What a bench found, as tables on the terminal."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import TYPE_CHECKING

from illuminas.server.cli.bench.ablation import ABLATION_IS, PREDICTOR, PREDICTOR_IS, ablation_sheets, predictor_rows
from illuminas.server.cli.output import console, number, table

if TYPE_CHECKING:
    from illuminas.agents.bench.outcome import BenchRow, Outcome

GAIN = "mean gain, points"
GAIN_IS = "Gain: validation accuracy above that of the niche's elite at that time; the first of a niche has none."


def print_outcomes(found: Sequence[Outcome], budgets: Sequence[int]) -> None:
    """A table a task, the ceiling under it, what the engine's operators did, and what its parts are worth."""
    out = console()
    if not found:
        out.print("Nothing is finished yet.")
    for _, group in groupby(sorted(found, key=lambda each: each.task), key=lambda each: each.task):
        outcomes = list(group)
        several = outcomes[0].truth.several
        figures = (">HV ratio", ">zoomed HV", ">IGD") if several else (">best found",)
        columns = (">evaluations", "method", ">seeds", ">validation %", ">test %", *figures, ">s a seed")
        shown = table(*columns, title=task_words(outcomes[0]))
        for budget in budgets:
            for outcome in outcomes:
                row = outcome.row(budget)
                shown.add_row(str(budget), row.method, str(row.seeds), *row_figures(row), f"{row.seconds:.2g}")
            shown.add_section()
        out.print(shown)
        out.print(ceiling_words(outcomes[0]) + "\n")
        last = [outcome.row(max(budgets)) for outcome in outcomes]
        for row in last:
            print_operators(row)
        _print_predictors(last)
        _print_ablations(outcomes, max(budgets))
    _print_gain(found)


def task_words(outcome: Outcome) -> str:
    """``table:nb201/c10, latency on table:nb201/pixel3``."""
    return outcome.task.words


def row_figures(row: BenchRow) -> tuple[str, ...]:
    """A row's measures as text: validation, test, then those of the task's kind."""
    accuracies = (f"{row.val_mean:.2f} ± {row.val_std:.2f}", f"{row.test_mean:.2f} ± {row.test_std:.2f}")
    if row.hv_ratio is None:
        return (*accuracies, f"{row.best_found:.0%}")
    return (*accuracies, number(row.hv_ratio, ".3f"), number(row.hv_zoomed, ".3f"), number(row.igd, ".4f"))


def ceiling_words(outcome: Outcome) -> str:
    """What choosing by validation from the whole table would give."""
    course = outcome.truth.ceiling()
    words = (
        f"Ceiling (the whole table, chosen by validation): validation {course.validation[0]:.2f} %, "
        f"test {course.test[0]:.2f} %"
    )
    if course.hv_ratio is None or course.hv_zoomed is None or course.igd is None:
        return words + "."
    return (
        f"{words}, HV ratio {course.hv_ratio[0]:.3f}, zoomed HV ratio {course.hv_zoomed[0]:.3f}, "
        f"IGD {course.igd[0]:.4f}."
    )


def print_operators(row: BenchRow) -> None:
    if not row.operators:
        return
    out = console()
    title = f"Operators of {row.method}, first {row.budget} evaluations of {row.seeds} searches"
    shown = table("operator", ">proposed", ">evaluated", ">share", f">{GAIN}", ">elites", title=title)
    for operator, figures in row.operators.items():
        shown.add_row(
            operator,
            str(figures.proposed),
            str(figures.evaluated),
            f"{figures.share_evaluated:.0%}",
            number(figures.mean_gain, "+.2f"),
            str(figures.elites),
        )
    out.print(shown)


def _print_gain(found: Sequence[Outcome]) -> None:
    if any(outcome.llm for outcome in found):
        console().print(GAIN_IS)


def _print_predictors(rows: Sequence[BenchRow]) -> None:
    told = predictor_rows(rows)
    if told:
        seeds, method, *figures = PREDICTOR
        shown = table(
            f">{seeds}", method, *(f">{each}" for each in figures), title="Predictors at the end of the search"
        )
        for row in told:
            shown.add_row(*row)
        console().print(shown)
        console().print(PREDICTOR_IS + "\n")


def _print_ablations(outcomes: Sequence[Outcome], budget: int) -> None:
    out, sheets = console(), ablation_sheets(outcomes, budget)
    for sheet in sheets:
        seeds, part, *measures, seconds = sheet.head
        shown = table(f">{seeds}", part, *measures, f">{seconds}", title=f"{sheet.title}: {task_words(outcomes[0])}")
        for row in sheet.rows:
            shown.add_row(*row)
        out.print(shown)
    if sheets:
        out.print(ABLATION_IS + "\n")
