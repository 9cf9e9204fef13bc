"""A report as Markdown, with links to its plots, for papers and wikis."""

from __future__ import annotations

import re
from collections.abc import Mapping

from illuminas.server.report.document import Code, Document, Drawing, Facts, Part, Plot, Steps, Table, Words
from illuminas.server.viz.plots import Panel


def to_markdown(document: Document, pictures: Mapping[Panel, str]) -> str:
    """The whole text.

    Args:
        pictures: panel -> address of its picture, as the text is to link it.
    """
    lines = [f"# {plain(document.title)}", "", plain(document.summary)]
    for section in document.sections:
        lines += ["", f"## {plain(section.title)}"]
        for part in section.parts:
            lines += ["", *_part(part, pictures)]
    return "\n".join(lines) + "\n"


def _part(part: Part, pictures: Mapping[Panel, str]) -> list[str]:
    match part:
        case Words(text):
            return [plain(text)]
        case Facts(rows):
            return [f"- {plain(name)}: {plain(value)}" for name, value in rows]
        case Table():
            return _table(part)
        case Plot(panel):
            return [f"![{panel.words}]({pictures[panel]})"]
        case Drawing(caption, _, text):
            return [plain(caption), "", *_fenced(text)]
        case Code(text, title):
            return [*([plain(title), ""] if title else []), *_fenced(text)]
        case Steps(title, groups):
            told = [f"### {plain(title)}"]
            for name, steps in groups:
                told += ["", f"#### {plain(name)}"] if name else []
                told += ["", *(f"- {plain(step)}" for step in steps)]
            return told


def _table(table: Table) -> list[str]:
    rules = ["---:" if name.startswith(">") else "---" for name in table.head]
    rows = [[name.lstrip(">") for name in table.head], rules, *([plain(cell) for cell in row] for row in table.rows)]
    more = ["", f"{table.left_out} more are left out."] if table.left_out else []
    return [*(f"| {' | '.join(row)} |" for row in rows), *more]


def _fenced(text: str) -> list[str]:
    """The text between fences that are longer than any in it."""
    longest = max((len(line) - len(line.lstrip("`")) for line in map(str.strip, text.splitlines())), default=0)
    fence = "`" * max(3, longest + 1)
    return [fence, text.rstrip("\n"), fence]


def plain(text: str) -> str:
    """A text on one line, in which Markdown and HTML find nothing to interpret."""
    line = " ".join(text.split())
    return re.sub(r"([\\`*_\[\]<>|~$&])", r"\\\1", line)
