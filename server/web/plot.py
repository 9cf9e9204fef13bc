"""Plotly figures on a page."""

from __future__ import annotations

from typing import Final

from nicegui import ui

from illuminas.server.web.figure import Figure

_HEAD: Final = """<script>
for (const url of [JSON.parse(document.querySelector("script[type=importmap]").textContent).imports["nicegui-plotly"]])
  document.head.append(Object.assign(document.createElement("link"), { rel: "modulepreload", href: url }));
addEventListener("unhandledrejection", (event) => {
  if (String(event.reason?.message).startsWith("Resize must be passed a displayed plot")) event.preventDefault();
});
</script>"""


def expect_plots() -> None:
    """Have the browser fetch plotly while it makes the page; called once a page, while it is built.

    It says nothing of plots that leave the page while plotly loads: NiceGUI resizes them still, which does no harm.
    """
    ui.add_head_html(_HEAD)


class Plot(ui.plotly):
    """A figure of plain data; whether it is an object of plotly.py is not asked, for that would import it."""

    def _get_figure_json(self) -> Figure:
        return self.figure


def plot(figure: Figure, label: str) -> Plot:
    """As wide as its place; ``label`` is what a screen reader says of it."""
    made = Plot(figure).classes("w-full")
    made.props["role"], made.props["aria-label"] = "img", label
    return made
