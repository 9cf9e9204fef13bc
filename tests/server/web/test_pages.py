"""The pages open in a real browser, and say nothing wrong."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tests.server.web.conftest import Shot, Site

if TYPE_CHECKING:
    from playwright.sync_api import Page


def test_the_list_leads_to_a_run(site: Site, page: Page, shot: Shot) -> None:
    page.goto(site.url)
    page.get_by_role("link", name=site.runs["done"]).click()
    page.wait_for_url(re.compile("/runs/"))
    page.get_by_role("tab", name="Now").wait_for()
    shot("now")
