"""The list of runs."""

from __future__ import annotations

from nicegui import ui

from illuminas.server.surface.desk import Desk


class RunsPage:
    """Every run, the newest first."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def build(self) -> None:
        ui.label("illuminas").classes("text-2xl")
        for folder in self._desk.folders():
            ui.link(folder.id, f"/runs/{folder.id}")
