"""The report of a bench: one HTML file that needs nothing beside it."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Sequence
from html import escape
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from illuminas import __version__
from illuminas.server.cli.bench.ablation import ABLATION_IS, PREDICTOR, PREDICTOR_IS, ablation_sheets, predictor_rows
from illuminas.server.cli.bench.tables import GAIN, GAIN_IS, ceiling_words, row_figures, task_words
from illuminas.server.cli.output import number
from illuminas.tools.errors import IlluminasError

if TYPE_CHECKING:
    from illuminas.agents.bench.outcome import BenchRow, Outcome
    from illuminas.server.cli.bench.plot import Picture

STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; max-width: 1200px; margin: 2em auto; padding: 0 1em; color: #222; }
h1, h2, h3 { line-height: 1.2; } h2 { margin-top: 2.2em; border-bottom: 1px solid #ccc; }
table { border-collapse: collapse; margin: 1em 0; } th, td { padding: .25em .8em; text-align: right; }
th { border-bottom: 2px solid #888; } td:nth-child(2), th:nth-child(2) { text-align: left; }
td { white-space: pre-line; vertical-align: top; }
tr.first td { border-top: 1px solid #ccc; } tr.engine td { font-weight: 600; }
figure { margin: 1.5em 0; } img { max-width: 100%; } figcaption, .note { color: #555; font-size: .92em; }
pre { white-space: pre-wrap; font: inherit; }
"""


def write_report(path: Path, found: Sequence[Outcome], budgets: Sequence[int], pictures: Sequence[Picture]) -> None:
    """Write the report.

    Raises:
        IlluminasError: the file cannot be written.
    """
    parts = ["<h1>illuminas bench</h1>", _preface(found)]
    shown = iter(pictures)
    for task, group in groupby(sorted(found, key=lambda each: each.task), key=lambda each: each.task):
        outcomes = list(group)
        parts.append(f"<h2>{escape(task_words(outcomes[0]))}</h2>")
        parts += [
            html_figure(next(shown))
            for _ in range(3 if len(task.objectives) == 2 else 2 if len(task.objectives) > 2 else 1)
        ]
        parts += [_numbers(outcomes, budgets), f'<p class="note">{escape(ceiling_words(outcomes[0]))}</p>']
        parts += [_ablations(outcomes, max(budgets)), _predictors([each.row(max(budgets)) for each in outcomes])]
    parts += [_llm_share(found, budgets), _recipe()]
    write_page(path, "".join(parts))


def write_page(path: Path, body: str) -> None:
    """Write an HTML page that needs nothing beside it.

    Raises:
        IlluminasError: the file cannot be written.
    """
    page = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>illuminas bench</title>'
        f"<style>{STYLE}</style></head><body>{body}</body></html>"
    )
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(page, encoding="utf-8")
    except OSError as error:
        raise IlluminasError(f"cannot write the report to {path} ({error.strerror}). Name another file.") from error


def _preface(found: Sequence[Outcome]) -> str:
    chat_models = sorted({outcome.llm for outcome in found if outcome.llm})
    engine = f"The engine ran with: {', '.join(chat_models)} (none: statistical agents alone)." if chat_models else ""
    return (
        f"<p>illuminas {__version__}. Every method searches by validation accuracy alone; test accuracy is only "
        "reported. An evaluation is a distinct architecture: those that compute the same function are paid for once, "
        f"whichever method asks. No method knows its budget. {escape(engine)}</p>"
    )


def html_figure(picture: Picture) -> str:
    """A plot with its caption."""
    data = base64.b64encode(picture.png).decode()
    return (
        f'<figure><img alt="{escape(picture.title)}" src="data:image/png;base64,{data}">'
        f"<figcaption>{escape(picture.title)}. {escape(picture.caption)}</figcaption></figure>"
    )


def _numbers(outcomes: Sequence[Outcome], budgets: Sequence[int]) -> str:
    several = outcomes[0].truth.several
    figures = ("HV ratio", "zoomed HV ratio", "IGD") if several else ("best by validation found",)
    head = ("evaluations", "method", "seeds", "validation %", "test %", *figures, "seconds a seed", "evaluations/s")
    rows = []
    for budget in budgets:
        for index, outcome in enumerate(outcomes):
            row = outcome.row(budget)
            kind = " ".join([*(["first"] if index == 0 else []), *(["engine"] if row.llm else [])])
            cells = (str(budget), row.method, str(row.seeds), *row_figures(row))
            rows.append((kind, (*cells, f"{row.seconds:.2g}", f"{row.evaluations_per_second:,.0f}")))
    return html_table(head, rows) + '<p class="note">Means over the seeds, ± their standard deviation.</p>'


def html_table(head: Iterable[str], rows: Iterable[tuple[str, Iterable[str]]]) -> str:
    """A table; each row is its CSS classes and its cells."""
    top = "".join(f"<th>{escape(cell)}</th>" for cell in head)
    body = "".join(
        f'<tr class="{kind}">{"".join(f"<td>{escape(cell)}</td>" for cell in cells)}</tr>' for kind, cells in rows
    )
    return f"<table><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table>"


def _ablations(outcomes: Sequence[Outcome], budget: int) -> str:
    sheets = ablation_sheets(outcomes, budget)
    if not sheets:
        return ""
    shown = [
        f"<p>{escape(each.title)}:</p>{html_table(each.head, [('', row) for row in each.rows])}" for each in sheets
    ]
    return "<h3>Ablation</h3>" + "".join(shown) + f'<p class="note">{escape(ABLATION_IS)}</p>'


def _predictors(rows: Sequence[BenchRow]) -> str:
    told = predictor_rows(rows)
    if not told:
        return ""
    return (
        "<h3>Predictors at the end of the search</h3>"
        + html_table(PREDICTOR, [("", row) for row in told])
        + f'<p class="note">{escape(PREDICTOR_IS)}</p>'
    )


def _llm_share(found: Sequence[Outcome], budgets: Sequence[int]) -> str:
    engines = [outcome for outcome in found if outcome.llm]
    if not engines:
        return ""
    parts = ["<h2>What does the LLM add?</h2>"]
    if all(outcome.llm == "none" for outcome in engines):
        parts.append("<p>No LLM ran. Name one with <code>--llm</code> to see it beside the same engine without.</p>")
    for task, group in groupby(sorted(engines, key=lambda each: each.task), key=lambda each: each.task):
        outcomes = sorted(group, key=lambda each: (each.llm != "none", each.method))
        parts.append(f"<h3>{escape(task_words(outcomes[0]))}</h3>")
        if len(outcomes) > 1:
            parts.append(_differences(outcomes, budgets, several=len(task.objectives) > 1))
        parts += [_operators(outcome.row(max(budgets))) for outcome in outcomes]
    return "".join([*parts, f'<p class="note">{escape(GAIN_IS)}</p>'])


def _differences(outcomes: Sequence[Outcome], budgets: Sequence[int], *, several: bool) -> str:
    """With each LLM minus without, at equal budgets."""
    figures = ("HV ratio", "zoomed HV ratio", "IGD") if several else ()
    rows = []
    for budget in budgets:
        without = outcomes[0].row(budget)
        for outcome in outcomes[1:]:
            row = outcome.row(budget)
            cells = [str(budget), row.method, str(row.seeds)]
            for measure in ("val_mean", "test_mean"):
                cells.append(f"{getattr(row, measure) - getattr(without, measure):+.2f}")
            if several:
                cells += [
                    f"{getattr(row, name) - getattr(without, name):+.4f}" for name in ("hv_ratio", "hv_zoomed", "igd")
                ]
            rows.append(("", (*cells, f"{row.tokens:,.0f}")))
    head = ("evaluations", "method", "seeds", "validation, points", "test, points", *figures, "tokens a whole search")
    return "<p>With the LLM minus without it:</p>" + html_table(head, rows)


def _operators(row: BenchRow) -> str:
    rows = [
        (
            "",
            (
                str(figures.proposed),
                operator,
                str(figures.evaluated),
                f"{figures.share_evaluated:.0%}",
                number(figures.mean_gain, "+.2f"),
                str(figures.gains),
                str(figures.elites),
            ),
        )
        for operator, figures in row.operators.items()
    ]
    head = ("proposals", "operator", "evaluated", "share", GAIN, "of", "elites")
    title = f"{row.method}: first {row.budget} evaluations of {row.seeds} searches"
    return f"<p>{escape(title)}</p>" + html_table(head, rows)


def _recipe() -> str:
    from illuminas.agents.bench import measures

    return f"<h2>The recipe</h2><pre>{escape(measures.__doc__ or '')}</pre>"
