"""Tools that look at runs as a whole: what they cost, how they compare, and how they look drawn."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Annotated, Any

from mcp.server.mcpserver import Image
from pydantic import Field

from illuminas.server.mcp.reading import RunName
from illuminas.server.services.answers import Costs, RunComparison
from illuminas.server.services.costs import compare, costs
from illuminas.server.services.services import Services
from illuminas.server.viz.plots import Panel, draw_panel


async def get_costs(
    services: Services,
    minutes: Annotated[float | None, Field(description="the last so many; leave out for all of it", gt=0)] = None,
    run_id: RunName = "last",
) -> Costs:
    """What a run spent, in all or in the last minutes: evaluations, training seconds, LLM calls, tokens, seconds.

    The stretch ends now for a run that is running, and else with its last event. Call it for questions as 'what
    did the last hour cost'. Cost: instant. Next: steer_search with a budget.
    """
    run = services.run(run_id)
    running = run.status in ("running", "waiting", "paused")
    return await asyncio.to_thread(costs, run, minutes, time.time() if running else None)


async def compare_runs(
    services: Services,
    run_ids: Annotated[
        list[str], Field(description="two or more runs, as run_id takes them", min_length=2, max_length=8)
    ],
) -> RunComparison:
    """Runs side by side: settings that differ, figures at their ends and after equally many evaluations.

    Accuracies are of validation, per cent, higher is better; hypervolume is 0 to 1, higher is better, and means the
    same only where space, data set and device are equal (see comparable). Differences of single runs may be
    chance: compare several seeds before you conclude. Cost: instant. Next: render_plot, search_heuristics.
    """
    return compare([services.run(name) for name in run_ids])


async def render_plot(
    services: Services,
    plot: Annotated[
        Panel,
        Field(
            description="pareto: accuracy against latency; niches: the elites' map; progress: accuracy over "
            "evaluations; quality: coverage, QD score and hypervolume over rounds; operators: their shares over "
            "rounds; evidence: heuristics' effects with intervals; knowledge: heuristics by status over rounds; "
            "lives: what became of each heuristic"
        ),
    ] = Panel.PARETO,
    run_id: RunName = "last",
) -> list[str | Image]:
    """A PNG image of a run as it stands, with a line that says what it shows.

    Call it for people; for figures to reason about use query_archive and get_run_status. A run without a device
    has accuracy against size in place of the Pareto front. Cost: a second. Next: get_architecture.
    """
    run = services.run(run_id)
    image = await asyncio.to_thread(draw_panel, run.folder, plot)
    return [
        f"{plot.words} of run {run.id}, after {len(run.state.evaluations)} evaluations.",
        Image(data=image, format="png"),
    ]


LOOKING: dict[str, Callable[..., Any]] = {
    "What a run cost": get_costs,
    "Compare runs": compare_runs,
    "Plot a run": render_plot,
}
"""Title -> tool."""
