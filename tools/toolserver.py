"""The MCP server that hands a toolset out to searches, in memory or over HTTP.

:func:`register_tools` offers the same tools to whoever else may use them: :mod:`illuminas.server.mcp`. Test accuracy is
here alone, for the report of a search that has ended.
"""

from __future__ import annotations

import asyncio
from typing import Any

from mcp.server.context import CallNext, HandlerResult, ServerRequestContext
from mcp.server.mcpserver import Context, MCPServer
from pydantic import BaseModel

from illuminas.tools.offering import COMPUTES, Tool, offer, with_arguments
from illuminas.tools.toolset import PROGRESS, TOOLS, DeclaredTool, Toolset


async def without_output_schemas(ctx: ServerRequestContext[Any, Any], call_next: CallNext) -> HandlerResult:
    """Leave the output schemas out of the list of tools; answers stay structured.

    For a client in the server's process, which reads answers by the models they were made by: with a schema at hand the
    SDK validates each of them by ``jsonschema`` as well, an eighth of a search on a table.
    """
    result = await call_next(ctx)
    if isinstance(result, dict) and ctx.method == "tools/list":  # ready for the wire
        bare = [{key: value for key, value in tool.items() if key != "outputSchema"} for tool in result["tools"]]
        return {**result, "tools": bare}
    return result


def build_toolserver(toolset: Toolset, *, in_process: bool = False) -> MCPServer[Any]:
    """The server of a search's agents, over one toolset, which the caller opens and closes.

    Args:
        in_process: its client is in the same process, see :func:`without_output_schemas`.
    """
    server: MCPServer[Any] = MCPServer(
        name="illuminas-tools",
        instructions=(
            "Tools of a neural architecture search: describe a search space, validate, score without training, "
            "look up or measure latency, train. Start with describe_search_space."
        ),
        log_level="WARNING",
        middleware=[without_output_schemas] if in_process else [],
    )
    register_tools(server, toolset, reports=True)
    return server


def register_tools(server: MCPServer[Any], toolset: Toolset, *, training: bool = True, reports: bool = False) -> None:
    """Offer what can be asked of architectures without any run.

    Args:
        training: offer ``train_architecture`` too.
        reports: offer ``report_test_accuracy`` too.
    """
    for tool in TOOLS.values():
        if (training or tool.does is not COMPUTES) and (reports or not tool.reports):
            offer(server, title=tool.title, does=tool.does)(_served(tool, toolset))


def _served(tool: DeclaredTool, toolset: Toolset) -> Tool[..., BaseModel]:
    """The tool as a function, with the arguments and the answer that its schemas are made from."""
    method = getattr(toolset, tool.name)

    async def plain(**arguments: Any) -> BaseModel:
        answer: BaseModel = await method(**arguments)
        return answer

    async def with_progress(context: Context[Any, Any], **arguments: Any) -> BaseModel:
        reports: set[asyncio.Task[None]] = set()

        def tell(done: int, total: int) -> None:
            reports.add(asyncio.create_task(context.report_progress(done, total)))

        try:
            return await plain(**arguments, **{PROGRESS: tell})
        finally:
            # a client that is gone hears no progress, and that is no reason to lose the training
            await asyncio.gather(*reports, return_exceptions=True)

    served = with_progress if tool.tells_progress else plain
    served.__name__, served.__doc__ = tool.name, tool.method.__doc__
    return with_arguments(served, tool.sent, tool.answer)
