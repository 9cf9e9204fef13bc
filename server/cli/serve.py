"""``illuminas mcp`` and ``illuminas serve``: the server for MCP clients, over stdio or HTTP."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Workers = Annotated[int | None, typer.Option(min=1, help="Training processes. Default: one a core.")]
RequireSandbox = Annotated[
    str | None,
    typer.Option(
        "--require-sandbox",
        metavar="LEVEL",
        help="Build no network from source unless it is shut in so well: process, filtered or contained.",
    ),
]
ReadOnly = Annotated[bool, typer.Option("--read-only", help="Leave out every tool that changes anything.")]
MaxEvaluations = Annotated[
    int | None,
    typer.Option(min=0, help="Evaluations that clients may spend while this server runs, searches included."),
]


def mcp(
    read_only: ReadOnly = False,
    max_evaluations: MaxEvaluations = None,
    workers: Workers = None,
    require_sandbox: RequireSandbox = None,
) -> None:
    """Serve runs, searches and tools over MCP on standard input and output, for a client that starts this command."""
    import asyncio

    from illuminas.server.mcp.server import open_server
    from illuminas.tools.toolbox import open_toolbox

    async def run() -> None:
        async with open_server(toolbox, read_only=read_only, most_evaluations=max_evaluations) as (_, server):
            await server.run_stdio_async()

    with open_toolbox(workers=workers, require_sandbox=require_sandbox) as toolbox:
        asyncio.run(run())


def serve(
    host: Annotated[str, typer.Option(help="Address to listen on; any but loopback requires a token.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes one that is free.")] = 8765,
    tokens: Annotated[
        Path | None,
        typer.Option(metavar="FILE.toml", help="Clients with their tokens. $ILLUMINAS_TOKEN is your own."),
    ] = None,
    allow_host: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="A name by which clients call this server; repeatable.")
    ] = None,
    rate: Annotated[float, typer.Option(min=0.1, help="Requests a second of one client.")] = 50.0,
    read_only: ReadOnly = False,
    max_evaluations: MaxEvaluations = None,
    workers: Workers = None,
    require_sandbox: RequireSandbox = None,
) -> None:
    """Serve the window on every run at http://HOST:PORT, MCP at /mcp, and the tools of searches elsewhere at /tools."""
    import asyncio
    import gc

    from illuminas.server.mcp import http
    from illuminas.server.mcp.server import open_server
    from illuminas.server.services.principals import Sessions, Tokens
    from illuminas.server.web.entry.login import login_routes
    from illuminas.server.web.site import mount_site
    from illuminas.tools.own_code import forbid_own_code
    from illuminas.tools.toolbox import open_toolbox
    from illuminas.tools.toolserver import build_toolserver

    known = Tokens.load(tokens)
    if known.others:
        forbid_own_code()
    http.check_address(host, known)
    names, sessions = [*http.LOOPBACK, host, *(allow_host or ())], Sessions()

    async def run() -> None:
        opened = open_server(toolbox, read_only=read_only, most_evaluations=max_evaluations)
        async with opened as (services, server):
            app = http.build_app(
                server,
                build_toolserver(toolbox),
                tokens=known,
                hosts=names,
                a_second=rate,
                routes=login_routes(known, sessions),
                sessions=sessions,
            )
            mount_site(app, services)
            await http.serve(app, host=host, port=port, ready=lambda port: _say_where(host, port))

    # what is read of long runs stays: to look through it again and again for garbage took a third of opening one
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)
    with open_toolbox(workers=workers, require_sandbox=require_sandbox) as toolbox:
        asyncio.run(run())


def _say_where(host: str, port: int) -> None:
    """Print the addresses of a server that listens."""
    url = f"http://{f'[{host}]' if ':' in host else host}:{port}"
    typer.echo(f"illuminas at {url}; MCP at {url}/mcp; for a search elsewhere: illuminas search --tools {url}/tools")
