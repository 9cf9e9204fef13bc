"""Free source as text: its lines as they are, and those that differ from another's marked with a sign."""

from __future__ import annotations

from difflib import SequenceMatcher
from html import escape

from illuminas.server.viz.drawings.svg import MARK, tag

_STYLE = "white-space: pre; overflow-x: auto; margin: 0; font-family: monospace; font-size: 0.75rem; line-height: 1.35"


def source_html(text: str, other: str | None = None, *, sign: str = "+") -> str:
    """The lines of a module; ``sign`` stands before those that ``other`` does not have."""
    lines = text.splitlines()
    if other is None:
        return tag("pre", escape(text), style=_STYLE, tabindex=0)
    alien = _alien(other.splitlines(), lines)
    rows = [_row(line, f"{sign} " if place in alien else "  ", place in alien) for place, line in enumerate(lines)]
    return tag("pre", "\n".join(rows), style=_STYLE, tabindex=0)


def source_differences(before: str, after: str) -> tuple[str, ...]:
    """How many lines came and went."""
    then, now = before.splitlines(), after.splitlines()
    came, went = len(_alien(then, now)), len(_alien(now, then))
    return (f"lines that came: {came}, that went: {went}",) if came or went else ()


def _alien(other: list[str], lines: list[str]) -> set[int]:
    """Places of the lines that do not match the other's."""
    blocks = SequenceMatcher(None, other, lines, autojunk=False).get_matching_blocks()
    return set(range(len(lines))) - {block.b + offset for block in blocks for offset in range(block.size)}


def _row(line: str, sign: str, differs: bool) -> str:
    written = escape(sign + line)
    return tag("span", written, style=f"background: {MARK}55; font-weight: bold") if differs else written
