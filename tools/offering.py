"""How a tool is offered over MCP: what it does to the world, its description, and errors that a caller can act on."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterable
from functools import wraps
from inspect import Parameter, Signature, cleandoc
from typing import Any, ParamSpec, TypeVar

from mcp.server.mcpserver import MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp.types import ToolAnnotations

from illuminas.tools.errors import IlluminasError

READS = ToolAnnotations(read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=False)
"""Changes nothing."""
COMPUTES = ToolAnnotations(read_only_hint=False, destructive_hint=False, idempotent_hint=True, open_world_hint=False)
"""Takes the machine's time and keeps what it found; the same call again is free."""
ADDS = ToolAnnotations(read_only_hint=False, destructive_hint=False, idempotent_hint=False, open_world_hint=False)
"""Adds something each time it is called; what was there stays."""
STARTS = ToolAnnotations(read_only_hint=False, destructive_hint=False, idempotent_hint=True, open_world_hint=True)
"""Starts a process that may talk to an LLM elsewhere; the same call again changes nothing."""
STEERS = ToolAnnotations(read_only_hint=False, destructive_hint=True, idempotent_hint=False, open_world_hint=False)
"""May add or end something, as it is told."""
ENDS = ToolAnnotations(read_only_hint=False, destructive_hint=True, idempotent_hint=True, open_world_hint=False)
"""Ends something that is going on, or takes it out of use."""

P = ParamSpec("P")
T = TypeVar("T")
Tool = Callable[P, Coroutine[Any, Any, T]]


def offer(
    server: MCPServer[Any], *, title: str, does: ToolAnnotations, structured: bool | None = None
) -> Callable[[Tool[P, T]], Tool[P, T]]:
    """Register the function as a tool of the server; its docstring is what clients read.

    Args:
        does: what it does to the world, one of the constants above.
        structured: False for an answer that is no data, as an image.
    """

    def register(tool: Tool[P, T]) -> Tool[P, T]:
        server.add_tool(
            _readable(tool),
            title=title,
            description=cleandoc(tool.__doc__ or ""),
            annotations=does,
            structured_output=structured,
        )
        return tool

    return register


def with_arguments(tool: Tool[P, T], parameters: Iterable[Parameter], answer: Any) -> Tool[P, T]:
    """Give a function of any keywords the signature that its schemas are made from.

    Args:
        parameters: of the arguments that clients give.
        answer: annotation of what it returns.
    """
    named = [each.replace(kind=Parameter.KEYWORD_ONLY) for each in parameters]
    tool.__signature__ = Signature(named, return_annotation=answer)  # type: ignore[attr-defined]
    return tool


def _readable(tool: Tool[P, T]) -> Tool[P, T]:
    """Hand the text of our own errors to the client; the protocol hides that of others."""

    @wraps(tool)
    async def wrapped(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return await tool(*args, **kwargs)
        except IlluminasError as error:
            raise ToolError(str(error)) from error

    return wrapped
