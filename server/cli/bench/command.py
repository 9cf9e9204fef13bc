"""``illuminas bench``: the engine beside its rivals on benchmark tables, over many seeds."""

from __future__ import annotations

import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from illuminas.agents.bench.variants import LLMATIC
from illuminas.server.cli.bench.llmatic import Wanted, bench_llmatic, check_options
from illuminas.server.cli.bench.own_table import check_table_options, own_table
from illuminas.server.cli.output import Json, print_json
from illuminas.tools.errors import IlluminasError
from illuminas.tools.paths import home

if TYPE_CHECKING:
    from illuminas.agents.bench.measures import Truth
    from illuminas.agents.bench.outcome import Outcome
    from illuminas.agents.bench.problem import Task
    from illuminas.agents.bench.runner import Done
    from illuminas.agents.bench.trace import Job, TraceStore

WHAT, OWN, REAL, RESULT = "What to compare", "A table of your own", "Real training (llmatic)", "What comes out"
BUDGETS, SEEDS = (20, 50, 100), 10


def bench(
    methods: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[METHOD]...",
            help="illuminas, random, local-search, evolution, evolution-tuned, map-elites, gp-ucb, gp-synflow, "
            "random-synflow; for several objectives also nsga2, and for two gp-hvi, gp-hvi-free; llm-nas is that mode "
            "with its ablation. Default: those made for the task. Or llmatic alone: that mode with real training, "
            "beside random layer lists and the engine without an LLM.",
        ),
    ] = None,
    dataset: Annotated[
        list[str] | None,
        typer.Option(
            help="Data set of an imported table: c10, or table:NAME/PREFIX; for llmatic of images, as for a search. "
            "Repeatable. Default: all tables; for llmatic cluttered-digits.",
            rich_help_panel=WHAT,
        ),
    ] = None,
    space: Annotated[
        str | None,
        typer.Option(help="Only tables of this search space. Default: any, told by the table.", rich_help_panel=WHAT),
    ] = None,
    objective: Annotated[
        list[str] | None,
        typer.Option(
            help="What to optimise, the first above all: accuracy, params, macs, latency:DEVICE, energy:DEVICE with "
            "DEVICE a column of an imported table or table:NAME/COLUMN, or a data set of the table. Repeatable. "
            "Default: accuracy, and the latency of --device.",
            rich_help_panel=WHAT,
        ),
    ] = None,
    device: Annotated[
        list[str] | None,
        typer.Option(
            help="Latencies of an imported table: pixel3, or table:NAME/COLUMN; then accuracy and latency are both "
            "objectives. Repeatable. Default: none, accuracy alone.",
            rich_help_panel=WHAT,
        ),
    ] = None,
    budget: Annotated[
        list[int] | None,
        typer.Option(
            min=1,
            help="Evaluations, distinct architectures. Repeatable. Default: 20 50 100; for llmatic one, 60.",
            rich_help_panel=WHAT,
        ),
    ] = None,
    seeds: Annotated[
        int | None,
        typer.Option(min=1, help="Searches of each method. Default: 10; for llmatic 1.", rich_help_panel=WHAT),
    ] = None,
    llm: Annotated[
        list[str] | None,
        typer.Option(
            help="Of illuminas or llmatic, as for a search. Repeatable; none is always run beside it. Default: none; "
            "for llmatic local.",
            rich_help_panel=WHAT,
        ),
    ] = None,
    table: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Parquet or CSV with a column arch_str (or index).", rich_help_panel=OWN),
    ] = None,
    validation: Annotated[
        str | None, typer.Option(metavar="COLUMN", help="Accuracy to search by, per cent.", rich_help_panel=OWN)
    ] = None,
    test: Annotated[
        str | None, typer.Option(metavar="COLUMN", help="Accuracy to report, per cent.", rich_help_panel=OWN)
    ] = None,
    latency: Annotated[
        str | None,
        typer.Option(metavar="COLUMN", help="Latency in ms, as second objective.", rich_help_panel=OWN),
    ] = None,
    epochs: Annotated[
        int | None, typer.Option(min=1, help="Epochs of one training. Default: the data set's.", rich_help_panel=REAL)
    ] = None,
    timeout: Annotated[
        float | None,
        typer.Option(min=1, help="Seconds until one training is killed. Default: 120.", rich_help_panel=REAL),
    ] = None,
    workers: Annotated[
        int | None,
        typer.Option(
            min=1, help="Searches at a time, for llmatic trainings. Default: one a core.", rich_help_panel=RESULT
        ),
    ] = None,
    fresh: Annotated[
        bool, typer.Option("--fresh", help="Run again what an earlier bench has finished.", rich_help_panel=RESULT)
    ] = False,
    report: Annotated[
        Path | None,
        typer.Option(metavar="FILE.html", help="A self-contained report with plots.", rich_help_panel=RESULT),
    ] = None,
    plots: Annotated[
        Path | None, typer.Option(metavar="DIR", help="The plots as PNG files.", rich_help_panel=RESULT)
    ] = None,
    json: Json = False,
) -> None:
    """Compare illuminas with other searchers on tables, over many seeds; or LLMatic with others by real training.

    Every method searches by validation accuracy; test accuracy is only reported. Ctrl-C keeps what is finished, and the
    same command goes on from there.
    """
    methods = methods or []
    if LLMATIC in methods:
        of_tables = {
            "--space": space,
            "--objective": objective,
            "--device": device,
            "--table": table,
            "--validation": validation,
            "--test": test,
            "--latency": latency,
        }
        check_options(methods, budget or [], of_tables)
        wanted = Wanted(dataset, budget, seeds, llm, epochs, timeout, workers)
        bench_llmatic(wanted, fresh=fresh, report=report, plots=plots, as_json=json)
        return
    if epochs is not None or timeout is not None:
        raise IlluminasError(
            "--epochs and --timeout are for trainings, and a table has none: leave them out, or name the method "
            f"{LLMATIC}."
        )
    from illuminas.agents.bench.outcome import outcomes
    from illuminas.agents.bench.plan import plan_jobs
    from illuminas.agents.bench.problem import Task
    from illuminas.agents.bench.trace import TraceStore

    check_table_options(table, validation, test, latency, dataset, device or objective)
    if objective and device:
        raise IlluminasError(
            "--device stands for accuracy and a latency: name it in --objective latency:DEVICE instead."
        )
    store = TraceStore(home() / "bench")
    budgets = sorted(set(budget or BUDGETS))
    with own_table(table, validation, test, latency) as own:
        tasks = [Task.on(*own)] if own else _tasks(space, dataset, objective or [], device or ["none"])
        jobs = plan_jobs(methods, llms=llm or ["none"], tasks=tasks, seeds=seeds or SEEDS, budget=max(budgets))
        truths = _truths(jobs)  # a table without test accuracies is refused before anything runs
        done, interrupted = _run(jobs, store, workers=workers, fresh=fresh, quiet=json)
        found = outcomes([(each.job, each.trace) for each in done], truths)
        _tell(found, budgets, as_json=json, report=report, plots=plots)
    if interrupted:
        print(
            f"illuminas: interrupted, {len(done)} of {len(jobs)} searches are kept; the same command goes on.",
            file=sys.stderr,
        )
        raise typer.Exit(130)


def _tasks(space: str | None, dataset: list[str] | None, objectives: list[str], devices: list[str]) -> list[Task]:
    from illuminas.agents.bench.problem import Task
    from illuminas.tools.tables import all_datasets, find_dataset, find_device

    datasets = [find_dataset(name) for name in dataset] if dataset else all_datasets()
    if objectives:
        tasks = [Task(each, tuple(map(_resolved, objectives))) for each in datasets]
    else:
        tasks = [Task.on(each, find_device(name)) for each in datasets for name in devices]
    found = [task for task in dict.fromkeys(tasks) if space in (None, task.space)]
    if not found:
        raise IlluminasError(f"no table of {space}: {', '.join(datasets)} list others. See `illuminas data list`.")
    return found


def _resolved(objective: str) -> str:
    """The full name of an objective, with its device's table; another name is a data set of the table searched."""
    from illuminas.tools.objectives import NO_DEVICE, find_kind
    from illuminas.tools.tables import resolve_objective

    known = find_kind(objective.partition(":")[0])
    return objective if known is None else resolve_objective(objective, device=NO_DEVICE).name


def _run(
    jobs: list[Job], store: TraceStore, *, workers: int | None, fresh: bool, quiet: bool
) -> tuple[list[Done], bool]:
    """What was finished, in the order of the jobs, and whether a person broke it off."""
    from contextlib import closing

    from illuminas.agents.bench.runner import run_jobs
    from illuminas.server.cli.bench.progress import BenchProgress

    # a script starts jobs in the background with Ctrl-C ignored, and what is asked to stop by that signal should stop
    signal.signal(signal.SIGINT, signal.default_int_handler)
    done: list[Done] = []
    interrupted = False
    with (
        closing(run_jobs(jobs, store, workers=workers, fresh=fresh)) as coming,
        BenchProgress(jobs, quiet=quiet) as shown,
    ):
        try:
            for each in coming:
                done.append(each)
                shown.tell(each)
        except KeyboardInterrupt:
            interrupted = True
    place = {job: index for index, job in enumerate(jobs)}
    return sorted(done, key=lambda each: place[each.job]), interrupted


def _truths(jobs: list[Job]) -> dict[Task, Truth]:
    from illuminas.agents.bench.measures import load_truth

    return {task: load_truth(task) for task in dict.fromkeys(job.task for job in jobs)}


def _tell(found: list[Outcome], budgets: list[int], *, as_json: bool, report: Path | None, plots: Path | None) -> None:
    from illuminas.server.cli.bench.sections import print_sections, write_files
    from illuminas.server.cli.bench.tables import preface, sections

    if as_json:
        from illuminas.agents.bench.ablation import rows

        print_json(rows(found, budgets))
    else:
        print_sections(sections(found, budgets))
    if found and (report is not None or plots is not None):
        from illuminas.agents.bench import measures
        from illuminas.server.cli.bench.plot import draw_all

        told = sections(found, budgets, draw_all(found, max(budgets)))
        recipe = measures.__doc__ or ""
        write_files("illuminas bench", preface(found), told, report=report, plots=plots, recipe=recipe)
