"""The tool that draws a run."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

from mcp.server.mcpserver import Image, MCPServer
from pydantic import Field

from illuminas.server.mcp.reading import RunName
from illuminas.server.services.services import Services
from illuminas.server.viz.plots import Panel, draw_panel
from illuminas.tools.offering import READS, offer


def register_looking(server: MCPServer[Any], services: Services) -> None:
    """Offer plots."""

    @offer(server, title="Plot a run", does=READS, structured=False)
    async def render_plot(
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
