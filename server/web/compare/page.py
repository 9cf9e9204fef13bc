"""Two runs or more beside each other: curves, fronts, archives, knowledge, settings, costs."""

from __future__ import annotations

from operator import attrgetter
from typing import Any, Final

from nicegui import run as background
from nicegui import ui

from illuminas.memory.heuristics import Heuristic
from illuminas.server.services.knowledge.differences import Agreement, Finding, findings
from illuminas.server.viz.palette import STATUS
from illuminas.server.viz.plots.run import axis_words
from illuminas.server.web.compare.archives import differing, lead_words, niche_lines, warnings
from illuminas.server.web.compare.figures import Along, curves_figure, fronts_figure
from illuminas.server.web.compare.side import Side, side
from illuminas.server.web.entry.client import WebClient
from illuminas.server.web.figure import COLORS
from illuminas.server.web.plot import Chart, grid
from illuminas.server.web.table import columns
from illuminas.server.web.theme import header
from illuminas.tools.errors import IlluminasError

_PAGE: Final = 12
MOST: Final = 5
"""Runs at once; more have no colours of their own."""
_CURVES: Final = (
    ("Best so far", "Of the first objective.", "", "best"),
    ("Coverage", "Of the reachable niches, how many hold something.", "coverage, % (higher is better)", "coverage"),
    ("QD score", "Sum over niches of the best by the first objective.", "QD score (higher is better)", "qd_score"),
    (
        "Hypervolume",
        "Share of the reference box below each run's front.",
        "hypervolume, share (higher is better)",
        "hypervolume",
    ),
)
_NO_VOLUME: Final = "No run has it: it needs two objectives."
_HELD: Final = "held by some run"
_EVERY: Final = "every one"


class ComparePage:
    """The page of ``/compare?runs=a,b``; without runs it offers them."""

    def __init__(self, client: WebClient, runs: str) -> None:
        self._client = client
        self._asked = list(dict.fromkeys(name.strip() for name in runs.split(",") if name.strip()))
        self._sides: list[Side] = []

    async def build(self) -> None:
        ui.page_title("Compare – illuminas")
        with header(self._client):
            ui.label("Compare runs")
            ui.space()
        with ui.column().classes("page gap-4"):
            self._chooser()
            if len(self._asked) < 2:
                ui.label(f"Choose two runs or more, at most {MOST}.").classes("quiet")
                return
            try:
                sides = await background.io_bound(self._take)
            except IlluminasError as error:
                ui.label(str(error)).classes("wrap").mark("error")
                return
            if sides:  # nothing where the server is ending
                self._sides = sides
                self._build()

    def _take(self) -> list[Side]:
        return [side(self._client.run(name), place) for place, name in enumerate(self._asked[:MOST])]

    def _chooser(self) -> None:
        known = [folder.id for folder in self._client.folders()]
        chosen = [name for name in self._asked if name in known]
        with ui.row().classes("w-full items-center gap-3"):
            select = ui.select(known, value=chosen, multiple=True, label="Runs").props("use-chips dense")
            select.classes("grow").style("min-width: min(20rem, 100%)").mark("compare-runs")
            ui.button("Compare", on_click=lambda: ui.navigate.to(f"/compare?runs={','.join(select.value)}"))

    def _build(self) -> None:
        with ui.row().classes("w-full gap-4"):
            for place, each in enumerate(self._sides):
                with ui.row().classes("items-center gap-2"):
                    ui.label(each.name[0]).classes("px-1 font-bold").style(f"border-bottom: 4px solid {COLORS[place]}")
                    ui.link(each.id, f"/runs/{each.id}").classes("mono wrap")
        for words in warnings(self._sides):
            with ui.row().classes("items-center gap-2 no-wrap").mark("compare-warning"):
                ui.icon("warning_amber", size="1.2rem").props('aria-hidden="true"')
                ui.label(words)
        along = ui.toggle({"evaluations": "by evaluations", "seconds": "by seconds"}, value="evaluations")
        along.props('dense no-caps aria-label="What the curves run along"').mark("compare-along")
        with grid():
            charts = [Chart(title, about) for title, about, *_ in _CURVES]
            fronts = Chart("Pareto fronts", "What each run reached of its first two objectives.", wide=True)
        self._draw(charts, along.value)
        along.on_value_change(lambda: self._draw(charts, along.value))
        fronts.show(fronts_figure(self._sides), "No run has a front, or they have different objectives.")
        self._archives()
        self._knowledge()
        self._differences()

    def _draw(self, charts: list[Chart], along: Along) -> None:
        for chart, (_, _, y, name) in zip(charts, _CURVES, strict=True):
            titles = list(dict.fromkeys(axis_words(each.objectives[0]) for each in self._sides))
            drawn = curves_figure(self._sides, along, attrgetter(name), y or " / ".join(titles))
            chart.show(drawn, _NO_VOLUME if name == "hypervolume" else "No round has ended yet.")

    def _archives(self) -> None:
        _heading("Archives, niche by niche")
        lines = niche_lines(self._sides)
        if lines is None:
            ui.label("The runs have different niches or first objectives, so their archives cannot be compared.")
            return
        ui.label(lead_words(lines, self._sides)).classes("wrap")
        primary = self._sides[0].objectives[0]
        rows = [
            {"niche": line.words}
            | {
                str(place): "–" if value is None else f"{primary.text(value, 4)}{' ◀' if place == line.leader else ''}"
                for place, value in enumerate(line.best)
            }
            for line in lines
        ]
        _table({"niche": "niche"} | self._heads(">best, "), rows, "niche").mark("compare-niches")
        ui.label("◀ is the best of its niche, – an empty niche.").classes("quiet text-sm")

    def _knowledge(self) -> None:
        _heading("Knowledge")
        found = findings([each.heuristics for each in self._sides])
        if not found:
            ui.label("No run has a heuristic.")
            return
        counts = {word: sum(each.agreement is word for each in found) for word in Agreement}
        told = [f"{count} {word.value}" for word, count in counts.items() if count]
        ui.label(f"{len(found)} claims: {', '.join(told)}.").mark("compare-claims")
        options = [_HELD, *(word.value for word in Agreement if counts[word]), _EVERY]
        shown = ui.toggle(options, value=_HELD).props('dense no-caps aria-label="Which claims are shown"')
        shown.mark("compare-filter").classes("flex-wrap")
        table = _table({"text": "heuristic", "agreement": "who"} | self._heads(), [], "key").mark("compare-knowledge")

        def show() -> None:
            table.rows = [self._row(number, each) for number, each in enumerate(found) if _passes(each, shown.value)]

        shown.on_value_change(show)
        show()

    def _row(self, number: int, finding: Finding) -> dict[str, Any]:
        having = [each.name[0] for each, held in zip(self._sides, finding.held, strict=True) if held is not None]
        who = f"only {having[0]}" if finding.agreement is Agreement.ONE else finding.agreement.value
        cells = {str(place): _cell(each) for place, each in enumerate(finding.held)}
        return {"key": number, "text": finding.text, "agreement": who} | cells

    def _differences(self) -> None:
        with grid():
            with ui.element("section").style("min-width: 0"):
                _heading("Settings that differ")
                rows = [
                    {"name": name} | {str(place): value for place, value in enumerate(values)}
                    for name, values in differing(self._sides).items()
                ]
                if rows:
                    _table({"name": "setting"} | self._heads(), rows, "name")
                else:
                    ui.label("None.")
            with ui.element("section").style("min-width: 0"):
                _heading("Cost")
                rows = [
                    {"name": name} | {str(p): f"{each.costs[name]:,}" for p, each in enumerate(self._sides)}
                    for name in self._sides[0].costs
                ]
                _table({"name": "what"} | self._heads(">"), rows, "name").mark("compare-costs")

    def _heads(self, words: str = "") -> dict[str, str]:
        """A column a run."""
        return {str(place): f"{words}{each.name}" for place, each in enumerate(self._sides)}


def _heading(words: str) -> None:
    ui.label(words).classes("text-base font-bold").props("role=heading aria-level=2")


def _table(heads: dict[str, str], rows: list[dict[str, Any]], key: str) -> ui.table:
    style = "white-space: normal; overflow-wrap: anywhere; min-width: 7rem"
    table = ui.table(columns=columns(heads, sortable=True, style=style), rows=rows, row_key=key, pagination=_PAGE)
    table.classes("w-full").props("flat dense wrap-cells")
    return table.props("hide-bottom") if 0 < len(rows) <= _PAGE else table


def _passes(finding: Finding, wanted: str) -> bool:
    return finding.active if wanted == _HELD else wanted in (_EVERY, finding.agreement.value)


def _cell(heuristic: Heuristic | None) -> str:
    if heuristic is None:
        return "–"
    status = heuristic.status
    return f"{STATUS[status].glyph} {status.value}: {heuristic.evidence.words(heuristic.objective)}"
