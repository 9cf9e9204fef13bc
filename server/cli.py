"""The command line: every verb of ``illuminas``. Verbs import what they need when they run, so help is quick."""

from __future__ import annotations

import sys

import typer

from illuminas.server import (
    bench_command,
    chat_command,
    data_command,
    kb_command,
    models_command,
    report_command,
    runs_command,
    search_command,
    surface_command,
)
from illuminas.server.doctor import doctor
from illuminas.tools.errors import IlluminasError

app = typer.Typer(
    name="illuminas",
    help="LLM agents that search for neural architectures, with a quality-diversity archive and measured heuristics.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
app.command("search")(search_command.search)
app.command("chat")(chat_command.chat)
app.command("bench")(bench_command.bench)
app.command("runs")(runs_command.runs)
app.command("report")(report_command.report)
app.add_typer(kb_command.app, name="kb")
app.add_typer(models_command.app, name="models")
app.add_typer(data_command.app, name="data")
app.command("mcp")(surface_command.mcp)
app.command("serve")(surface_command.serve)
app.command("doctor")(doctor)


def main() -> None:
    """Entry point: our own errors become one readable message and exit code 2."""
    try:
        app()
    except IlluminasError as error:
        print(f"illuminas: {error}", file=sys.stderr)
        sys.exit(2)
