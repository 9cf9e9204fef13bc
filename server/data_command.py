"""``illuminas data``: benchmark tables of one's own."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from illuminas.server.output import Json, console, print_json, table

app = typer.Typer(help="Benchmark tables: accuracies and latencies to look up.", no_args_is_help=True)


@app.command("import")
def import_(
    source: Annotated[Path, typer.Argument(help="A parquet or CSV file with a column arch_str (or index).")],
    name: Annotated[str | None, typer.Option(help="What to call it; default: the file's name.")] = None,
    space: Annotated[str, typer.Option(help="Search space of its architectures.")] = "nb201",
    json: Json = False,
) -> None:
    """Check a table and keep a compact copy; nothing half-imported stays."""
    from illuminas.tools.table_import import import_table

    info = import_table(source, name=name, space=space)
    if json:
        print_json(info)
        return
    out = console()
    out.print(f"{info.name}: {info.rows:,} rows, SHA-256 {info.sha256[:16]}…")
    for dataset in info.datasets:
        out.print(f"  --dataset table:{info.name}/{dataset}")
    for device in info.latencies:
        out.print(f"  --device table:{info.name}/{device}")


@app.command("list")
def list_(json: Json = False) -> None:
    """List the tables that were imported."""
    from illuminas.tools.tables import list_tables

    tables = list_tables()
    if json:
        print_json(tables)
        return
    if not tables:
        console().print("No tables yet. Import one: illuminas data import FILE")
        return
    shown = table("table", "space", ">rows", "datasets", "devices", "source", "SHA-256")
    for info in tables:
        shown.add_row(
            info.name,
            info.space,
            f"{info.rows:,}",
            ", ".join(info.datasets),
            ", ".join(info.latencies),
            info.source,
            info.sha256[:12] + "…",
        )
    console().print(shown)
