"""The tabs Archive and Trade-offs in a real browser: scrub, play, click a cell, brush, and look at the table."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.server.web.conftest import PHONE, Shot, Site

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page


def _open(page: Page, url: str, tab: str) -> None:
    page.goto(url)
    page.get_by_role("tab", name=tab).click()
    page.get_by_test_id(f"{tab.lower().replace('-', '')}-round").wait_for()


def _choose(page: Page, which: str, option: str) -> None:
    page.get_by_test_id(which).click()
    page.get_by_role("option", name=option, exact=True).click()


def _drag(page: Page, plot: Locator, start: tuple[float, float], end: tuple[float, float]) -> None:
    """Over shares of a plot's area."""
    box = plot.locator(".nsewdrag").first.bounding_box()
    assert box is not None
    (x, y), (u, v) = (
        (box["x"] + across * box["width"], box["y"] + down * box["height"]) for across, down in (start, end)
    )
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move((x + u) / 2, (y + v) / 2, steps=4)
    page.mouse.move(u, v, steps=4)
    page.mouse.up()


def test_scrub_click_a_cell_brush_and_see_it_everywhere(site: Site, page: Page, shot: Shot) -> None:
    expect = pytest.importorskip("playwright.sync_api").expect
    _open(page, site.run("done"), "Archive")
    cells, filled = page.locator(".cell-map [data-cell]"), page.locator(".cell-map [data-state=filled]")
    expect(cells).to_have_count(6)
    at_the_end = page.get_by_test_id("archive-round").inner_text()
    last = int(at_the_end.split()[1])
    assert last > 5
    assert at_the_end == f"round {last} of {last}"
    count = filled.count()

    # back to the start and forward again, by keyboard
    slider = page.get_by_role("slider", name="round of the run").locator("[tabindex]")
    slider.focus()
    page.keyboard.press("Home")
    expect(page.get_by_test_id("archive-round")).to_have_text(f"round 0 of {last}")
    expect(filled).to_have_count(0)
    page.keyboard.press("ArrowRight")
    expect(page.get_by_test_id("archive-round")).to_have_text(f"round 1 of {last}")
    expect(filled).not_to_have_count(0)
    shot("archive-round-1")
    page.get_by_role("button", name="play", exact=True).click()
    page.get_by_role("button", name="pause", exact=True).wait_for()
    expect(page.get_by_test_id("archive-round")).to_have_text(at_the_end)
    page.get_by_role("button", name="play", exact=True).wait_for()
    expect(filled).to_have_count(count)

    # a cell by mouse, the next by keyboard
    filled.last.click()
    details = page.get_by_text("evaluated in it up to round")
    details.wait_for()
    expect(page.locator(".cell-map .picked")).to_have_count(1)
    expect(page.get_by_role("img", name=re.compile("cell", re.IGNORECASE)).first).to_be_visible()
    before = page.locator(".cell-map [aria-pressed=true]").get_attribute("data-cell")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    expect(page.locator(".cell-map [aria-pressed=true]")).not_to_have_attribute("data-cell", str(before))
    shot("archive", whole=True)
    shot("archive", dark=True, whole=True)
    for shade in ("latency on chip_ms", "age", "visits", "uncertainty"):
        _choose(page, "archive-shade", shade)
        page.locator(".cell-map .bar").wait_for()
    shot("archive-uncertainty", whole=True)

    # a brush over the plot is seen in the table and in the heatmap
    page.get_by_role("tab", name="Trade-offs").click()
    plot = page.get_by_role("img", name="Two objectives against each other")
    page.get_by_text("0 of 40 evaluated architectures selected").wait_for()
    plot.locator(".scatterlayer .point").first.wait_for()
    _drag(page, plot, (0.01, 0.01), (0.99, 0.6))
    title = page.get_by_text(re.compile(r"^[1-9]\d* of 40 evaluated architectures selected$"))
    title.wait_for()
    chosen = int(title.inner_text().split()[0])
    rows = page.get_by_test_id("listing").locator("tbody tr")
    expect(rows).to_have_count(min(10, chosen))
    expect(rows.locator("[role=checkbox][aria-checked=true]")).to_have_count(min(10, chosen))
    shot("tradeoffs", whole=True)
    shot("tradeoffs", dark=True, whole=True)
    rows.first.locator("[role=checkbox]").click()
    page.get_by_text(f"{chosen - 1} of 40 evaluated architectures selected").wait_for()
    page.get_by_role("button", name="round").click()
    header = page.get_by_role("columnheader", name="round")
    expect(header).to_have_attribute("aria-sort", "descending")
    expect(header.locator("button")).to_be_focused()
    page.keyboard.press("Enter")
    expect(header).to_have_attribute("aria-sort", "ascending")
    with page.expect_download() as download:
        page.get_by_role("button", name="Export CSV").click()
    assert len(download.value.path().read_text().splitlines()) == chosen
    _choose(page, "tradeoffs-cost", "number of parameters, k")
    expect(plot.locator(".xtitle")).to_have_text("number of parameters, k (lower is better)")
    page.get_by_role("tab", name="Archive").click()
    marked = page.locator(".cell-map [data-cell]:not([data-marked='0'])")
    marked.first.wait_for()
    counts = [int(str(cell.get_attribute("data-marked"))) for cell in marked.all()]
    assert sum(counts) == chosen - 1
    shot("archive-brushed", whole=True)


def test_other_runs_open_at_a_phone_s_width_without_a_word_too_many(site: Site, page: Page, shot: Shot) -> None:
    expect = pytest.importorskip("playwright.sync_api").expect
    _open(page, site.run("code"), "Archive")
    expect(page.locator(".cell-map [data-cell]")).to_have_count(100)
    expect(page.locator(".cell-map [data-state=failed]")).not_to_have_count(0)
    page.locator(".cell-map [data-state=filled]").first.focus()
    page.keyboard.press("Enter")
    page.get_by_text("evaluated in it up to round").wait_for()
    shot("archive-code", whole=True)
    _choose(page, "archive-cells", "any two axes")
    expect(page.locator(".cell-map [data-cell]")).to_have_count(36, timeout=60_000)
    shot("archive-axes", whole=True)
    _choose(page, "archive-shade", "uncertainty")
    page.get_by_text("This run has no surrogate").wait_for()
    page.set_viewport_size(PHONE)
    shot("archive-phone", whole=True)
    page.get_by_role("tab", name="Trade-offs").click()
    page.get_by_text("of 101 evaluated architectures selected").wait_for()
    page.get_by_role("img", name="Two objectives against each other").locator(".scatterlayer .point").first.wait_for()
    shot("tradeoffs-phone", whole=True)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    _open(page, site.run("empty"), "Archive")
    expect(page.locator(".cell-map [data-state=empty]")).to_have_count(6)
    shot("archive-empty", whole=True)
