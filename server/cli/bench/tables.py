"""What a bench on tables found, section by section."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import TYPE_CHECKING

from illuminas import __version__
from illuminas.server.cli.bench.sections import Pictures, Section, Sheet
from illuminas.server.cli.output import number

if TYPE_CHECKING:
    from illuminas.agents.bench.ablation import Difference
    from illuminas.agents.bench.outcome import BenchRow, Outcome

MEASURES = {
    "validation": ("validation", ".2f"),
    "test": ("test", ".2f"),
    "best_found": ("best found", ".0%"),
    "hv_ratio": ("HV ratio", ".3f"),
    "hv_zoomed": ("zoomed HV ratio", ".3f"),
    "igd": ("IGD", ".4f"),
}
"""Measure -> its heading, and the form of its figures; of IGD alone lower is better."""
FRONT = ("hv_ratio", "hv_zoomed", "igd")
GAIN_IS = "Gain: validation accuracy above that of the niche's elite at that time; the first of a niche has none."
ABLATION_IS = (
    "Under each mean: the difference to the full mode over the seeds that both ran, its 95 % interval and what "
    "follows. Each verdict stands for itself: of twenty parts that change nothing, one is told apart by chance."
)
PREDICTOR_IS = (
    "Spearman: validation accuracies as the search's predictor foresees them at its end, with those of the table, over "
    "the architectures that it scored and never evaluated. They are what the search thought of, none drawn by chance."
)


def sections(found: Sequence[Outcome], budgets: Sequence[int], pictures: Pictures) -> list[Section]:
    """A section a task, its plots first; then what an LLM adds, where one ran."""
    made = []
    for task, group in groupby(sorted(found, key=lambda each: each.task), key=lambda each: each.task):
        outcomes = list(group)
        last = [outcome.row(max(budgets)) for outcome in outcomes]
        parts = pictures.get(task.words, ())
        sheets = [_numbers(outcomes, budgets), *_operators(last), *_predictors(last)]
        made.append(Section(task.words, [*parts, *sheets, *_ablations(outcomes, max(budgets))]))
        if compared := list(_with_llm(outcomes, budgets)):
            made.append(Section(f"What does the LLM add? {task.words}", compared))
    return made


def preface(found: Sequence[Outcome]) -> str:
    """What was compared, and how."""
    chat_models = sorted({outcome.llm for outcome in found if outcome.llm})
    engine = f" The engine ran with: {', '.join(chat_models)} (none: statistical agents alone)." if chat_models else ""
    return (
        f"illuminas {__version__}. Every method searches by validation accuracy alone; test accuracy is only reported. "
        "An evaluation is a distinct architecture: those that compute the same function are paid for once, whichever "
        f"method asks. No method knows its budget.{engine}"
    )


def _numbers(outcomes: Sequence[Outcome], budgets: Sequence[int]) -> Sheet:
    truth = outcomes[0].truth
    measures = FRONT if truth.several else ("best_found",)
    unit = truth.objectives[0].unit
    titles = (f">{name} {unit}".rstrip() for name in ("validation", "test"))
    head = (">evaluations", "method", ">seeds", *titles, *(f">{MEASURES[each][0]}" for each in measures))
    rows = []
    for budget in budgets:
        for outcome in outcomes:
            row = outcome.row(budget)
            spread = [f"{row.val_mean:.2f} ± {row.val_std:.2f}", f"{row.test_mean:.2f} ± {row.test_std:.2f}"]
            figures = (number(getattr(row, each), MEASURES[each][1]) for each in measures)
            rows.append((str(budget), row.method, str(row.seeds), *spread, *figures, f"{row.seconds:.2g}"))
    engines = frozenset(outcome.method for outcome in outcomes if outcome.llm)
    note = f"Means over the seeds, ± their standard deviation. {_ceiling(outcomes[0])}"
    return Sheet("", (*head, ">s a seed"), rows, note, engines, block=len(outcomes))


def _ceiling(outcome: Outcome) -> str:
    """What choosing by validation from the whole table would give."""
    course = outcome.truth.ceiling()
    told = (
        f"{heading} {found[0]:{form}}"
        for name, (heading, form) in MEASURES.items()
        if name != "best_found" and (found := getattr(course, name)) is not None
    )
    return f"Ceiling (the whole table, chosen by validation): {', '.join(told)}."


def _operators(rows: Sequence[BenchRow]) -> Iterator[Sheet]:
    head = ("operator", ">proposed", ">evaluated", ">share", ">mean gain, points", ">of", ">elites")
    for row in rows:
        if row.operators:
            cells = [
                (
                    operator,
                    str(figures.proposed),
                    str(figures.evaluated),
                    f"{figures.share_evaluated:.0%}",
                    number(figures.mean_gain, "+.2f"),
                    str(figures.gains),
                    str(figures.elites),
                )
                for operator, figures in row.operators.items()
            ]
            title = f"Operators of {row.method}, first {row.budget} evaluations of {row.seeds} searches"
            yield Sheet(title, head, cells, GAIN_IS)


def _predictors(rows: Sequence[BenchRow]) -> Iterator[Sheet]:
    cells = [
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
    if cells:
        head = (">seeds", "method", ">Spearman", ">labels", ">architectures")
        yield Sheet("Predictors at the end of the search", head, cells, PREDICTOR_IS)


def _ablations(found: Sequence[Outcome], budget: int) -> Iterator[Sheet]:
    """A sheet for every full mode that something can be compared with: it, and a row for each part that is missing."""
    from illuminas.agents.bench.ablation import ablations

    for full, lacking in ablations(found, budget):
        measures = list(next(iter(lacking.values()))[1].differences)
        rows = [
            (str(len(full.seeds)), "full", *(_mean(full, each, budget) for each in measures), _seconds(full, budget))
        ]
        for part, (outcome, told) in lacking.items():
            figures = (f"{_mean(outcome, each, budget)}\n{_words(told.differences[each], each)}" for each in measures)
            rows.append((str(told.seeds), part, *figures, _seconds(outcome, budget)))
        head = (">seeds", "variant", *(MEASURES[each][0] for each in measures), ">s a run")
        yield Sheet(f"Ablation of {full.method} at {budget} evaluations", head, rows, ABLATION_IS)


def _mean(outcome: Outcome, measure: str, budget: int) -> str:
    return format(float(outcome.reached(measure, budget).mean()), MEASURES[measure][1])


def _seconds(outcome: Outcome, budget: int) -> str:
    return f"{outcome.row(budget).seconds:.2g}"


def _words(told: Difference, measure: str) -> str:
    form = "+" + MEASURES[measure][1]
    if told.low is None or told.high is None:
        return f"{told.mean:{form}}\n{told.verdict}"
    return f"{told.mean:{form}} [{told.low:{form}}, {told.high:{form}}]\n{told.verdict}"


def _with_llm(outcomes: Sequence[Outcome], budgets: Sequence[int]) -> Iterator[Sheet]:
    """Each engine with an LLM minus itself without, at equal budgets."""
    without = {outcome.name: outcome for outcome in outcomes if outcome.llm == "none"}
    measures = FRONT if outcomes[0].truth.several else ()
    rows = []
    for budget in budgets:
        for outcome in outcomes:
            if outcome.llm not in (None, "none") and outcome.name in without:
                row, beside = outcome.row(budget), without[outcome.name].row(budget)
                gaps = [
                    f"{getattr(row, each) - getattr(beside, each):+{'.4f' if each in FRONT else '.2f'}}"
                    for each in ("val_mean", "test_mean", *measures)
                ]
                rows.append((str(budget), row.method, str(row.seeds), *gaps, f"{row.tokens:,.0f}"))
    if rows:
        figures = (f">{MEASURES[each][0]}" for each in ("validation", "test", *measures))
        head = (">evaluations", "method", ">seeds", *figures, ">tokens a whole search")
        yield Sheet("With the LLM minus without it", head, rows)
