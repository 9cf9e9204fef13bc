"""``illuminas runs`` and ``illuminas report``: which runs there are, how they went, and the report of one."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from illuminas.server.cli.output import Json, console, duration, number, print_json, table
from illuminas.tools.errors import IlluminasError, unknown_name


def runs(json: Json = False) -> None:
    """List the runs, the newest last, with their status, their best and how to go on."""
    from illuminas.memory.run_summary import run_summary
    from illuminas.memory.runs import list_runs
    from illuminas.tools.evaluation.evaluators import short_dataset

    listed = []
    for run in list_runs():
        try:
            listed.append(run_summary(run))
        except IlluminasError as error:
            console(stderr=True).print(f"{run.id} is left out: {error}")
    if json:
        # ``status``, as of search --json
        print_json([{**run.model_dump(exclude={"state"}), "status": run.state} for run in listed])
        return
    out = console()
    if not listed:
        out.print("No runs yet. Start one: illuminas search")
        return
    shown = table("=run", "status", "dataset", "device", "=LLM", ">done", ">val %", ">HV", ">time")
    for each in listed:
        shown.add_row(
            each.run_id,
            each.state,
            short_dataset(each.dataset),
            each.device,
            each.llm,
            f"{each.evaluations}/{each.budget}",
            number(each.best),
            number(each.hypervolume, ".4f"),
            duration(each.seconds),
        )
    out.print(shown)
    waiting = [each.run_id for each in listed if each.state == "interrupted"]
    if waiting:
        out.print(f"To go on with an interrupted one: illuminas search --resume {waiting[-1]}")


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
