"""``illuminas bench llmatic``: the mode with real training beside random layer lists and the engine."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from illuminas.agents.bench.variants import LLMATIC
from illuminas.server.cli.bench.options import ON_TABLES, BenchOptions
from illuminas.server.cli.bench.sections import tell
from illuminas.server.cli.interrupts import stopping_on_interrupt
from illuminas.server.cli.output import console
from illuminas.tools.errors import IlluminasError
from illuminas.tools.paths import home

if TYPE_CHECKING:
    from illuminas.agents.bench.trainings import FinishedRun, TrainingJob, TrainingRuns

BUDGET, SEEDS = 60, 1
DATASET, LLM = "cluttered-digits", "local"


def compare_trainings(asked: BenchOptions) -> tuple[int, int]:
    """Run the searches that are not finished yet, and show what all of them found: how many, and of how many."""
    _check(asked)
    jobs = plan(asked)
    from illuminas.agents.bench.training_outcome import training_outcomes
    from illuminas.agents.bench.trainings import TrainingRuns
    from illuminas.server.cli.bench.plot import draw_trainings
    from illuminas.server.cli.bench.training_tables import preface, sections

    finished = _run(jobs, TrainingRuns(home() / "bench-runs", fresh=asked.fresh), quiet=asked.json)
    found = training_outcomes(finished)
    tell(
        asked,
        f"illuminas bench {LLMATIC}",
        rows=lambda: [outcome.row() for outcome in found],
        preface=lambda: preface(found),
        sections=lambda pictures: sections(found, pictures),
        draw=lambda: draw_trainings(found),
    )
    return len(finished), len(jobs)


def _check(asked: BenchOptions) -> None:
    """Refuse what makes no sense beside ``llmatic``."""
    if rest := [name for name in asked.methods or () if name != LLMATIC]:
        raise IlluminasError(
            f"bench {LLMATIC} is a comparison of its own, in which networks are trained: leave out {', '.join(rest)}, "
            "or run them in a bench on tables."
        )
    if given := asked.given(*ON_TABLES):
        raise IlluminasError(
            f"bench {LLMATIC} trains networks and looks nothing up: leave out {', '.join(given)}, which are for "
            "benches on tables."
        )
    if len(set(asked.budget or ())) > 1:
        raise IlluminasError(f"bench {LLMATIC} takes one --budget, got {', '.join(map(str, asked.budget or ()))}.")


def plan(asked: BenchOptions) -> list[TrainingJob]:
    """The searches that are asked for."""
    from illuminas.agents.bench.trainings import plan_trainings
    from illuminas.agents.config import SearchConfig
    from illuminas.server.cli.search import valid

    given = {name: getattr(asked, name) for name in ("epochs", "timeout", "workers")}
    settings = {name: value for name, value in given.items() if value is not None}
    valid(SearchConfig, settings)
    return plan_trainings(
        datasets=list(dict.fromkeys(asked.dataset or [DATASET])),
        llms=[llm for llm in asked.llm or [LLM] if _is_here(llm)],
        seeds=asked.seeds or SEEDS,
        budget=asked.budget[0] if asked.budget else BUDGET,
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


def _run(jobs: Sequence[TrainingJob], runs: TrainingRuns, *, quiet: bool) -> list[FinishedRun]:
    """What was finished; fewer where a person stopped it."""
    from illuminas.server.cli.bench.progress import TrainingProgress

    finished: list[FinishedRun] = []
    with TrainingProgress(jobs, quiet=quiet) as shown:

        def stop() -> None:
            shown.stopping()
            runs.stop()

        with suppress(KeyboardInterrupt), stopping_on_interrupt(stop):
            for job in jobs:
                shown.begin()
                run = runs.run(job, listen=shown.event)
                if run is not None:
                    shown.finish(kept=run.kept)
                    finished.append(run)
    return finished
