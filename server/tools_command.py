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
RequireSandbox = Annotated[
    str | None,
    typer.Option(
        "--require-sandbox",
        metavar="LEVEL",
        help="Build no network from source unless it is shut in so well: process, filtered or contained.",
    ),
]


def mcp(workers: Workers = None, require_sandbox: RequireSandbox = None) -> None:
    """Serve the tools over MCP on standard input and output, for a client that starts this command."""
    with _server(workers, require_sandbox) as server:
        server.run("stdio")


def serve(
    host: Annotated[str, typer.Option(help="Loopback address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535)] = 8765,
    workers: Workers = None,
    require_sandbox: RequireSandbox = None,
) -> None:
    """Serve the tools over MCP at http://HOST:PORT/mcp; a search elsewhere reaches them with --tools."""
    if host not in LOOPBACK:
        raise IlluminasError(
            f"--host {host}: the server has no login yet, so it listens on loopback alone ({', '.join(LOOPBACK)}). "
            "To reach it from another machine, forward the port: ssh -L 8765:127.0.0.1:8765 HOST"
        )
    with _server(workers, require_sandbox) as server:
        url = f"http://{f'[{host}]' if ':' in host else host}:{port}/mcp"
        typer.echo(f"tools at {url}, for example: illuminas search --tools {url}")
        server.run("streamable-http", host=host, port=port)


@contextmanager
def _server(workers: int | None, require_sandbox: str | None) -> Iterator[MCPServer[Any]]:
    from illuminas.tools.paths import home
    from illuminas.tools.sandbox import Level
    from illuminas.tools.toolbox import Toolbox
    from illuminas.tools.toolserver import build_toolserver

    required = None if require_sandbox is None else Level.parse(require_sandbox)
    toolbox = Toolbox(workers=workers, results=home() / "results.sqlite", require_sandbox=required)
    try:
        yield build_toolserver(toolbox)
    finally:
        toolbox.close()
