"""How agents reach the tools: one MCP client, in memory or by URL, with typed answers."""

from __future__ import annotations

import os
from abc import ABC
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, cast

import anyio
import httpx2
from mcp import Client, MCPError
from mcp.client.streamable_http import streamable_http_client
from pydantic_core import to_jsonable_python

from illuminas.tools.errors import IlluminasError
from illuminas.tools.evaluation.executor import no_progress
from illuminas.tools.messages import MOST_ARCHITECTURES, Batch, Message
from illuminas.tools.toolset import PROGRESS, TOOLS, DeclaredTool, Toolset

PATIENCE = 900.0
"""Seconds until a call counts as lost, beyond the time-out of the work itself, which may wait for a free worker."""
TRANSPORT_ERRORS = (ConnectionError, anyio.ClosedResourceError, anyio.BrokenResourceError, httpx2.TransportError)
"""What a connection that breaks raises."""
TOKEN = "ILLUMINAS_TOKEN"
"""Environment variable with the bearer token of a server that asks for one."""
REMOTE_WORKERS = 2
"""Trainings to ask a remote server for at once, unless told otherwise."""


class ToolClient(Toolset, ABC):
    """The tools of one server. What it refuses is raised in the server's own words.

    Args:
        client: an open MCP client.
        workers: trainings worth asking for at once.
    """

    def __init__(self, client: Client, *, workers: int) -> None:
        self._client = client
        self.workers = workers

    async def forward(self, tool: DeclaredTool, arguments: dict[str, Any]) -> Message:
        """The server's answer; of more things than one call takes, the answers of several."""
        if not tool.each:
            return await self._call(tool, arguments)
        asked, results = arguments[tool.each], []
        for start in range(0, len(asked), MOST_ARCHITECTURES):
            part = {**arguments, tool.each: asked[start : start + MOST_ARCHITECTURES]}
            results += cast(Batch, await self._call(tool, part)).results
        return cast(type[Batch], tool.answer)(results=results)

    async def _call(self, tool: DeclaredTool, arguments: dict[str, Any]) -> Message:
        on_progress = arguments.pop(PROGRESS, no_progress)

        async def heard(progress: float, total: float | None, message: str | None) -> None:
            on_progress(int(progress), int(total or 0))

        patience = arguments.get("timeout", 0.0) + PATIENCE
        progress = None if on_progress is no_progress else heard
        sent = to_jsonable_python(arguments)
        result = await self._client.call_tool(tool.name, sent, patience, progress_callback=progress)
        if result.is_error:
            text = " ".join(getattr(block, "text", "") for block in result.content)
            raise IlluminasError(text.removeprefix(f"Error executing tool {tool.name}: "))
        return tool.answer.model_validate(result.structured_content)


def _forwarded(tool: DeclaredTool) -> Callable[..., Awaitable[Message]]:
    async def method(self: ToolClient, *args: Any, **kwargs: Any) -> Message:
        return await self.forward(tool, tool.arguments(*args, **kwargs))

    return method


_Forwarding = cast(
    "type[ToolClient]", type("_Forwarding", (ToolClient,), {name: _forwarded(each) for name, each in TOOLS.items()})
)
"""Every tool of the set by one call of the client."""


@asynccontextmanager
async def connect(
    url: str | None = None, *, workers: int | None = None, require_sandbox: str | None = None
) -> AsyncIterator[ToolClient]:
    """A client of the server at ``url``, or of one of its own in this process.

    Args:
        url: streamable HTTP address of a tool server, for example one started by ``illuminas serve``.
        workers: training processes of an own server; for a remote one, trainings to ask for at once.
        require_sandbox: level of the sandbox that an own server must reach before it builds a network from source; a
            name of :class:`illuminas.tools.sandbox.Level`.

    Raises:
        IlluminasError: no tool server answers at the URL, or a level was required of one that decides itself.
    """
    if url is not None and require_sandbox is not None:
        raise IlluminasError(
            f"a sandbox of level {require_sandbox} was required of the tool server at {url}, which decides by itself. "
            f"Start that one with illuminas serve --require-sandbox {require_sandbox}, and require nothing here."
        )
    opened = _in_memory(workers, require_sandbox) if url is None else _remote(url, workers)
    try:
        async with opened as client:
            yield client
    except (BaseExceptionGroup, MCPError, *TRANSPORT_ERRORS) as error:
        cause = first_of(error)  # the client's task group wraps whatever passes through it
        if isinstance(cause, (MCPError, *TRANSPORT_ERRORS)):
            raise IlluminasError(
                f"the tool server at {url or 'hand'} went away ({type(cause).__name__}: {cause}). What is finished is "
                "kept: start the server again, then go on with illuminas search --resume."
            ) from None
        raise cause from None


def first_of(error: BaseException) -> BaseException:
    """The first error inside nested groups."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


@asynccontextmanager
async def _in_memory(workers: int | None, require_sandbox: str | None) -> AsyncIterator[ToolClient]:
    from illuminas.tools.toolbox import open_toolbox
    from illuminas.tools.toolserver import build_toolserver

    with open_toolbox(workers=workers, require_sandbox=require_sandbox) as toolbox:
        async with Client(build_toolserver(toolbox, in_process=True)) as client:
            yield _Forwarding(client, workers=toolbox.workers)


@asynccontextmanager
async def _remote(url: str, workers: int | None) -> AsyncIterator[ToolClient]:
    token = os.environ.get(TOKEN)
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    async with httpx2.AsyncClient(headers=headers, timeout=httpx2.Timeout(30.0, read=300.0)) as http:
        client = Client(streamable_http_client(url, http_client=http))
        try:
            await client.__aenter__()
        except Exception as error:  # whatever the transport raises, there is no server to talk to
            raise IlluminasError(
                f"no tool server answers at {url} ({type(first_of(error)).__name__}: {first_of(error)}). "
                f"Start one: illuminas serve. One with tokens wants yours in ${TOKEN}."
            ) from None
        try:
            if not TOOLS.keys() <= {tool.name for tool in (await client.list_tools()).tools}:
                raise IlluminasError(
                    f"{url} serves other MCP clients, and no searches: expected the address that illuminas serve names "
                    "for them, which ends in /tools."
                )
            yield _Forwarding(client, workers=workers or REMOTE_WORKERS)
        finally:
            await client.__aexit__(None, None, None)
