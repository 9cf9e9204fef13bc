"""A plotly figure on a page."""

from __future__ import annotations

from typing import Final

from nicegui import ui

from illuminas.server.web.figure import Figure

_QUIET: Final = """
window.quietPlots ||= window.addEventListener("unhandledrejection", (event) => {
  if (String(event.reason?.message).startsWith("Resize must be passed a displayed plot")) event.preventDefault();
}) ?? true;
"""
"""NiceGUI resizes a plot that left the page while plotly was loading; that does no harm."""


def plot(figure: Figure, label: str) -> ui.plotly:
    """As wide as its place; ``label`` is what a screen reader says of it."""
    ui.run_javascript(_QUIET)
    made = ui.plotly(figure).classes("w-full")
    return made.props(f'role="img" aria-label="{label}"')
