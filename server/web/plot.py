"""Plotly figures on a page."""

from __future__ import annotations

from typing import Final

from nicegui import ui

from illuminas.server.web.figure import Figure

_QUIET: Final = """<script>
addEventListener("unhandledrejection", (event) => {
  if (String(event.reason?.message).startsWith("Resize must be passed a displayed plot")) event.preventDefault();
});
</script>"""


def quiet_plots() -> None:
    """Say nothing of plots that leave the page while plotly loads: NiceGUI resizes them still, which does no harm.

    Called once a page, while it is built.
    """
    ui.add_head_html(_QUIET)


def plot(figure: Figure, label: str) -> ui.plotly:
    """As wide as its place; ``label`` is what a screen reader says of it."""
    made = ui.plotly(figure).classes("w-full")
    made.props["role"], made.props["aria-label"] = "img", label
    return made
