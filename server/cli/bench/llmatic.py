"""``illuminas bench llmatic``: the mode with real training beside random layer lists and the engine."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import typer

from illuminas.agents.bench.variants import LLMATIC
from illuminas.server.cli.interrupts import stopping_on_interrupt
from illuminas.server.cli.output import console, print_json
from illuminas.tools.errors import IlluminasError
from illuminas.tools.paths import home

if TYPE_CHECKING:
    from illuminas.agents.bench.training_jobs import TrainingJob
    from illuminas.agents.bench.training_outcome import TrainingOutcome
    from illuminas.agents.bench.training_runs import FinishedRun, TrainingRuns

BUDGET, SEEDS = 60, 1
DATASET, LLM = "cluttered-digits", "local"


class Wanted(NamedTuple):
    """What is to be compared; None takes the default."""

    dataset: list[str] | None
    budget: list[int] | None
    seeds: int | None
    llm: list[str] | None
    epochs: int | None
    timeout: float | None
    workers: int | None


def check_options(methods: Sequence[str], budget: Sequence[int], others: Mapping[str, object]) -> None:
    """Refuse what makes no sense beside ``llmatic``.

    Args:
        methods: that were named, llmatic among them.
        budget: that were named.
        others: options of the benches on tables, None where they were not given.
    """
    rest = [name for name in methods if name != LLMATIC]
    if rest:
        raise IlluminasError(
            f"bench {LLMATIC} is a comparison of its own, in which networks are trained: leave out {', '.join(rest)}, "
            "or run them in a bench on tables."
        )
    given = [name for name, value in others.items() if value is not None]
    if given:
        raise IlluminasError(
            f"bench {LLMATIC} trains networks and looks nothing up: leave out {', '.join(given)}, which are for "
            "benches on tables."
        )
    if len(set(budget)) > 1:
        raise IlluminasError(f"bench {LLMATIC} takes one --budget, got {', '.join(map(str, budget))}.")


def bench_llmatic(wanted: Wanted, *, fresh: bool, report: Path | None, plots: Path | None, as_json: bool) -> None:
    """Run the searches that are not finished yet, and show what all of them found."""
    jobs = plan(wanted)
    from illuminas.agents.bench.training_outcome import training_outcomes
    from illuminas.agents.bench.training_runs import TrainingRuns

    runs = TrainingRuns(home() / "bench-runs", fresh=fresh)
    finished, interrupted = _run(jobs, runs, quiet=as_json)
    found = training_outcomes(finished)
    _tell(found, as_json=as_json, report=report, plots=plots)
    if interrupted:
        again = "the same command, without --fresh," if fresh else "the same command"
        print(
            f"illuminas: interrupted, {len(finished)} of {len(jobs)} searches are finished; {again} goes on.",
            file=sys.stderr,
        )
        raise typer.Exit(130)


def plan(wanted: Wanted) -> list[TrainingJob]:
    from illuminas.agents.bench.training_jobs import plan_trainings
    from illuminas.agents.config import SearchConfig
    from illuminas.server.cli.search import valid

    given = {"epochs": wanted.epochs, "timeout": wanted.timeout, "workers": wanted.workers}
    settings = {name: value for name, value in given.items() if value is not None}
    valid(SearchConfig, settings)
    return plan_trainings(
        datasets=list(dict.fromkeys(wanted.dataset or [DATASET])),
        llms=[llm for llm in wanted.llm or [LLM] if _is_here(llm)],
        seeds=wanted.seeds or SEEDS,
        budget=wanted.budget[0] if wanted.budget else BUDGET,
        settings=settings,
    )


def _is_here(llm: str) -> bool:
    """Whether the default LLM has its file; where it has none, that is said, and the others run."""
    from illuminas.tools.models import DEFAULT, find

    if llm != LLM or find(DEFAULT) is not None:
        return True
    console(stderr=True).print(
        f"No local LLM ({DEFAULT} is not here): {LLMATIC} runs with --llm none alone, statistical agents.\n"
        "To have it: illuminas models pull default",
        style="yellow",
    )
    return False


def _run(jobs: Sequence[TrainingJob], runs: TrainingRuns, *, quiet: bool) -> tuple[list[FinishedRun], bool]:
    """What was finished, and whether a person broke it off."""
    from illuminas.server.cli.bench.training_progress import TrainingProgress

    finished: list[FinishedRun] = []
    interrupted = False
    with TrainingProgress(jobs, quiet=quiet) as shown:

        def stop() -> None:
            shown.stopping()
            runs.stop()

        try:
            with stopping_on_interrupt(stop):
                for job in jobs:
                    shown.begin()
                    run = runs.run(job, listen=shown.event)
                    if run is None:
                        interrupted = True
                        continue
                    shown.finish(kept=run.kept)
                    finished.append(run)
        except KeyboardInterrupt:
            interrupted = True
    return finished, interrupted


def _tell(found: Sequence[TrainingOutcome], *, as_json: bool, report: Path | None, plots: Path | None) -> None:
    from illuminas.server.cli.bench.sections import print_sections, write_files
    from illuminas.server.cli.bench.training_tables import preface, sections

    if as_json:
        print_json([outcome.row() for outcome in found])
    else:
        print_sections(sections(found))
    if found and (report is not None or plots is not None):
        from illuminas.server.cli.bench.training_plot import draw_trainings

        told = sections(found, draw_trainings(found))
        write_files(f"illuminas bench {LLMATIC}", preface(found), told, report=report, plots=plots)
