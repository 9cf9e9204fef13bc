"""A report as one HTML file that needs nothing else: no script, no font, no address."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from pathlib import Path

from illuminas.server.report.document import Code, Document, Drawing, Facts, Part, Plot, Section, Steps, Table, Words
from illuminas.server.viz.plots import Panel

Draw = Callable[[Panel], str]
"""A panel as an ``<svg>`` element."""

WIDE = (Panel.EVIDENCE, Panel.LIVES)
"""Panels that hold texts, and so want a row of their own."""
_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<title>{title}</title>
<style>
{style}
</style>
</head>
<body>
<header>
<h1>{title}</h1>
<p>{summary}</p>
</header>
<nav aria-label="Sections">
<ul>
{links}
</ul>
</nav>
<main>
{sections}
</main>
</body>
</html>
"""


def to_html(document: Document, draw: Draw) -> str:
    """The whole page."""
    names = {section.title: section.title.lower().replace(" ", "-").replace(",", "") for section in document.sections}
    return _PAGE.format(
        title=escape(document.title),
        style=Path(__file__).with_name("report.css").read_text(encoding="utf-8"),
        summary=escape(document.summary),
        links="\n".join(f'<li><a href="#{name}">{escape(title)}</a></li>' for title, name in names.items()),
        sections="\n".join(_section(section, names[section.title], draw) for section in document.sections),
    )


def _section(section: Section, name: str, draw: Draw) -> str:
    parts = "\n".join(_part(part, draw) for part in section.parts)
    return f'<section id="{name}">\n<h2>{escape(section.title)}</h2>\n{parts}\n</section>'


def _part(part: Part, draw: Draw) -> str:
    match part:
        case Words(text):
            return f"<p>{escape(text)}</p>"
        case Facts(rows):
            return (
                "<dl>" + "".join(f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in rows) + "</dl>"
            )
        case Table():
            return _table(part)
        case Plot(panel):
            caption = escape(panel.words)
            told = f'role="img" aria-label="{caption}"'
            wide = " wide" if panel in WIDE else ""
            return f'<figure class="plot{wide}" {told}>{draw(panel)}<figcaption>{caption}.</figcaption></figure>'
        case Drawing(caption, markup, _):
            return f'<figure class="drawing">{markup}<figcaption>{escape(caption)}</figcaption></figure>'
        case Code(text, title):
            code = f"<pre><code>{escape(text)}</code></pre>"
            return f"<details><summary>{escape(title)}</summary>{code}</details>" if title else code
        case Steps(title, groups):
            told = "".join(
                f"<h3>{escape(name)}</h3><ul>{''.join(f'<li>{escape(line)}</li>' for line in lines)}</ul>"
                for name, lines in groups
            )
            return f"<details><summary>{escape(title)}</summary>{told}</details>"


def _table(table: Table) -> str:
    figures = [name.startswith(">") for name in table.head]
    head = "".join(
        f'<th scope="col"{" class=figure" if is_figure else ""}>{escape(name.lstrip(">"))}</th>'
        for name, is_figure in zip(table.head, figures, strict=True)
    )
    rows = "\n".join(
        "<tr>"
        + "".join(
            f"<td{' class=figure' if is_figure else ''}>{escape(cell)}</td>"
            for cell, is_figure in zip(row, figures, strict=True)
        )
        + "</tr>"
        for row in table.rows
    )
    more = f"<p>{table.left_out} more are left out.</p>" if table.left_out else ""
    body = f"<thead><tr>{head}</tr></thead><tbody>\n{rows}\n</tbody>"
    return f'<div class="table" tabindex="0"><table>{body}</table></div>{more}'
