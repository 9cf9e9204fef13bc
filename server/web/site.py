"""The web app's pages, mounted at ``/`` beside MCP."""

from __future__ import annotations

from typing import Any, cast

from nicegui import ui
from starlette.applications import Starlette

from illuminas.server.surface.desk import Desk
from illuminas.server.web.run_page import RunPage
from illuminas.server.web.runs_page import RunsPage


def mount_site(app: Starlette, desk: Desk) -> None:
    """Mount the pages on the application that serves MCP; call it once a process, after everything else is mounted."""

    @ui.page("/")
    def runs() -> None:
        RunsPage(desk).build()

    @ui.page("/runs/{run_id}")
    def run(run_id: str) -> None:
        RunPage(desk, run_id).build()

    ui.run_with(cast("Any", app), title="illuminas", dark=None, show_welcome_message=False)
