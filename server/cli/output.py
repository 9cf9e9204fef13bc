"""How results reach a person or a program: tables through rich, JSON as plain text on standard output."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Annotated, Any, Literal, Protocol

import typer

from illuminas.tools.figures import big as big
from illuminas.tools.figures import dollars as dollars
from illuminas.tools.figures import duration as duration
from illuminas.tools.figures import number as number

if TYPE_CHECKING:
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


def print_json(data: BaseModel | Iterable[BaseModel | Row | dict[str, Any]] | Mapping[str, object]) -> None:
    """One JSON document on standard output."""
    import json

    from pydantic import BaseModel

    if isinstance(data, BaseModel):
        print(data.model_dump_json())
    elif isinstance(data, Mapping):
        print(json.dumps(data))
    else:
        rows = (each._asdict() if isinstance(each, tuple) else each for each in data)
        print(json.dumps([each.model_dump(mode="json") if isinstance(each, BaseModel) else each for each in rows]))
