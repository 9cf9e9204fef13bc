"""Pages of a list that grows: a cursor says how much of it the first page saw, so that no page repeats or skips."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, TypeVar

from illuminas.server.services.audit import digest
from illuminas.tools.errors import IlluminasError

T = TypeVar("T")


class Cursor(NamedTuple):
    """Where a page begins.

    Attributes:
        length: elements of the list as the first page saw it.
        offset: results that earlier pages gave.
    """

    length: int
    offset: int

    def page(self, results: Sequence[T], limit: int, **question: object) -> tuple[Sequence[T], str | None]:
        """``(results of this page, cursor of the next)``; no cursor after the last."""
        end = self.offset + len(results[self.offset : self.offset + limit])
        following = self._replace(offset=end).text(**question) if end < len(results) else None
        return results[self.offset : end], following

    def text(self, **question: object) -> str:
        """The cursor as clients hand it back; it fits the same question alone."""
        return f"{self.length}-{self.offset}-{digest(question)}"


def read_cursor(text: str | None, length: int, **question: object) -> Cursor:
    """The cursor that a client handed back, or that of the first page.

    Args:
        length: elements of the list now.
        question: what was asked, by which a cursor of another question is told apart.

    Raises:
        IlluminasError: it is none of this question's.
    """
    if text is None:
        return Cursor(length, 0)
    parts = text.split("-")
    if len(parts) != 3 or not (parts[0].isdecimal() and parts[1].isdecimal()) or parts[2] != digest(question):
        raise IlluminasError(
            f"cursor {text[:60]!r} is none of this question. Hand next_cursor back unchanged, with the same filter and "
            "sort, or leave it out to begin again."
        )
    return Cursor(min(int(parts[0]), length), int(parts[1]))
