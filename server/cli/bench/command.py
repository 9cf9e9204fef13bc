"""``illuminas bench``: the engine beside its rivals on benchmark tables, over many seeds."""

from __future__ import annotations

import signal
import sys
from typing import TYPE_CHECKING, Any

import typer

from illuminas.agents.bench.variants import LLMATIC
from illuminas.server.cli.bench.options import TRAININGS, BenchOptions, signature
from illuminas.tools.errors import IlluminasError
from illuminas.tools.paths import home

if TYPE_CHECKING:
    from illuminas.agents.bench.problem import Task
    from illuminas.agents.bench.runner import Done
    from illuminas.agents.bench.trace import Job, TraceStore

BUDGETS, SEEDS = (20, 50, 100), 10


def bench(**options: Any) -> None:
    """Compare illuminas with other searchers on tables, over many seeds; or LLMatic with others by real training.

    Every method searches by validation accuracy; test accuracy is only reported. Ctrl-C keeps what is finished, and the
    same command goes on from there.
    """
    asked = BenchOptions(**options)
    if LLMATIC in (asked.methods or ()):
        from illuminas.server.cli.bench.llmatic import compare_trainings

        finished, planned = compare_trainings(asked)
    else:
        finished, planned = _compare_on_tables(asked)
    if finished < planned:
        again = "the same command, without --fresh," if asked.fresh else "the same command"
        told = f"illuminas: interrupted, {finished} of {planned} searches are finished; {again} goes on."
        print(told, file=sys.stderr)
        raise typer.Exit(130)


bench.__signature__ = signature()  # type: ignore[attr-defined]  # typer reads it


def _compare_on_tables(asked: BenchOptions) -> tuple[int, int]:
    """Run the searches that are not finished yet, and show what all of them found: how many, and of how many."""
    if asked.given(*TRAININGS):
        raise IlluminasError(
            "--epochs and --timeout are for trainings, and a table has none: leave them out, or name the method "
            f"{LLMATIC}."
        )
    from illuminas.agents.bench import measures
    from illuminas.agents.bench.ablation import rows
    from illuminas.agents.bench.outcome import outcomes
    from illuminas.agents.bench.plan import plan_jobs
    from illuminas.agents.bench.problem import Task
    from illuminas.agents.bench.trace import TraceStore
    from illuminas.server.cli.bench.own_table import check_table_options, own_table
    from illuminas.server.cli.bench.plot import draw_tables
    from illuminas.server.cli.bench.sections import tell
    from illuminas.server.cli.bench.tables import preface, sections

    check_table_options(asked)
    budgets = sorted(set(asked.budget or BUDGETS))
    store = TraceStore(home() / "bench")  # the user's, whose data folder a table of their own replaces
    with own_table(asked) as own:
        tasks = [Task.on(*own)] if own else _tasks(asked)
        llms, seeds = asked.llm or ["none"], asked.seeds or SEEDS
        jobs = plan_jobs(asked.methods or [], llms=llms, tasks=tasks, seeds=seeds, budget=max(budgets))
        # a table without test accuracies is refused before anything runs
        truths = {task: measures.load_truth(task) for task in dict.fromkeys(job.task for job in jobs)}
        done = _run(jobs, store, asked)
        found = outcomes([(each.job, each.trace) for each in done], truths)
        tell(
            asked,
            "illuminas bench",
            rows=lambda: rows(found, budgets),
            preface=lambda: preface(found),
            sections=lambda pictures: sections(found, budgets, pictures),
            draw=lambda: draw_tables(found, max(budgets)),
            recipe=measures.__doc__ or "",
        )
    return len(done), len(jobs)


def _tasks(asked: BenchOptions) -> list[Task]:
    from illuminas.agents.bench.problem import Task
    from illuminas.tools.tables import all_datasets, find_dataset, find_device

    datasets = [find_dataset(name) for name in asked.dataset] if asked.dataset else all_datasets()
    if asked.objective:
        tasks = [Task(each, tuple(map(_resolved, asked.objective))) for each in datasets]
    else:
        tasks = [Task.on(each, find_device(name)) for each in datasets for name in asked.device or ["none"]]
    found = [task for task in dict.fromkeys(tasks) if asked.space in (None, task.space)]
    if not found:
        raise IlluminasError(
            f"no table of {asked.space}: {', '.join(datasets)} list others. See `illuminas data list`."
        )
    return found


def _resolved(objective: str) -> str:
    """The full name of an objective, with its device's table; another name is a data set of the table searched."""
    from illuminas.tools.objectives import NO_DEVICE, find_kind
    from illuminas.tools.tables import resolve_objective

    known = find_kind(objective.partition(":")[0])
    return objective if known is None else resolve_objective(objective, device=NO_DEVICE).name


def _run(jobs: list[Job], store: TraceStore, asked: BenchOptions) -> list[Done]:
    """What was finished, in the order of the jobs; fewer where a person broke it off."""
    from contextlib import closing, suppress

    from illuminas.agents.bench.runner import run_jobs
    from illuminas.server.cli.bench.progress import BenchProgress

    # a script starts jobs in the background with Ctrl-C ignored, and what is asked to stop by that signal should stop
    signal.signal(signal.SIGINT, signal.default_int_handler)
    done: list[Done] = []
    running = run_jobs(jobs, store, workers=asked.workers, fresh=asked.fresh)
    with closing(running) as coming, BenchProgress(jobs, quiet=asked.json) as shown, suppress(KeyboardInterrupt):
        for each in coming:
            done.append(each)
            shown.tell(each)
    place = {job: index for index, job in enumerate(jobs)}
    return sorted(done, key=lambda each: place[each.job])
