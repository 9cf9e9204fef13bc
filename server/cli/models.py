"""``illuminas models``: files of local LLMs and of pretrained weights, pinned by SHA-256."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from illuminas.server.cli.output import Json, console, number, print_json, table

if TYPE_CHECKING:
    from illuminas.tools.models import Use

app = typer.Typer(
    help="Files of local LLMs and pretrained weights, pinned by SHA-256, and what LLMs cost.", no_args_is_help=True
)

_HEADINGS: dict[Use, str] = {"llm": "local LLM", "vision": "pretrained image network"}


@app.command("list")
def list_(json: Json = False) -> None:
    """List the models there are, and which of them are here."""
    from illuminas.tools.models import DEFAULT, catalogue, find

    lines: list[dict[str, Any]] = [
        {
            "name": model.name,
            "use": model.use,
            "default": model.name == DEFAULT,
            "file": model.file,
            "megabytes": model.size / 1e6,
            "sha256": model.sha256,
            "licence": model.licence,
            "path": str(path) if (path := find(model.name)) else None,  # of its verified file
        }
        for model in catalogue()
    ]
    if json:
        print_json(lines)
        return
    for use, heading in _HEADINGS.items():
        shown = table(heading, ">MB", "licence", "here")
        for line in (line for line in lines if line["use"] == use):
            name = f"{line['name']} (default)" if line["default"] else line["name"]
            here = line["path"] or f"no: illuminas models pull {line['name']}"
            shown.add_row(name, f"{line['megabytes']:,.0f}", line["licence"], here)
        console().print(shown)


@app.command()
def pull(
    name: Annotated[str, typer.Argument(help="A name of `illuminas models list`, or 'default'.")] = "default",
    optional: Annotated[
        bool, typer.Option("--optional", help="Where it cannot be had, say so and succeed all the same.")
    ] = False,
    json: Json = False,
) -> None:
    """Fetch a model file: from its publisher's hub, else from mirrors; resumed where it stopped, verified by hash."""
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

    from illuminas.tools import models

    out = console(stderr=json)
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    with Progress(*columns, console=out, transient=True) as bar:
        task = bar.add_task(name, total=None)

        def progress(done: int, total: int, source: str) -> None:
            bar.update(task, completed=done, total=total, description=f"{name} from {source}")

        try:
            path = models.pull(name, progress=progress)
        except models.ModelError as error:
            if not optional:
                raise
            bar.stop()
            out.print(f"{error}\nGoing on without it.", style="yellow")
            return
    if json:
        print_json({"name": name, "path": str(path)})
    else:
        out.print(f"{name}: {path} (size and SHA-256 verified)", soft_wrap=True)


@app.command()
def prices(json: Json = False) -> None:
    """Show what LLMs cost, in US dollars a million tokens, and where each price comes from."""
    from illuminas.agents.llm.prices import PriceTable, user_file

    lines = PriceTable.read().lines
    if json:
        print_json(lines)
        return
    shown = table("LLM", ">prompt", ">answer", ">cache read", ">cache write", "as of", "from")
    for line in lines:
        price = line.price
        own = line.table != "illuminas"
        shown.add_row(
            line.pattern,
            f"{price.input:g}",
            f"{price.output:g}",
            number(price.cache_read, "g"),
            number(price.cache_write, "g"),
            "" if price.as_of is None else price.as_of.isoformat(),
            price.source or (line.table if own else ""),
        )
    console().print(shown)
    console().print(f"US dollars a million tokens. Your own prices go first: {user_file()}", soft_wrap=True)
