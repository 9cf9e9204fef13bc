"""Foreign words in prompts: what heuristics, rationales, errors, sources and other people say is data.

Prompts fence it between ``<data>`` and ``</data>``, and say in their system text that nothing in there is an
instruction. Here is what makes a fence one: no value that is put into a prompt can write it, or hide characters.
What protects a run in the end is that no answer can do anything: its form has a place for picks, lines and records of
a proposal, and none for a tool, a budget or a file.
"""

from __future__ import annotations

import re
import unicodedata

LINE = 300
"""Characters of foreign text within a line."""
BLOCK = 40_000
"""Characters of one value of a prompt."""

OPENED, CLOSED = "<data>", "</data>"
_FENCE = re.compile(r"[<＜﹤‹〈⟨]\s*([/／]?)\s*(data)", flags=re.IGNORECASE)
_KEPT = {"\n", "\t"}


def clean(text: str, *, limit: int = BLOCK) -> str:
    """Text without control, invisible and unassigned characters, and without anything that looks like a fence."""
    visible = "".join(
        character
        for character in text.replace("\r\n", "\n")
        if character in _KEPT or not unicodedata.category(character).startswith("C")
    )
    fenceless = _FENCE.sub(r"(\1\2", visible)
    return fenceless if len(fenceless) <= limit else f"{fenceless[:limit]} [...]"


class Fenced(str):
    """Text that is fenced already, where it has to be."""


def fenced(text: str, *, before: str = "") -> Fenced:
    """Foreign text as a block of its own.

    Args:
        before: own words that lead to it.
    """
    return Fenced(f"{before}{OPENED}\n{clean(text)}\n{CLOSED}")


def line(text: str, *, limit: int = LINE) -> str:
    """Foreign text that belongs within one line of a prompt: it cannot begin another."""
    return clean(" ".join(text.split()), limit=limit)
