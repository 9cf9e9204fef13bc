"""``illuminas report``: a run as one HTML file, or as text and plots for papers."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from illuminas.server.cli.output import Json, console, print_json


def report(
    run: Annotated[str, typer.Argument(help="A run's id, its beginning, or 'last'.")] = "last",
    format: Annotated[
        str, typer.Option(help="html: one file that needs nothing else; md: text and plots; png: the plots.")
    ] = "html",
    out: Annotated[
        Path | None,
        typer.Option(metavar="PATH", help="The file, or for png the folder. Default: in the run's own folder."),
    ] = None,
    json: Json = False,
) -> None:
    """Write the report of a run: what was searched, what came of it, what was learned, and how to repeat it."""
    from illuminas.memory.runs import find_run
    from illuminas.server.report.writing import Format, write_report
    from illuminas.tools.errors import unknown_name

    if format not in list(Format):
        raise unknown_name("format", format, list(Format))
    folder = find_run(run)
    written = write_report(folder, Format(format), out)
    if json:
        paths = [str(path.resolve()) for path in written]
        print_json({"run_id": folder.id, "format": format, "path": paths[0], "paths": paths})
        return
    for path in written:
        console().print(f"Written: {path}", soft_wrap=True)
