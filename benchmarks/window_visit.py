"""A person's way through the window of a large run, step by step, and how long each takes."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Page

PATIENCE = 120_000.0
"""Milliseconds after which a step has failed."""
_DRAWN = """(label) => {
  const found = document.querySelector(`[aria-label="${label}"]`);
  const plot = found?.classList.contains("js-plotly-plot") ? found : found?.querySelector(".js-plotly-plot");
  const full = plot?.data?.some((trace) => (trace.x ?? trace.y ?? []).length > 0);
  return Boolean(full && plot.querySelector(".trace, .point, canvas, .bars, .lines"));
}"""
"""Whether a plot, by its label, shows anything."""


class Visitor:
    """A page of the browser, and how long what it does takes."""

    def __init__(self, page: Page, url: str) -> None:
        self.page, self.url = page, url
        self.times: dict[str, float] = {}
        page.set_default_timeout(PATIENCE)

    def time(self, name: str, act: Callable[[], object], *shown: str | tuple[str, str]) -> None:
        """Do something, and note the seconds until all of ``shown`` is to be seen.

        Args:
            shown: selectors, or ``("plot", label)`` of one that must have drawn its points.
        """
        began = time.perf_counter()
        act()
        for each in shown:
            if isinstance(each, str):
                self.page.locator(each).first.wait_for()
            else:
                self.page.wait_for_function(_DRAWN, arg=each[1])
        self.page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
        self.times[name] = time.perf_counter() - began

    def tab(self, name: str) -> None:
        self.page.get_by_role("tab", name=name, exact=True).click()


CONTENT: dict[str, tuple[str | tuple[str, str], ...]] = {
    "Now": (".feed tr[data-event]", ("plot", "Shares of the operators over the rounds")),
    "Archive": (".cell-map g.cell.filled", ("plot", "Coverage and QD score over the rounds")),
    "Trade-offs": (
        '[data-testid="listing"] tbody tr',
        ("plot", "Two objectives against each other, with the Pareto front"),
        ("plot", "Hypervolume over the rounds"),
    ),
    "Family": (".family-map [data-hash]",),
    "Knowledge": ('[data-testid="rules"] .know-open',),
    "Diagnostics": (
        ("plot", "Where the time went"),
        ("plot", "Expected and measured"),
        ("plot", "The surrogate over the run"),
    ),
}
"""Tab -> what is to be seen once it is there."""


def look_around(visitor: Visitor, run: str) -> None:
    """Time a person's way through a run that has ended."""
    page = visitor.page
    visitor.time(
        "list of runs",
        lambda: page.goto(visitor.url, wait_until="commit"),
        f'.q-table a[href="/runs/{run}"] >> visible=true',
    )
    address = f"{visitor.url}/runs/{run}"
    feed, shares = CONTENT["Now"]
    visitor.time("page of the run", lambda: page.goto(address, wait_until="commit"), feed)
    visitor.time("page of the run: its plot, after that", lambda: None, shares)
    for name, content in CONTENT.items():
        if name != "Now":
            visitor.time(name, lambda name=name: visitor.tab(name), *content)
            _look_closer(visitor, name)
    visitor.time("Now, again", lambda: visitor.tab("Now"), *CONTENT["Now"])
    visitor.time("page of the run, loaded again", lambda: page.goto(address, wait_until="commit"), *CONTENT["Now"])


def _look_closer(visitor: Visitor, tab: str) -> None:
    page = visitor.page
    if tab == "Archive":
        cells = page.locator(".cell-map g.cell.filled")
        visitor.time("Archive: a cell", cells.first.click, ".cell-map g.cell.picked", "text=up to round")
        _scrub(visitor, tab, "archive")
        page.get_by_test_id("archive-cells").click()
        axes = page.get_by_role("option", name="any two axes")
        own = page.locator(".cell-map svg[aria-label]").first.get_attribute("aria-label")
        other = f'.cell-map svg[role=group]:not([aria-label="{own}"])'
        visitor.time("Archive: any two axes", axes.click, other, f"{other} g.cell.filled")
    elif tab == "Trade-offs":
        _scrub(visitor, tab, "tradeoffs")
    elif tab == "Knowledge":
        rules = page.locator('[data-testid="rules"] .know-open')
        evidence = ("plot", "The effect with its interval, over the architectures that made it")
        for name, place in (("first", 0), ("second", 1)):
            wanted = rules.nth(place).get_attribute("data-testid")
            shown = f'[data-testid="open-id"]:text-is("{wanted}")'
            visitor.time(f"Knowledge: {name} rule's card", rules.nth(place).click, shown, evidence)
        for name, content in (
            ("Timeline", ("plot", "Heuristics by status over rounds, and the life of each")),
            ("Differences", '[data-testid="differences"] .know-open'),
            ("Map", ("plot", "Heuristics by meaning, coloured by status")),
        ):
            visitor.time(f"Knowledge: {name}", lambda name=name: visitor.tab(name), content)
        visitor.tab("Rules")
        _scrub(visitor, tab, "knowledge")


def _scrub(visitor: Visitor, tab: str, name: str) -> None:
    """Move a scrubber to the middle of the run."""
    from playwright.sync_api import expect

    page = visitor.page
    box = page.get_by_test_id(f"{name}-slider").bounding_box()
    assert box is not None
    told = {
        "archive": page.get_by_text(re.compile("niches filled: coverage")),
        "tradeoffs": page.get_by_text(re.compile("evaluated architectures selected")),
        "knowledge": page.get_by_test_id("counts"),
    }[name]
    before = told.inner_text()

    def act() -> None:
        page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        expect(told).not_to_have_text(before, timeout=PATIENCE)

    visitor.time(f"{tab}: another round", act)
