"""The web application: the MCP server at ``/mcp``, the tools of searches at ``/tools``, and ``/health``.

Everything but the last passes the authentication middleware. More may be mounted beside them:
``build_app(..., routes=...)``.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from socket import socket
from typing import Any

from mcp.server.mcpserver import MCPServer
from mcp.server.transport_security import TransportSecuritySettings
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import BaseRoute, Route

from illuminas import __version__
from illuminas.server.services.auth_middleware import OPEN, SURFACE, TOOLS, AuthMiddleware
from illuminas.server.services.principals import Sessions, Tokens
from illuminas.tools.errors import IlluminasError

LOOPBACK = ("127.0.0.1", "localhost", "::1")
A_SECOND = 50.0
"""Requests a second of one client, unless told otherwise."""


def build_app(
    server: MCPServer[Any],
    tools: MCPServer[Any],
    *,
    tokens: Tokens,
    hosts: Sequence[str] = LOOPBACK,
    a_second: float = A_SECOND,
    routes: Sequence[BaseRoute] = (),
    sessions: Sessions | None = None,
) -> Starlette:
    """The application over two MCP servers.

    Args:
        server: for clients.
        tools: for searches elsewhere.
        tokens: who may come in; with none of them everybody may.
        hosts: names by which the server is called.
        a_second: requests a second that a client may make.
        routes: what else is served, behind the same authentication.
        sessions: of browsers; None where there are no pages.
    """
    # the authentication middleware has checked Host and Origin by then
    checked = TransportSecuritySettings(enable_dns_rebinding_protection=False)
    mounted = [
        *server.streamable_http_app(streamable_http_path=SURFACE, transport_security=checked).routes,
        *tools.streamable_http_app(streamable_http_path=TOOLS, transport_security=checked).routes,
    ]

    async def health(request: Request) -> JSONResponse:
        return JSONResponse({"status": "ok", "version": __version__})

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            for each in (server, tools):
                await stack.enter_async_context(each.session_manager.run())
            yield

    return Starlette(
        routes=[Route(OPEN, health), *mounted, *routes],
        middleware=[
            Middleware(AuthMiddleware, tokens=tokens, hosts=hosts, a_second=a_second, sessions=sessions or Sessions())
        ],
        lifespan=lifespan,
    )


def check_address(host: str, tokens: Tokens) -> None:
    """Refuse to listen for strangers without knowing them.

    Raises:
        IlluminasError: the address is not a loopback one, and there is no token.
    """
    if host not in LOOPBACK and not len(tokens):
        raise IlluminasError(
            f"--host {host} is reached from other machines, so a token is required: set $ILLUMINAS_TOKEN, or give a "
            f"file of them with --tokens. Without one, listen on loopback: {', '.join(LOOPBACK)}."
        )


async def serve(app: Starlette, *, host: str, port: int, ready: Callable[[int], None]) -> None:
    """Serve until interrupted; streams that are open then have three seconds to end.

    Args:
        port: 0 takes one that is free.
        ready: is told the port once it is open.
    """
    import uvicorn

    class Server(uvicorn.Server):
        async def startup(self, sockets: list[socket] | None = None) -> None:
            await super().startup(sockets)
            if self.started:
                ready(self.servers[0].sockets[0].getsockname()[1])

    await Server(uvicorn.Config(app, host=host, port=port, log_level="warning", timeout_graceful_shutdown=3)).serve()
