"""The parts of a document, which say what is to be told and leave to a format how.

Every text in them may come from an LLM or a person: a format shows it as it is, and interprets nothing in it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from illuminas.server.viz.plots import Panel


class Words(NamedTuple):
    """A paragraph."""

    text: str


class Facts(NamedTuple):
    """Names with what is so."""

    rows: Sequence[tuple[str, str]]


class Table(NamedTuple):
    """Rows under a head; a head that starts with ``>`` stands over figures.

    Attributes:
        left_out: rows that there would be beside these.
    """

    head: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]
    left_out: int = 0


class Plot(NamedTuple):
    """A panel of the run."""

    panel: Panel


class Drawing(NamedTuple):
    """An architecture.

    Attributes:
        caption: what is known of it.
        markup: safe HTML, made by :mod:`illuminas.server.viz.drawings.drawing`.
        text: the same for formats without pictures.
    """

    caption: str
    markup: str
    text: str


class Code(NamedTuple):
    """Lines to be copied; folded where they have a title."""

    text: str
    title: str = ""


class Steps(NamedTuple):
    """What happened, under headings, of which an empty one is left out; folded."""

    title: str
    groups: Sequence[tuple[str, Sequence[str]]]


Part = Words | Facts | Table | Plot | Drawing | Code | Steps


class Section(NamedTuple):
    """A heading with its parts."""

    title: str
    parts: Sequence[Part]


class Document(NamedTuple):
    """A report.

    Attributes:
        title: of the whole.
        summary: the whole in two sentences.
    """

    title: str
    summary: str
    sections: Sequence[Section]


def table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]], most: int) -> Table:
    """A table of the first rows."""
    return Table(head, rows[:most], max(0, len(rows) - most))
