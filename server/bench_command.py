"""``illuminas bench``: the engine beside its rivals on benchmark tables, over many seeds."""

from __future__ import annotations

import os
import re
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from illuminas.server.output import Json, console, print_json
from illuminas.tools.errors import IlluminasError
from illuminas.tools.paths import home

if TYPE_CHECKING:
    from illuminas.agents.bench.measures import Truth
    from illuminas.agents.bench.outcome import Outcome
    from illuminas.agents.bench.problem import Task
    from illuminas.agents.bench.runner import Done
    from illuminas.agents.bench.trace import Job, TraceStore

WHAT, OWN, RESULT = "What to compare", "A table of your own", "What comes out"
BUDGETS = (20, 50, 100)
SHARED = ("models", "results.sqlite")
"""What a bench on a table of one's own takes from the user's data folder: local LLMs, and scores once computed."""


def bench(
    methods: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[METHOD]...",
            help="illuminas, random, local-search, evolution, evolution-tuned, map-elites, gp-ucb, gp-synflow, "
            "random-synflow; with a device also nsga2, gp-hvi, gp-hvi-free; llm-nas is that mode with its ablation. "
            "Default: those made for the task.",
        ),
    ] = None,
    dataset: Annotated[
        list[str] | None,
        typer.Option(
            help="Data set of an imported table: c10, or table:NAME/PREFIX. Repeatable. Default: all.",
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
        typer.Option(min=1, help="Evaluations, distinct cells. Repeatable. Default: 20 50 100.", rich_help_panel=WHAT),
    ] = None,
    seeds: Annotated[int, typer.Option(min=1, help="Searches of each method.", rich_help_panel=WHAT)] = 10,
    llm: Annotated[
        list[str] | None,
        typer.Option(
            help="Of illuminas, as for a search. Repeatable; none is always run beside it. Default: none.",
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
    workers: Annotated[
        int | None, typer.Option(min=1, help="Searches at a time. Default: one a core.", rich_help_panel=RESULT)
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
    """Compare illuminas with other searchers on tables, over many seeds.

    Every method searches by validation accuracy; test accuracy is only reported. Ctrl-C keeps the searches that are
    finished, and the same command goes on from there.
    """
    from illuminas.agents.bench.outcome import outcomes
    from illuminas.agents.bench.trace import TraceStore

    _check_table_options(table, validation, test, latency, dataset, device)
    store = TraceStore(home() / "bench")
    budgets = sorted(set(budget or BUDGETS))
    with _tables(table, validation, test, latency) as own:
        jobs = _plan(methods or [], own, dataset, device, llm or ["none"], seeds, max(budgets))
        truths = _truths(jobs)  # a table without test accuracies is refused before anything runs
        done, interrupted = _run(jobs, store, workers=workers, fresh=fresh, quiet=json)
        found = outcomes([(each.job, each.trace) for each in done], truths)
        _show(found, budgets, as_json=json)
        if found and (report is not None or plots is not None):
            _write(found, budgets, report, plots)
    if interrupted:
        print(
            f"illuminas: interrupted, {len(done)} of {len(jobs)} searches are kept; the same command goes on.",
            file=sys.stderr,
        )
        raise typer.Exit(130)


def _check_table_options(
    table: Path | None,
    validation: str | None,
    test: str | None,
    latency: str | None,
    dataset: list[str] | None,
    device: list[str] | None,
) -> None:
    """Refuse options that do not go together."""
    columns = {"--validation": validation, "--test": test}
    if table is None:
        given = [name for name, value in {**columns, "--latency": latency}.items() if value is not None]
        if given:
            raise IlluminasError(f"{', '.join(given)} name columns of a file: say which with --table FILE.")
        return
    lacking = [name for name, value in columns.items() if value is None]
    if lacking:
        raise IlluminasError(f"--table needs {' and '.join(f'{name} COLUMN' for name in lacking)} as well.")
    if dataset or device:
        raise IlluminasError(
            "--table brings its own data set, and --latency its device: leave out --dataset and --device."
        )


@contextmanager
def _tables(
    table: Path | None, validation: str | None, test: str | None, latency: str | None
) -> Iterator[tuple[str, str] | None]:
    """The user's tables, or one of its own in a data folder that goes afterwards: its data set and its device."""
    if table is None:
        yield None
        return
    from illuminas.tools.tables import import_columns

    assert validation is not None and test is not None, "checked before"
    user, before = home(), os.environ.get("ILLUMINAS_HOME")
    (user / "models").mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="illuminas-bench-") as folder:
        for name in SHARED:
            Path(folder, name).symlink_to(user / name)
        os.environ["ILLUMINAS_HOME"] = folder  # for the processes too
        try:
            name = re.sub(r"[^A-Za-z0-9]+", "-", table.stem).strip("-") or "own"
            import_columns(table, name=name, validation=validation, test=test, latency=latency)
            yield f"table:{name}/task", "none" if latency is None else f"table:{name}/latency_ms"
        finally:
            if before is None:
                del os.environ["ILLUMINAS_HOME"]
            else:
                os.environ["ILLUMINAS_HOME"] = before


def _plan(
    methods: list[str],
    own: tuple[str, str] | None,
    dataset: list[str] | None,
    device: list[str] | None,
    llms: list[str],
    seeds: int,
    budget: int,
) -> list[Job]:
    from illuminas.agents.bench.plan import all_datasets, find_dataset, find_device, plan_jobs
    from illuminas.agents.bench.problem import Task

    if own is not None:
        tasks = [Task(*own)]
    else:
        datasets = [find_dataset(name) for name in dataset] if dataset else all_datasets()
        devices = [find_device(name) for name in device or ["none"]]
        tasks = [Task(*pair) for pair in dict.fromkeys((d, e) for d in datasets for e in devices)]
    return plan_jobs(methods, llms=llms, tasks=tasks, seeds=seeds, budget=budget)


def _run(
    jobs: list[Job], store: TraceStore, *, workers: int | None, fresh: bool, quiet: bool
) -> tuple[list[Done], bool]:
    """What was finished, in the order of the jobs, and whether a person broke it off."""
    from contextlib import closing

    from illuminas.agents.bench.runner import run_jobs

    # a script starts jobs in the background with Ctrl-C ignored, and what is asked to stop by that signal should stop
    signal.signal(signal.SIGINT, signal.default_int_handler)
    done: list[Done] = []
    interrupted = False
    with closing(run_jobs(jobs, store, workers=workers, fresh=fresh)) as coming, _Progress(jobs, quiet=quiet) as shown:
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


def _show(found: list[Outcome], budgets: list[int], *, as_json: bool) -> None:
    if as_json:
        from illuminas.agents.bench.ablation import rows

        print_json(rows(found, budgets))
        return
    from illuminas.server.bench_tables import print_outcomes

    print_outcomes(found, budgets)


def _write(found: list[Outcome], budgets: list[int], report: Path | None, plots: Path | None) -> None:
    """The report and the plots; what was written is said on standard error, beside ``--json``."""
    from illuminas.server.bench_plot import draw_all
    from illuminas.server.bench_report import write_report

    pictures = draw_all(found, max(budgets))
    out = console(stderr=True)
    if plots is not None:
        plots.mkdir(parents=True, exist_ok=True)
        for picture in pictures:
            (plots / f"{picture.name}.png").write_bytes(picture.png)
        out.print(f"Plots: {plots}", soft_wrap=True)
    if report is not None:
        write_report(report, found, budgets, pictures)
        out.print(f"Report: {report}", soft_wrap=True)


class _Progress:
    """A bar a method on a terminal, a line a tenth elsewhere; silent with ``--json`` in a pipe."""

    def __init__(self, jobs: list[Job], *, quiet: bool) -> None:
        self._jobs = jobs
        self._console = console(stderr=True)
        self._lines = not self._console.is_terminal and not quiet
        self._total, self._done, self._kept = len(jobs), 0, 0
        self._start = time.perf_counter()

    def __enter__(self) -> _Progress:
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        self._bars = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            console=self._console,
            disable=not self._console.is_terminal,
            transient=True,
        )
        self._bars.start()
        labels = [job.label for job in self._jobs]
        self._tasks = {label: self._bars.add_task(label, total=labels.count(label)) for label in dict.fromkeys(labels)}
        return self

    def tell(self, each: Done) -> None:
        self._done += 1
        self._kept += each.kept
        self._bars.advance(self._tasks[each.job.label])
        if self._lines and (self._done == self._total or self._done % max(1, self._total // 10) == 0):
            kept = f", {self._kept} from before" if self._kept else ""
            gone = time.perf_counter() - self._start
            self._console.print(f"{self._done} of {self._total} searches{kept}, {gone:.0f} s", soft_wrap=True)

    def __exit__(self, *error: object) -> None:
        self._bars.stop()
