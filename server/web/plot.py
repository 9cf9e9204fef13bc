"""Plotly figures on a page, alone or as charts under a title."""

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

    def update_figure(self, figure: Figure) -> None:
        """Show another figure; nothing is sent where it is the one that is shown."""
        if figure != self.figure:
            super().update_figure(figure)

    def _get_figure_json(self) -> Figure:
        return self.figure


def plot(figure: Figure, label: str) -> Plot:
    """As wide as its place; ``label`` is what a screen reader says of it."""
    made = Plot(figure).classes("w-full")
    made.props["role"], made.props["aria-label"] = "img", label
    return made


class Chart:
    """A plot under its title, or what is said where there is nothing to plot.

    Attributes:
        about: how it is read.

    Args:
        wide: it takes the whole row of the grid that it stands in.
    """

    def __init__(self, title: str, about: str, *, wide: bool = False) -> None:
        self._title, self.about = title, about
        self._plot: ui.plotly | None = None
        with ui.element("section").style("min-width: 0").classes("col-span-full" if wide else "") as self._section:
            ui.label(title).classes("text-base font-bold").props("role=heading aria-level=3")
            self._words = ui.label(about).classes("text-sm opacity-80")

    def show(self, figure: Figure | None, otherwise: str) -> ui.plotly | None:
        """Show the figure, or say ``otherwise``; returns the plot where it is a new one."""
        self._words.text = otherwise if figure is None else self.about
        if figure is None:
            if self._plot is not None:
                self._plot.delete()
                self._plot = None
            return None
        if self._plot is not None:
            self._plot.update_figure(figure)
            return None
        with self._section:
            self._plot = plot(figure, self._title).mark(self._title)
        return self._plot


def grid() -> ui.element:
    """Charts side by side, as many as have room."""
    columns = "grid-template-columns: repeat(auto-fit, minmax(min(26rem, 100%), 1fr)); gap: 1.5rem"
    return ui.element("div").classes("w-full").style(f"display: grid; {columns}")
