"""How quick the window is on a large run, and whether its memory stays flat while a run goes on.

    python benchmarks/window.py [--candidates 10000] [--heuristics 1000] [--json]
    python benchmarks/window.py --live 3600 --pace 0.5 [--json]

Both serve a made-up run from a data folder that is thrown away, and look at it in the system's Chromium, by Playwright.
The first times what a person waits for: the page, every tab's first opening, a rule, a cell, another round; once right
after the server has started and once more in a fresh page. With ``--live`` a process of its own goes on writing the
run's log, a page stays open and goes through its tabs, and memory and lag are noted all the while.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from made_up_run import write_large_run
from window_live import Growth, watch
from window_visit import Visitor, look_around

if TYPE_CHECKING:
    from playwright.sync_api import Browser

LARGE = "20260101-000000-large"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


class Server(NamedTuple):
    """One that is running."""

    url: str
    pid: int


@contextmanager
def serving(home: Path) -> Iterator[Server]:
    """``illuminas serve`` over a data folder."""
    command = [sys.executable, "-c", "from illuminas.server.cli.app import main; main()", "serve", "--port", "0"]
    environment = os.environ | {"ILLUMINAS_HOME": str(home), "PYTHONUNBUFFERED": "1"}
    server = subprocess.Popen([*command, "--workers", "1"], env=environment, stdout=subprocess.PIPE, text=True)
    assert server.stdout is not None
    try:
        said = server.stdout.readline()
        found = re.search(r"http://\S+:\d+", said)
        if found is None:
            sys.exit(f"illuminas serve did not start: {said}")
        yield Server(found[0], server.pid)
    finally:
        server.terminate()
        server.wait(30)


@contextmanager
def browsing() -> Iterator[Browser]:
    """The system's Chromium; where it or Playwright is missing, the benchmark says so and ends."""
    try:
        from playwright.sync_api import sync_playwright
    except ModuleNotFoundError:
        sys.exit("skipped: Playwright is not installed: pip install playwright")
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        sys.exit("skipped: there is no Chromium on this machine: apt install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield browser
        browser.close()


def opening(home: Path) -> dict[str, list[float]]:
    """Step -> seconds right after the server has started, and in a second, fresh page."""
    found: dict[str, list[float]] = {}
    with browsing() as browser, serving(home) as server:
        for _ in range(2):
            context = browser.new_context(viewport={"width": 1280, "height": 800}, reduced_motion="reduce")
            visitor = Visitor(context.new_page(), server.url)
            look_around(visitor, LARGE)
            context.close()
            for step, seconds in visitor.times.items():
                found.setdefault(step, []).append(seconds)
    return found


def living(home: Path, seconds: float, pace: float, start: int) -> Growth:
    """Watch a run that goes on for a while."""
    with browsing() as browser, serving(home) as server:
        return watch(browser, server.url, server.pid, home, seconds=seconds, pace=pace, start=start)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--candidates", type=int, default=10_000)
    parser.add_argument("--heuristics", type=int, default=1_000)
    parser.add_argument("--large", type=Path, help="folder of a large run that was written before")
    parser.add_argument("--live", type=float, nargs="?", const=60.0, help="watch a live run for so many seconds")
    parser.add_argument("--pace", type=float, default=1.0, help="candidates a second of the live run")
    parser.add_argument("--start", type=int, default=200, help="candidates that the live run begins with")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as thrown_away:
        home = Path(thrown_away)
        (home / "runs").mkdir()
        if given.live is not None:
            growth = living(home, given.live, given.pace, given.start)
            print(growth.model_dump_json() if given.json else growth.words)
            return
        if given.large is not None:
            shutil.copytree(given.large, home / "runs" / LARGE)
        else:
            write_large_run(home / "runs" / LARGE, candidates=given.candidates, heuristics=given.heuristics)
        found = opening(home)
    if given.json:
        print(json.dumps(found))
        return
    print(f"{'seconds':40} {'first':>7} {'again':>7}   load {os.getloadavg()[0]:.1f}")
    for step, (first, again) in found.items():
        print(f"{step:40} {first:7.2f} {again:7.2f}")


if __name__ == "__main__":
    main()
