"""What ``illuminas bench`` takes."""

from __future__ import annotations

from inspect import Parameter, Signature
from pathlib import Path
from typing import Annotated, NamedTuple, get_type_hints

import typer

from illuminas.server.cli.output import Json

WHAT, OWN, REAL, RESULT = "What to compare", "A table of your own", "Real training (llmatic)", "What comes out"
FIRST = {"dataset": WHAT, "table": OWN, "epochs": REAL, "workers": RESULT, "json": None}
"""Option -> heading in ``--help``, also of those that follow it."""


class BenchOptions(NamedTuple):
    """The options by their flags, and the methods; None where nothing was given."""

    methods: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[METHOD]...",
            help="illuminas, random, local-search, evolution, evolution-tuned, map-elites, gp-ucb, gp-synflow, "
            "random-synflow; for several objectives also nsga2, and for two gp-hvi, gp-hvi-free; llm-nas is that mode "
            "with its ablation. Default: those made for the task. Or llmatic alone: that mode with real training, "
            "beside random layer lists and the engine without an LLM.",
        ),
    ] = None
    dataset: Annotated[
        list[str] | None,
        typer.Option(
            help="Data set of an imported table: c10, or table:NAME/PREFIX; for llmatic of images, as for a search. "
            "Repeatable. Default: all tables; for llmatic cluttered-digits."
        ),
    ] = None
    space: Annotated[
        str | None,
        typer.Option(help="Only tables of this search space. Default: any, told by the table."),
    ] = None
    objective: Annotated[
        list[str] | None,
        typer.Option(
            help="What to optimise, the first above all: an objective of illuminas search, with DEVICE a column of an "
            "imported table or table:NAME/COLUMN, or a data set of the table. Repeatable. Default: accuracy, and the "
            "latency of --device."
        ),
    ] = None
    device: Annotated[
        list[str] | None,
        typer.Option(
            help="Latencies of an imported table: pixel3, or table:NAME/COLUMN; then accuracy and latency are both "
            "objectives. Repeatable. Default: none, accuracy alone."
        ),
    ] = None
    budget: Annotated[
        list[int] | None,
        typer.Option(
            min=1, help="Evaluations, distinct architectures. Repeatable. Default: 20 50 100; for llmatic one, 60."
        ),
    ] = None
    seeds: Annotated[
        int | None,
        typer.Option(min=1, help="Searches of each method. Default: 10; for llmatic 1."),
    ] = None
    llm: Annotated[
        list[str] | None,
        typer.Option(
            help="Of illuminas or llmatic, as for a search. Repeatable; none is always run beside it. Default: none; "
            "for llmatic local."
        ),
    ] = None
    table: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Parquet or CSV with a column arch_str (or index)."),
    ] = None
    validation: Annotated[str | None, typer.Option(metavar="COLUMN", help="Accuracy to search by, per cent.")] = None
    test: Annotated[str | None, typer.Option(metavar="COLUMN", help="Accuracy to report, per cent.")] = None
    latency: Annotated[
        str | None,
        typer.Option(metavar="COLUMN", help="Latency in ms, as second objective."),
    ] = None
    epochs: Annotated[int | None, typer.Option(min=1, help="Epochs of one training. Default: the data set's.")] = None
    timeout: Annotated[
        float | None,
        typer.Option(min=1, help="Seconds until one training is killed. Default: 120."),
    ] = None
    workers: Annotated[
        int | None,
        typer.Option(min=1, help="Searches at a time, for llmatic trainings. Default: one a core."),
    ] = None
    fresh: Annotated[bool, typer.Option("--fresh", help="Run again what an earlier bench has finished.")] = False
    report: Annotated[
        Path | None,
        typer.Option(metavar="FILE.html", help="A self-contained report with plots."),
    ] = None
    plots: Annotated[Path | None, typer.Option(metavar="DIR", help="The plots as PNG files.")] = None
    json: Json = False

    def given(self, *names: str) -> list[str]:
        """Flags of those that were given."""
        return [f"--{name}" for name in names if getattr(self, name)]


def panels() -> dict[str, str | None]:
    """Every option, and its heading in ``--help``."""
    found, panel = {}, None
    for name in BenchOptions._fields:
        found[name] = panel = FIRST.get(name, panel)
    return found


TRAININGS = [name for name, panel in panels().items() if panel == REAL]
"""Options of trainings."""
COLUMNS = [name for name, panel in panels().items() if panel == OWN][1:]
"""Options that name columns of a table of one's own."""
ON_TABLES = ["space", "objective", "device", "table", *COLUMNS]
"""Options of benches on tables."""


def signature() -> Signature:
    """The options as parameters of a command."""
    made = []
    for name, annotation in get_type_hints(BenchOptions, include_extras=True).items():
        if panel := panels()[name]:
            annotation.__metadata__[0].rich_help_panel = panel
        default = BenchOptions._field_defaults[name]
        made.append(Parameter(name, Parameter.KEYWORD_ONLY, default=default, annotation=annotation))
    return Signature(made)
