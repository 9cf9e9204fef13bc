"""Which searches a bench runs: methods, LLMs, tasks and seeds, by the names that people type."""

from __future__ import annotations

from collections.abc import Sequence

from illuminas.agents.bench.problem import Task, load_problem
from illuminas.agents.bench.rivals import RIVALS
from illuminas.agents.bench.trace import Job
from illuminas.agents.bench.variants import ENGINE, LLMATIC, SUITES, VARIANTS
from illuminas.tools.errors import IlluminasError, unknown_name
from illuminas.tools.tables import NO_DEVICE

METHODS = (*VARIANTS, *RIVALS, *SUITES)


def plan_jobs(
    methods: Sequence[str],
    *,
    llms: Sequence[str],
    tasks: Sequence[Task],
    seeds: int,
    budget: int,
) -> list[Job]:
    """The searches of a bench, seed by seed, so that a broken one has a like number of every method.

    Args:
        methods: names of :data:`METHODS`; none takes those that are made for each task.
        llms: that the engine runs with. The engine without one runs in any case, to be compared with.
        tasks: what is searched.
        budget: evaluations of each search; smaller budgets are its beginning.

    Raises:
        IlluminasError: an unknown method, one that none of the tasks suits, or a table that the engine cannot search.
    """
    for name in methods:
        if name not in METHODS:
            raise unknown_name("method", name, (*METHODS, LLMATIC))
        if all(not _suits(each, task) for each in SUITES.get(name, (name,)) for task in tasks):
            raise IlluminasError(
                f"{name} searches two objectives, and there is no device. Give one (--device NAME, or --latency COLUMN "
                "with a table of your own), or leave the method out."
            )
    chat_models = list(dict.fromkeys(["none", *llms]))
    methods = [each for name in methods for each in SUITES.get(name, (name,))]
    searches: list[tuple[str, str, Task]] = []
    for task in tasks:
        for name in dict.fromkeys(methods or _made_for(task)):
            if name in VARIANTS:
                _check_table(task)
                searches += [(name, mind, task) for mind in chat_models]
            elif _suits(name, task):
                searches.append((name, "", task))
    return [Job(method, llm, task, seed, budget) for seed in range(seeds) for method, llm, task in searches]


def _suits(method: str, task: Task) -> bool:
    return method in VARIANTS or task.device != NO_DEVICE or not RIVALS[method].needs_device


def _made_for(task: Task) -> list[str]:
    two = task.device != NO_DEVICE
    return [ENGINE, *(r.name for r in RIVALS.values() if (r.uses_device if two else not r.needs_device))]


def _check_table(task: Task) -> None:
    unlisted = load_problem(task).unlisted()
    if unlisted:
        raise IlluminasError(
            f"{task.dataset} lacks {len(unlisted):,} cells that {ENGINE} may propose, {unlisted[0]} for one. Complete "
            f"the table, or name other methods: {', '.join(RIVALS)}."
        )
