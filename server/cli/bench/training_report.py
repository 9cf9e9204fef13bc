"""The report of the bench of LLMatic: one HTML file that needs nothing beside it."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from illuminas import __version__
from illuminas.server.cli.bench.report import html_figure, html_table, write_page
from illuminas.server.cli.bench.training_tables import (
    ANSWERS_ARE,
    PROMPTS,
    PROMPTS_ARE,
    RESULTS,
    RESULTS_ARE,
    answer_cells,
    by_dataset,
    failure_words,
    inheritance_words,
    known_words,
    prompt_cells,
    result_cells,
)

if TYPE_CHECKING:
    from illuminas.agents.bench.training_outcome import TrainingOutcome, TrainingRow
    from illuminas.server.cli.bench.plot import Picture


def write_training_report(path: Path, found: Sequence[TrainingOutcome], pictures: Sequence[Picture]) -> None:
    """Write the report.

    Args:
        pictures: as :func:`~illuminas.server.cli.bench.training_plot.draw_trainings` draws them.

    Raises:
        IlluminasError: the file cannot be written.
    """
    shown = iter(pictures)
    parts = ["<h1>illuminas bench llmatic</h1>", _preface(found)]
    for title, outcomes in by_dataset(found):
        rows = [outcome.row() for outcome in outcomes]
        notes = (RESULTS_ARE, inheritance_words(outcomes, rows), known_words(rows), failure_words(rows))
        parts += [
            f"<h2>{escape(title)}</h2>",
            html_figure(next(shown)),
            html_table(RESULTS, [("engine" * (row.answers is not None), result_cells(row)) for row in rows]),
            *(f'<p class="note">{escape(note)}</p>' for note in notes if note),
            _answers([row for row in rows if row.answers is not None]),
        ]
        for row in rows:
            if row.prompts:
                parts += [f"<h3>Prompts of {escape(row.method)}</h3>", html_figure(next(shown)), _prompts(row)]
    write_page(path, "".join(parts))


def _preface(found: Sequence[TrainingOutcome]) -> str:
    chat_models = sorted({outcome.mind for outcome in found if outcome.mind != "none"})
    asked = f"The LLM: {', '.join(chat_models)}." if chat_models else "No LLM ran."
    return (
        f"<p>illuminas {escape(__version__)}. The mode llmatic (arXiv 2306.01102) beside random layer lists and the "
        "engine without an LLM: the same data, epochs, seeds, niches and number of evaluations for each, all trained "
        "for real, one search after another on this machine. Every method searches by validation accuracy alone; the "
        "test accuracy of a search's best network is looked up when it has ended. "
        f"{escape(asked)}</p>"
    )


def _answers(rows: Sequence[TrainingRow]) -> str:
    if not rows:
        return ""
    cells = [answer_cells(row) for row in rows]
    lines = [("", ("", words, *(each[words] for each in cells))) for words in cells[0]]
    head = ("", "", *(row.method for row in rows))
    return f'<h3>What came of the LLM\'s answers</h3>{html_table(head, lines)}<p class="note">{escape(ANSWERS_ARE)}</p>'


def _prompts(row: TrainingRow) -> str:
    lines = [("", prompt_cells(record)) for record in row.prompts]
    return html_table(PROMPTS, lines) + f'<p class="note">{escape(PROMPTS_ARE)}</p>'
