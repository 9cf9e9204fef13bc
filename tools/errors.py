"""The one root of every error that illuminas raises on purpose."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

LISTED = 24
"""Names that an error lists."""


class IlluminasError(Exception):
    """A message for a person: what was expected, what came, and what to do next.

    The command line prints it without a traceback, and the MCP server hands its text to the client.
    """


class MissingExtraError(IlluminasError):
    """An optional dependency is needed and not installed."""

    def __init__(self, *, feature: str, extra: str) -> None:
        super().__init__(f"{feature} needs an optional package. Install it: pip install 'illuminas[{extra}]'")


def unknown_name(kind: str, got: str, known: Iterable[str]) -> IlluminasError:
    """The error for a name that is not one of ``known``: it names the nearest valid one."""
    names = sorted(map(str, known))
    near = difflib.get_close_matches(got, names, n=1, cutoff=0.5)
    hint = f" Did you mean {near[0]!r}?" if near else ""
    shown = [*names[:LISTED], f"and {len(names) - LISTED} more"] if len(names) > LISTED else names
    return IlluminasError(f"unknown {kind} {got!r}.{hint} Known: {', '.join(shown) or 'none'}.")
