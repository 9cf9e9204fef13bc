"""Which searches a bench runs: methods, LLMs, tasks and seeds, by the names that people type."""

from __future__ import annotations

from collections.abc import Sequence

from illuminas.agents.bench.problem import Task, load_problem
from illuminas.agents.bench.rivals import RIVALS
from illuminas.agents.bench.trace import Job
from illuminas.agents.bench.variants import ENGINE, LLMATIC, SUITES, VARIANTS
from illuminas.tools.errors import IlluminasError, unknown_name
from illuminas.tools.objectives import find_kind
from illuminas.tools.spaces import get_space

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
        reasons = [[misfit(each, task) for each in SUITES.get(name, (name,))] for task in tasks]
        if all(reason for found in reasons for reason in found):
            raise IlluminasError(
                f"{name} does not run on {tasks[0].words}: {reasons[0][0]}. Name other objectives (--objective, or "
                "--device for a latency), or leave the method out."
            )
    chat_models = list(dict.fromkeys(["none", *llms]))
    methods = [each for name in methods for each in SUITES.get(name, (name,))]
    searches: list[tuple[str, str, Task]] = []
    for task in tasks:
        for name in dict.fromkeys(methods or _made_for(task)):
            if misfit(name, task):
                continue
            if name in VARIANTS:
                _check_table(task)
                searches += [(name, llm, task) for llm in chat_models]
            else:
                searches.append((name, "", task))
    return [Job(method, llm, task, seed, budget) for seed in range(seeds) for method, llm, task in searches]


def misfit(method: str, task: Task) -> str:
    """Why a method cannot search a task; empty where it can."""
    if method not in VARIANTS:
        return RIVALS[method].misfit(get_space(task.space), task.wanted)
    others = [each.name for each in task.wanted if find_kind(each.kind) is None]
    return f"the engine evaluates on one data set, and {others[0]} is another" if others else ""


def _made_for(task: Task) -> list[str]:
    """The engine, and the rivals that are made for as many objectives."""
    several = len(task.objectives) > 1
    made = [name for name, rival in RIVALS.items() if (rival.several if several else rival.single)]
    return [name for name in (ENGINE, *made) if not misfit(name, task)]


def _check_table(task: Task) -> None:
    unlisted = load_problem(task).unlisted()
    if unlisted:
        raise IlluminasError(
            f"{task.dataset} lacks {len(unlisted):,} architectures that {ENGINE} may propose, {unlisted[0]} for one. "
            f"Complete the table, or name other methods: {', '.join(RIVALS)}."
        )
