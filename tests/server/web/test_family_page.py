"""The family tree, the diagnostics and the comparison in a real browser."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.server.web.conftest import PHONE, Shot, Site

if TYPE_CHECKING:
    from playwright.sync_api import Page

_FITS = "(width) => document.body.scrollWidth <= width && document.documentElement.scrollWidth <= width"
"""Nothing sticks out at the side of a page."""


def open_tab(page: Page, name: str) -> None:
    """Open a tab of a run's page, once the page has its connection."""
    page.wait_for_function("window.did_handshake")
    page.get_by_role("tab", name=name).click()


def test_lineage_diagnostics_and_comparison_in_a_browser(site: Site, page: Page, shot: Shot) -> None:
    expect = pytest.importorskip("playwright.sync_api").expect
    page.goto(site.run("done"))
    open_tab(page, "Family")
    members = page.locator(".member")
    expect(members).to_have_count(40)
    expect(page.get_by_text("40 evaluated", exact=False)).to_be_visible()
    expect(page.locator(".portrait")).to_have_count(2)
    shot("family", whole=True)
    shot("family", whole=True, dark=True)

    # one is compared with its parent, two with each other
    members.nth(20).click()
    expect(members.nth(20)).to_have_attribute("aria-pressed", "true")
    chosen = members.nth(20).get_attribute("data-hash")
    right = page.locator(".portrait").last
    expect(right).to_have_attribute("data-hash", chosen or "")
    members.nth(30).click(modifiers=["Shift"])
    expect(page.locator('.member[aria-pressed="true"]')).to_have_count(2)
    expect(page.locator(".portrait").first).to_have_attribute("data-hash", chosen or "")
    expect(page.locator(".portrait-drawing svg")).to_have_count(2)
    shot("family-pair", whole=True)

    # the keyboard walks from one to the next, and selects
    members.nth(20).focus()
    page.keyboard.press("ArrowLeft")
    there = page.evaluate("document.activeElement.dataset.hash")
    assert there and there != chosen
    page.keyboard.press("Enter")
    expect(page.locator('.member[aria-pressed="true"]')).to_have_count(1)
    expect(page.locator(f'.member[data-hash="{there}"]')).to_have_attribute("aria-pressed", "true")

    # what is selected is ringed in the diagnostics
    open_tab(page, "Diagnostics")
    expect(page.locator(".js-plotly-plot .main-svg").first).to_be_visible()
    expect(page.get_by_text("Where the time went")).to_be_visible()
    expect(page.get_by_text("No LLM was asked.")).to_be_visible()
    shot("diagnostics", whole=True)
    shot("diagnostics", whole=True, dark=True)

    page.goto(f"{site.url}/compare?runs={site.runs['done']},{site.runs['other']}")
    expect(page.locator(".js-plotly-plot .main-svg").first).to_be_visible()
    expect(page.get_by_text(re.compile(r"Of \d+ niches"))).to_be_visible()
    expect(page.get_by_text(re.compile(r"\d+ claims"))).to_be_visible()
    page.get_by_role("button", name="by seconds").click()
    expect(page.locator(".xtitle").first).to_have_text("time into the run, seconds")
    shot("compare", whole=True)
    shot("compare", whole=True, dark=True)
    page.set_viewport_size(PHONE)
    page.wait_for_function(_FITS, arg=PHONE["width"])
    shot("compare-phone", whole=True)

    page.goto(f"{site.url}/compare?runs={site.runs['done']},nowhere")
    expect(page.get_by_text("unknown run 'nowhere'", exact=False)).to_be_visible()


def test_free_source_an_empty_run_and_a_phone(site: Site, page: Page, shot: Shot) -> None:
    expect = pytest.importorskip("playwright.sync_api").expect
    page.goto(site.run("empty"))
    open_tab(page, "Family")
    expect(page.get_by_text("Nothing was evaluated yet.")).to_be_visible()
    shot("family-empty")
    open_tab(page, "Diagnostics")
    expect(page.get_by_text("Nothing was evaluated yet.").first).to_be_visible()
    shot("diagnostics-empty", whole=True)

    page.goto(site.run("code"))
    open_tab(page, "Diagnostics")
    expect(page.get_by_role("cell", name="coder-instructed")).to_be_visible()
    shot("diagnostics-code", whole=True)
    open_tab(page, "Family")
    expect(page.locator(".member")).to_have_count(101)
    page.get_by_text("What the LLM was asked, and said").last.click()
    expect(page.get_by_text("New network:").last).to_be_visible()
    shot("family-code", whole=True)
    page.set_viewport_size(PHONE)
    expect(page.locator(".portrait-drawing svg").first).to_be_visible()
    page.wait_for_function(_FITS, arg=PHONE["width"])
    shot("family-phone", whole=True)
