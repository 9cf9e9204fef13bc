"""Prompts that a client's user picks: each says what is to be done, and hands the data over, fenced as data."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from functools import wraps
from importlib.resources import files
from inspect import getdoc
from types import MethodType
from typing import Annotated, Any, ParamSpec

import pydantic_core
from mcp.server.mcpserver import MCPServer
from mcp.shared.exceptions import MCPError
from mcp.types import INVALID_PARAMS
from pydantic import Field

from illuminas.memory.heuristics import Change
from illuminas.memory.knowledge import changes
from illuminas.memory.run import Run
from illuminas.server.mcp.knowing import heuristic_event
from illuminas.server.mcp.reading import devices
from illuminas.server.services.costs import compare
from illuminas.server.services.niches import explain
from illuminas.server.services.reports import architecture_line, heuristic_line, report
from illuminas.server.services.services import Services
from illuminas.tools.errors import IlluminasError
from illuminas.tools.tables import list_tables

ROUNDS = 12
"""Latest rounds that a diagnosis looks at."""
RULES = 40
"""Heuristics that a review holds."""

P = ParamSpec("P")
Words = Callable[P, Coroutine[Any, Any, str]]
RunName = Annotated[str, Field(description="a run's id, its beginning, or 'last'")]


async def plan_search(
    _: Services, goal: Annotated[str, Field(description="what the network is for, in your words")]
) -> str:
    """Turn a goal into the settings of a search, from the data sets and devices that are here."""
    known = {
        "devices": [device.name for device in devices().devices],
        "tables": [f"table:{info.name}/{dataset}" for info in list_tables() for dataset in info.datasets],
        "goal": goal,
    }
    return _prompt("plan", goal_and_means=known)


async def diagnose_stagnation(services: Services, run_id: RunName = "last") -> str:
    """Find out why a run no longer gets better, and what to do."""
    run = services.run(run_id)
    return _prompt("diagnose", status=report(run), latest_rounds=run.state.figures[-ROUNDS:])


async def explain_a_niche(
    services: Services, niche: Annotated[str, Field(description="its number or words")], run_id: RunName = "last"
) -> str:
    """Say in plain words what a niche holds, or why it is empty."""
    run = services.run(run_id)
    return _prompt("niche", niche=explain(run, run.niche(niche)))


async def compare_two_runs(services: Services, first: RunName, second: RunName) -> str:
    """Say which of two runs did better, and whether that means anything."""
    return _prompt("compare", comparison=compare([services.run(first), services.run(second)]))


async def review_knowledge(services: Services, run_id: RunName = "last") -> str:
    """Go through what a run believes: what is confirmed, what is doubtful, what to test next."""
    run = services.run(run_id)
    return _prompt(
        "review",
        heuristics=[heuristic_line(each) for each in _leading(run)],
        changes=[
            {"id": change.heuristic.id, **heuristic_event(change).model_dump(mode="json")}
            for change in changes(run.log)
            if change.change is not Change.MEASURED
        ][-RULES:],
    )


async def write_up_results(services: Services, run_id: RunName = "last") -> str:
    """Write the results section of a report about a run."""
    run = services.run(run_id)
    return _prompt(
        "write-up",
        status=report(run),
        settings=run.settings,
        front=[architecture_line(run, hash_) for hash_ in run.state.front],
        elites=[architecture_line(run, hash_) for hash_ in run.state.elites.values()],
        heuristics=[heuristic_line(each) for each in _leading(run)],
    )


PROMPTS: dict[str, Callable[..., Any]] = {
    "Plan a search": plan_search,
    "Diagnose stagnation": diagnose_stagnation,
    "Explain a niche": explain_a_niche,
    "Compare runs": compare_two_runs,
    "Review the knowledge base": review_knowledge,
    "Write up results": write_up_results,
}
"""Title -> what writes it."""


def register_prompts(server: MCPServer[Any], services: Services) -> None:
    """Offer the prompts."""
    for title, write in PROMPTS.items():
        server.prompt(title=title, description=getdoc(write))(_readable(MethodType(write, services)))


def _leading(run: Run) -> list[Any]:
    """The heuristics with the largest effects."""
    return sorted(run.heuristics().values(), key=lambda each: -abs(each.evidence.effect or 0.0))[:RULES]


def _prompt(task: str, **data: object) -> str:
    """The task and the house rule, each a file of ``tasks``, and the data."""
    words = [files("illuminas.server.mcp").joinpath("tasks", f"{name}.md") for name in (task, "house-rule")]
    texts = [each.read_text(encoding="utf-8").strip() for each in words]
    return "\n\n".join([*texts, *(_fenced(name, each) for name, each in data.items())])


def _fenced(name: str, data: object) -> str:
    """Data as JSON in which no text can close the fence."""
    text = pydantic_core.to_json(data, indent=1).decode().replace("<", "\\u003c")
    return f'<data name="{name}">\n{text}\n</data>'


def _readable(write: Words[P]) -> Words[P]:
    """Hand the text of our own errors to the client."""

    @wraps(write)
    async def wrapped(*args: P.args, **kwargs: P.kwargs) -> str:
        try:
            return await write(*args, **kwargs)
        except IlluminasError as error:
            raise MCPError(INVALID_PARAMS, str(error)) from error

    return wrapped
