"""What a bench tells, made once: sections of tables, plots and notes, for the terminal and for a report."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping, Sequence
from html import escape
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from illuminas.server.cli.output import console, print_json, table
from illuminas.tools.errors import IlluminasError

if TYPE_CHECKING:
    from pydantic import BaseModel

    from illuminas.server.cli.bench.options import BenchOptions

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


class Picture(NamedTuple):
    """One plot: a file's name without ending, a title, what it shows, and the PNG."""

    name: str
    title: str
    caption: str
    png: bytes


Pictures = Mapping[str, Sequence[Picture]]
"""Title of a section -> its plots."""


class Sheet(NamedTuple):
    """A table, and what its figures are.

    Attributes:
        head: names of the columns; one that starts with ``>`` holds figures.
        rows: cells, which may have several lines; those of the head and no more.
        note: a line below it.
        strong: methods whose rows stand out, by the second column.
        most: rows that the terminal shows; the report has all.
        block: rows between two lines; 0 draws none.
    """

    title: str
    head: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]
    note: str = ""
    strong: frozenset[str] = frozenset()
    most: int | None = None
    block: int = 0


class Section(NamedTuple):
    """A title, and what belongs under it; a string is a note."""

    title: str
    parts: Sequence[Sheet | Picture | str]


def print_sections(sections: Sequence[Section]) -> None:
    """Tables and notes on the terminal."""
    out = console()
    if not sections:
        out.print("Nothing is finished yet.")
    for section in sections:
        out.print(section.title, style="bold")
        for part in section.parts:
            if isinstance(part, str):
                out.print(part + "\n")
            elif isinstance(part, Sheet):
                shown = table(*part.head, title=part.title)
                for number, row in enumerate(part.rows[: part.most], start=1):
                    shown.add_row(*row, end_section=bool(part.block) and number % part.block == 0)
                out.print(shown)
                if part.note:
                    out.print(part.note + "\n")


def write_report(path: Path, title: str, preface: str, sections: Sequence[Section], recipe: str = "") -> None:
    """Write one HTML file that needs nothing beside it.

    Raises:
        IlluminasError: the file cannot be written.
    """
    body = [f"<h1>{escape(title)}</h1><p>{escape(preface)}</p>"]
    body += chain.from_iterable(
        (f"<h2>{escape(section.title)}</h2>", *map(_html, section.parts)) for section in sections
    )
    if recipe:
        body.append(f"<h2>The recipe</h2><pre>{escape(recipe)}</pre>")
    page = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>illuminas bench</title>'
        f"<style>{STYLE}</style></head><body>{''.join(body)}</body></html>"
    )
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(page, encoding="utf-8")
    except OSError as error:
        raise IlluminasError(f"cannot write the report to {path} ({error.strerror}). Name another file.") from error


def tell(
    asked: BenchOptions,
    title: str,
    *,
    rows: Callable[[], Sequence[BaseModel]],
    preface: Callable[[], str],
    sections: Callable[[Pictures], Sequence[Section]],
    draw: Callable[[], Pictures],
    recipe: str = "",
) -> None:
    """Print the rows as JSON or the sections, and write the report and the plots that are asked for.

    Args:
        title: of the report.
        sections: with the pictures that they hold, by title.
        recipe: of the measures, at the end of the report.
    """
    shown = sections({})
    if asked.json:
        print_json(rows())
    else:
        print_sections(shown)
    if not shown or not (asked.report or asked.plots):
        return
    out, pictures = console(stderr=True), draw()
    if asked.plots is not None:
        asked.plots.mkdir(parents=True, exist_ok=True)
        for picture in chain.from_iterable(pictures.values()):
            (asked.plots / f"{picture.name}.png").write_bytes(picture.png)
        out.print(f"Plots: {asked.plots}", soft_wrap=True)
    if asked.report is not None:
        write_report(asked.report, title, preface(), sections(pictures), recipe)
        out.print(f"Report: {asked.report}", soft_wrap=True)


def _html(part: Sheet | Picture | str) -> str:
    if isinstance(part, str):
        return f'<p class="note">{escape(part)}</p>'
    if isinstance(part, Picture):
        data = base64.b64encode(part.png).decode()
        return (
            f'<figure><img alt="{escape(part.title)}" src="data:image/png;base64,{data}">'
            f"<figcaption>{escape(part.title)}. {escape(part.caption)}</figcaption></figure>"
        )
    top = "".join(f"<th>{escape(name.removeprefix('>'))}</th>" for name in part.head)
    lines = []
    for number, row in enumerate(part.rows):
        first = "first " if part.block and number % part.block == 0 else ""
        cells = "".join(f"<td>{escape(cell)}</td>" for cell in row)
        lines.append(f'<tr class="{first}{"engine" if row[1] in part.strong else ""}">{cells}</tr>')
    note = f'<p class="note">{escape(part.note)}</p>' if part.note else ""
    heading = f"<h3>{escape(part.title)}</h3>" if part.title else ""
    return f"{heading}<table><thead><tr>{top}</tr></thead><tbody>{''.join(lines)}</tbody></table>{note}"
