"""The web app's pages, mounted at ``/`` beside MCP."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Any, Final, cast

from nicegui import app as pages
from nicegui import run as background
from nicegui import ui
from starlette.applications import Starlette
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request

from illuminas.server.services.auth_middleware import Visitor
from illuminas.server.services.services import NotBegun, Services
from illuminas.server.web.chat.chat_models import ChatModels
from illuminas.server.web.compare.page import ComparePage
from illuminas.server.web.entry.client import WebClient
from illuminas.server.web.entry.security_headers import SecurityHeaders
from illuminas.server.web.entry.sockets import guard_sockets
from illuminas.server.web.error_pages import install_error_pages
from illuminas.server.web.run.page import RunPage
from illuminas.server.web.runs.beginning import UnbegunPage
from illuminas.server.web.runs.page import RunsPage
from illuminas.server.web.theme import header, look
from illuminas.tools.errors import IlluminasError

ICON: Final = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 2 2">
<path fill="#0072b2" d="M1 0h1v1H1z"/><path fill="#009e73" d="M1 1h1v1H1z"/>
<path fill="#e69f00" d="M0 1h1v1H0z"/><path fill="#56b4e9" d="M0 0h1v1H0z"/></svg>"""
RESPONSE = 30.0
"""Seconds that a page may take to be built."""
AT_ONCE = 0.2
"""Seconds that a page waits for its run before it says so."""
RECONNECT = 20.0
"""Seconds for which a page that lost its connection is kept as it was."""

COMPRESSION = 1
"""Level of gzip; the best one takes longer for plotly than most networks take to carry what it saves."""


def _show_refusal(client: WebClient, error: IlluminasError) -> None:
    with header(client):
        ui.space()
    with ui.column().classes("page"):
        ui.label(str(error)).classes("wrap").mark("error")
        ui.link("All runs", "/")


def mount_site(app: Starlette, services: Services) -> None:
    """Mount the pages on the application that serves MCP; call it once a process, after everything else is mounted."""
    clients: dict[str, WebClient] = {}
    chat_models = ChatModels()
    pages.on_shutdown(chat_models.close)

    def client(request: Request) -> WebClient:
        """That of whoever asks; one for all the pages of a person."""
        visitor: Visitor = request.scope["user"]
        found = clients.get(visitor.principal.name)
        if found is None or found.principal != visitor.principal:
            found = clients[visitor.principal.name] = WebClient(services, visitor.principal, named=visitor.logged_in)
        return found

    @ui.page("/")
    def runs(request: Request) -> None:
        look()
        RunsPage(client(request)).build()

    @ui.page("/runs/{run_id}", response_timeout=RESPONSE)
    async def run(request: Request, run_id: str, tab: str = "") -> None:
        look()
        mine = client(request)
        opening = asyncio.ensure_future(background.io_bound(mine.run, run_id))
        if not (await asyncio.wait([opening], timeout=AT_ONCE))[0]:
            with ui.row().classes("page items-center") as told:
                ui.spinner()
                ui.label(f"Opening {run_id}…").classes("mono wrap")
            await ui.context.client.connected(RESPONSE)  # its scripts load meanwhile
            await asyncio.wait([opening])
            if ui.context.client.is_deleted:
                return
            told.delete()
        try:
            found = await opening
        except NotBegun:
            UnbegunPage(mine, run_id).build()
        except IlluminasError as error:
            _show_refusal(mine, error)
        else:
            if found is not None:  # the server is ending
                RunPage(found, mine, chat_models).build(tab)

    @ui.page("/compare", response_timeout=RESPONSE)
    async def compare(request: Request, runs: str = "") -> None:
        look()
        await ComparePage(client(request), runs).build()

    pages.add_middleware(SecurityHeaders)
    install_error_pages()
    guard_sockets()
    ui.run_with(
        cast("Any", app),
        title="illuminas",
        favicon=ICON,
        dark=None,
        reconnect_timeout=RECONNECT,
        gzip_middleware_factory=partial(GZipMiddleware, compresslevel=COMPRESSION),
        show_welcome_message=False,
    )
