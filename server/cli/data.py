"""``illuminas data``: benchmark tables of one's own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from illuminas.server.cli.output import Json, console, print_json, table

if TYPE_CHECKING:
    from rich.console import Console

    from illuminas.tools.tables import TableInfo
    from illuminas.tools.tables.sources import Progress

app = typer.Typer(help="Benchmark tables: accuracies and latencies to look up.", no_args_is_help=True)


@app.command("import")
def import_(
    source: Annotated[
        Path,
        typer.Argument(
            help="A NAS-Bench-201 .pth, a NATS-Bench fast-mode folder, a mini-nasbench or HW-NAS-Bench pickle, a "
            "folder of HELP's latencies, or a parquet or CSV file with a column arch_str (or index)."
        ),
    ],
    name: Annotated[str | None, typer.Option(help="What to call it; default: the source's name.")] = None,
    space: Annotated[
        str | None, typer.Option(help="Search space of its architectures. Default: the one that can read them.")
    ] = None,
    json: Json = False,
) -> None:
    """Check a source of benchmark data and keep a compact table of it; nothing half-imported stays."""
    from illuminas.tools.tables import import_table
    from illuminas.tools.tables.sources import survey

    told = console(stderr=True)
    told.print(str(survey(source)))
    with _progress(told) as progress:
        info = import_table(source, name=name, space=space, progress=progress)
    if json:
        print_json(info)
    else:
        _tell(info, console())


@app.command("list")
def list_(json: Json = False) -> None:
    """List the tables that were imported."""
    from illuminas.tools.tables import list_tables

    tables = list_tables()
    if json:
        print_json(tables)
        return
    if not tables:
        console().print("No tables yet. Import one: illuminas data import SOURCE")
        return
    shown = table("table", "space", ">rows", "data sets", "devices", "source", "=SHA-256")
    for info in tables:
        shown.add_row(
            info.name,
            info.space,
            f"{info.rows:,}",
            ", ".join(info.datasets),
            ", ".join((*info.latencies, *info.energies)),
            f"{info.source} ({info.format})" if info.format else info.source,
            info.sha256[:12] + "…",
        )
    console().print(shown)


@contextmanager
def _progress(told: Console) -> Iterator[Progress]:
    """A bar on a terminal, for sources that take longer than a moment; nothing in a pipe."""
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    columns = (TextColumn("reading"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(*columns, console=told, transient=True, disable=not told.is_terminal) as bar:
        task = bar.add_task("reading", total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def _tell(info: TableInfo, out: Console) -> None:
    """What was imported, and the commands that use it."""
    from illuminas.tools.spaces import get_space
    from illuminas.tools.tables import infeasible_cells, list_tables

    out.print(f"Imported {info.name}: {info.rows:,} architectures of {info.space}, SHA-256 {info.sha256[:16]}…")
    for title, names in (
        ("data sets", info.datasets),
        ("devices, latency in ms", info.latencies),
        ("devices, energy in mJ", info.energies),
    ):
        if names:
            out.print(f"  {title}: {', '.join(names)}")
    for column, cells in infeasible_cells(info).items():
        out.print(f"  {column} cannot run {cells:,} of the architectures")
    devices = [f"table:{info.name}/{device}" for device in info.latencies]
    datasets = [f"table:{info.name}/{dataset}" for dataset in info.datasets]
    if not datasets and devices:  # one needs the other: a table of latencies goes with one of accuracies
        others = [other for other in list_tables() if other.space == info.space and other.datasets]
        datasets = [f"table:{other.name}/{other.datasets[0]}" for other in others]
    if not datasets:
        out.print("To search, import a table with validation accuracies (columns NAME_val and NAME_test).")
        return
    none = "" if get_space(info.space).builds else " --device none"
    device = f" --device {devices[0]}" if devices else none
    out.print(f"Search:  illuminas search --space {info.space} --dataset {datasets[0]}{device}")
    out.print(f"Compare: illuminas bench --dataset {datasets[0]}{device}")
