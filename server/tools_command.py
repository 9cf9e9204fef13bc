"""``illuminas mcp`` and ``illuminas serve``: the tools for other MCP clients, over stdio or HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

from illuminas.tools.errors import IlluminasError

if TYPE_CHECKING:
    from mcp.server.mcpserver import MCPServer

LOOPBACK = ("127.0.0.1", "localhost", "::1")
Workers = Annotated[int | None, typer.Option(min=1, help="Training processes. Default: one a core.")]


def mcp(workers: Workers = None) -> None:
    """Serve the tools over MCP on standard input and output, for a client that starts this command."""
    with _server(workers) as server:
        server.run("stdio")


def serve(
    host: Annotated[str, typer.Option(help="Loopback address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535)] = 8765,
    workers: Workers = None,
) -> None:
    """Serve the tools over MCP at http://HOST:PORT/mcp; a search elsewhere reaches them with --tools."""
    if host not in LOOPBACK:
        raise IlluminasError(
            f"--host {host}: the server has no login yet, so it listens on loopback alone ({', '.join(LOOPBACK)}). "
            "To reach it from another machine, forward the port: ssh -L 8765:127.0.0.1:8765 HOST"
        )
    with _server(workers) as server:
        url = f"http://{f'[{host}]' if ':' in host else host}:{port}/mcp"
        typer.echo(f"tools at {url}, for example: illuminas search --tools {url}")
        server.run("streamable-http", host=host, port=port)


@contextmanager
def _server(workers: int | None) -> Iterator[MCPServer[Any]]:
    from illuminas.tools.paths import home
    from illuminas.tools.toolbox import Toolbox
    from illuminas.tools.toolserver import build_toolserver

    toolbox = Toolbox(workers=workers, results=home() / "results.sqlite")
    try:
        yield build_toolserver(toolbox)
    finally:
        toolbox.close()
