"""A page is there before its run is open, and once it is closed it leaves nothing behind on the server."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from tests.server.web.conftest import ROOT, UNWANTED, Site

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytest.importorskip("playwright", reason="Playwright is not installed: pip install playwright")

PAGES = 3
_SERVER = """
import gc, threading, weakref
from illuminas.server.web import site
from illuminas.server.web.page_state import PageState
from illuminas.server.web.run.page import RunPage
site.RECONNECT = 0.1
site.AT_ONCE = 0.0
for kind in (RunPage, PageState):
    def made(self, *given, _begin=kind.__init__):
        weakref.finalize(self, print, "gone", flush=True)
        _begin(self, *given)
    kind.__init__ = made
def collect():
    while True:
        gc.collect()
        threading.Event().wait(0.2)
threading.Thread(target=collect, daemon=True).start()
from illuminas.server.cli.app import main
main()
"""
"""Waits for no run before it sends its page, and says so whenever the objects behind a page are freed."""


def test_a_page_is_there_before_its_run_and_leaves_nothing_behind(site: Site, browser: Browser) -> None:
    environment = {name: value for name, value in os.environ.items() if name not in UNWANTED}
    environment |= {"ILLUMINAS_HOME": str(site.home), "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}
    command = [sys.executable, "-c", _SERVER, "serve", "--port", "0", "--workers", "1"]
    with (
        subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as server,
        ThreadPoolExecutor(1) as reader,
    ):
        assert server.stdout is not None
        try:
            url = re.search(r"http://\S+:\d+", server.stdout.readline())
            assert url is not None
            unknown = browser.new_page()
            unknown.goto(f"{url[0]}/runs/nothing-like-it")
            unknown.get_by_text(re.compile("unknown run 'nothing-like-it'")).wait_for()
            for _ in range(PAGES):
                context = browser.new_context()
                page = context.new_page()
                page.goto(f"{url[0]}/runs/{site.runs['done']}")
                for tab in ("Archive", "Trade-offs", "Family", "Knowledge", "Diagnostics"):
                    page.get_by_role("tab", name=tab, exact=True).click()
                    page.get_by_role("tabpanel").locator("svg").first.wait_for()
                context.close()
            for _ in range(2 * PAGES):
                assert reader.submit(server.stdout.readline).result(timeout=60) == "gone\n"
        finally:
            server.terminate()
