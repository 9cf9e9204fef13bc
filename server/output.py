"""How results reach a person or a program: tables through rich, JSON as plain text on standard output."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Annotated, Any, Literal, Protocol

import typer

from illuminas.tools.errors import IlluminasError

if TYPE_CHECKING:
    from pathlib import Path

    from pydantic import BaseModel
    from rich.console import Console
    from rich.table import Table

PIPE_WIDTH = 120
"""Columns of what is written to a file or a pipe."""


class Row(Protocol):
    """One line of a list: a NamedTuple."""

    def _asdict(self) -> dict[str, Any]: ...


Json = Annotated[bool, typer.Option("--json", help="Print JSON and nothing else on standard output.")]


def console(*, stderr: bool = False) -> Console:
    """The terminal; without colour and of a fixed width where it is a file or a pipe."""
    from rich.console import Console

    # no markup: what an LLM wrote may hold brackets
    made = Console(stderr=stderr, highlight=False, markup=False)
    if not made.is_terminal:
        made.width = PIPE_WIDTH
    return made


def table(*columns: str, title: str | None = None) -> Table:
    """An empty table; a column that starts with ``>`` holds figures, one with ``=`` ids: neither is folded."""
    from rich import box
    from rich.table import Table

    made = Table(title=title, box=box.SIMPLE_HEAD, title_justify="left", title_style="bold", pad_edge=False)
    for column in columns:
        justify: Literal["right", "left"] = "right" if column.startswith(">") else "left"
        made.add_column(column.lstrip(">="), justify=justify, no_wrap=column.startswith((">", "=")), overflow="fold")
    return made


def print_json(data: BaseModel | Iterable[BaseModel | Row] | Mapping[str, object]) -> None:
    """One JSON document on standard output."""
    import json

    from pydantic import BaseModel

    if isinstance(data, BaseModel):
        print(data.model_dump_json())
    elif isinstance(data, Mapping):
        print(json.dumps(data))
    else:
        print(
            json.dumps(
                [each.model_dump(mode="json") if isinstance(each, BaseModel) else each._asdict() for each in data]
            )
        )


def number(value: float | None, form: str = ".2f") -> str:
    """The number, or a dash."""
    return "–" if value is None else format(value, form)


def duration(seconds: float) -> str:
    """``47 s``, ``3 min 05 s``, ``2 h 10 min``."""
    if seconds < 60:
        return f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest:02d} s"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02d} min"


def big(value: float) -> str:
    """A count in thousands or millions: ``73.3 k``, ``1.53 M``."""
    for size, letter in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if value >= size:
            return f"{value / size:.3g} {letter}"
    return f"{value:.0f}"


def dollars(cost: float | None) -> str:
    """What LLMs cost, as the end of a sentence: nothing for those that cost nothing."""
    if cost is None:
        return ", cost unknown (see illuminas models prices)"
    return f", ${cost:.2f}" if cost >= 0.005 else f", ${cost:.2g}" if cost else ""


def write_text(path: Path, text: str) -> None:
    """Write a file, its folder too where that is missing.

    Raises:
        IlluminasError: the place can't be written to.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise IlluminasError(f"cannot write {path} ({error.strerror}). Name another place with --out.") from error
