"""The command line: every verb of ``illuminas``. Verbs import what they need when they run, so help is quick."""

from __future__ import annotations

import inspect
import sys
from typing import Any

import typer
from typer.core import TyperGroup

from illuminas.server.cli import data, kb, models, runs, search, serve
from illuminas.server.cli.bench import command as bench
from illuminas.server.cli.chat import command as chat
from illuminas.server.cli.doctor import doctor
from illuminas.tools.errors import IlluminasError


class Verbs(TyperGroup):
    """Gives ``search`` the options that its settings declare where it is called: help of the rest stays quick."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        if args[:1] == ["search"]:
            single = typer.Typer(pretty_exceptions_enable=False, add_completion=False)
            single.command("search")(search.search_command())
            self.commands["search"] = typer.main.get_command(single)
        return super().resolve_command(ctx, args)


app = typer.Typer(
    name="illuminas",
    cls=Verbs,
    help="LLM agents that search for neural architectures, with a quality-diversity archive and measured heuristics.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
app.command("search", help=inspect.getdoc(search.search))(lambda: None)
app.command("chat")(chat.chat)
app.command("bench")(bench.bench)
app.command("runs")(runs.runs)
app.command("report")(runs.report)
app.add_typer(kb.app, name="kb")
app.add_typer(models.app, name="models")
app.add_typer(data.app, name="data")
app.command("mcp")(serve.mcp)
app.command("serve")(serve.serve)
app.command("doctor")(doctor)


def main() -> None:
    """Entry point: our own errors become one readable message and exit code 2."""
    try:
        app()
    except IlluminasError as error:
        print(f"illuminas: {error}", file=sys.stderr)
        sys.exit(2)
