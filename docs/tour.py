"""Make the pictures of docs/tour.md again.

    python docs/tour.py                                # all of them, in some six minutes on two cores
    python docs/tour.py --home .tour                   # the same, and keep the searches
    python docs/tour.py --home .tour --only archive    # one of them anew, of the searches that were kept

Two real searches, on images that ship with the package, run in a data folder of their own. The second is started in the
window, watched and steered there; then Chromium goes through every view. The local LLM takes part where `illuminas
models pull` has fetched it. What is needed: the installation of `make test`, and Chromium on the system.
"""

from __future__ import annotations

import argparse
import io
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tour_views import BEGUN, ENDED, ILLUMINAS, LIVE, WIDTH, Take, Tour

from illuminas.memory.events import EventLog
from illuminas.memory.knowledge import as_of
from illuminas.memory.runs import RunFolder, list_runs, open_state, run_status
from illuminas.tools.paths import models_folder

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

PICTURES: Final = Path(__file__).parent / "pictures"
EARLIER: Final = BEGUN | {"evaluations": "40", "seed": "2"}
"""The search that the other is compared with."""
MINUTES: Final = 20.0
"""After which a search is given up."""
LARGEST: Final = 150_000
"""Bytes of a picture."""
FLAGS: Final = ("--no-sandbox", "--disable-gpu", "--disable-background-networking")


def main() -> None:
    names = [*LIVE, *ENDED]
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", action="append", choices=names, metavar="NAME", help=f"one of {', '.join(names)}")
    parser.add_argument("--home", type=Path, help="data folder that is kept; ended searches in it are not run again")
    parser.add_argument("--out", type=Path, default=PICTURES, help="folder of the pictures")
    given = parser.parse_args()
    wanted = set(given.only or names)
    models = models_folder()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as thrown_away:
        home = (given.home or Path(thrown_away)).resolve()
        home.mkdir(parents=True, exist_ok=True)
        if models.is_dir() and not (home / "models").exists():
            (home / "models").symlink_to(models.resolve())
        os.environ["ILLUMINAS_HOME"] = str(home)
        os.environ.pop("ILLUMINAS_TOKEN", None)  # with one, the window would ask for it
        camera = Camera(given.out, wanted)
        with browsing() as browser:
            if len(ended()) < 2:
                if not ended():
                    earlier_search()
                with serving(home) as url:
                    live(browser, camera, url)
            elif given.only and wanted & set(LIVE):
                sys.exit(
                    f"{', '.join(wanted & set(LIVE))}: taken while a search runs; leave --home out, or name a new one"
                )
            elif not given.only:
                tell(f"the searches of {home} have ended: {', '.join(LIVE)} stay as they are")
            run, other, *_ = ended()
            with serving(home) as url:
                for name, take in ENDED.items():
                    with page_of(browser) as page:
                        camera.shoot(name, take, Tour(page, url, run, other))


def ended() -> list[RunFolder]:
    """Searches of the data folder that have ended, the newest first."""
    return [run for run in reversed(list_runs()) if run_status(run, open_state(run)) == "finished"]


def earlier_search() -> None:
    """A search without an LLM, to compare with."""
    tell(f"a search of {EARLIER['evaluations']} evaluations, to compare with")
    options = {"budget" if name == "evaluations" else name: value for name, value in EARLIER.items()}
    words = [word for name, value in options.items() for word in (f"--{name}", value)]
    subprocess.run([*ILLUMINAS, "search", "--llm", "none", *words], check=True, stdout=subprocess.DEVNULL)


def live(browser: Browser, camera: Camera, url: str) -> None:
    """Start a search in the window, look at it and steer it while it runs, and wait until it has ended."""
    other = ended()[0]
    with page_of(browser) as page:
        begin = Tour(page, url, other, other)
        camera.shoot("start", LIVE["start"], begin)
        page.wait_for_url(re.compile("/runs/"))
        run = RunFolder(other.path.parent / page.url.rpartition("/")[2])
    tell(f"the search {run.id} of {BEGUN['evaluations']} evaluations")
    wait("the search to find two rules", lambda: run.log.exists() and evaluated(run) >= 12 and rules(run) >= 2)
    for name, take in LIVE.items():
        if name != "start":
            with page_of(browser) as page:
                camera.shoot(name, take, Tour(page, url, run, other), always=True)
    wait("the search to end", lambda: run_status(run, open_state(run)) == "finished")


def evaluated(run: RunFolder) -> int:
    return len(open_state(run).evaluations)


def rules(run: RunFolder) -> int:
    log = EventLog(run.log, read_only=True)
    try:
        return len(as_of(log))
    finally:
        log.close()


def wait(what: str, done: Callable[[], bool]) -> None:
    """Wait for something of a search."""
    until = time.monotonic() + 60 * MINUTES
    while not done():
        if time.monotonic() > until:
            sys.exit(f"gave up waiting for {what} after {MINUTES:g} minutes")
        time.sleep(0.5)


class Camera:
    """Takes the pictures that are wanted."""

    def __init__(self, folder: Path, wanted: set[str]) -> None:
        self._folder = folder
        self._wanted = wanted
        folder.mkdir(parents=True, exist_ok=True)

    def shoot(self, name: str, take: Take, tour: Tour, *, always: bool = False) -> None:
        """Bring the page to what a picture shows, and take it.

        Args:
            always: do what belongs to it though the picture is not wanted.
        """
        if name not in self._wanted and not always and name != "start":
            return
        then = take(tour)
        if name in self._wanted:
            path = self._folder / f"{name}.png"
            path.write_bytes(small(still(tour.page)))
            size = path.stat().st_size
            tell(f"{path.name}  {size / 1000:.0f} kB{'  is too large' if size > LARGEST else ''}")
        if then is not None:
            then()


def still(page: Page) -> bytes:
    """The page, once it looks the same twice in a row, or has moved on for some seconds."""
    page.mouse.move(0, 0)
    before = b""
    for _ in range(12):
        page.wait_for_timeout(400)
        now = page.screenshot(animations="disabled", caret="hide")
        if now == before:
            break
        before = now
    return now


def small(png: bytes) -> bytes:
    """The same picture in 256 colours."""
    from PIL import Image

    kept = io.BytesIO()
    picture = Image.open(io.BytesIO(png)).convert("RGB")
    picture.quantize(256, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE).save(kept, "PNG", optimize=True)
    return kept.getvalue()


@contextmanager
def serving(home: Path) -> Iterator[str]:
    """The address of an `illuminas serve` over a data folder, on a free port of loopback."""
    command = [*ILLUMINAS, "serve", "--port", "0"]
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    with (home / "tour-server.txt").open("w") as errors:
        server = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=errors, text=True)
    assert server.stdout is not None
    try:
        found = re.search(r"http://\S+:\d+", server.stdout.readline())
        if found is None:
            sys.exit(f"illuminas serve did not start:\n{(home / 'tour-server.txt').read_text()}")
        yield found[0]
    finally:
        server.terminate()
        server.wait(60)
        server.stdout.close()


@contextmanager
def browsing() -> Iterator[Browser]:
    """The system's Chromium; where something is missing, the script says what, and ends."""
    try:
        from playwright.sync_api import sync_playwright
    except ModuleNotFoundError:
        sys.exit("Playwright is not installed: make test, or pip install -e '.[dev]'")
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        sys.exit("There is no Chromium on this machine: apt install chromium, or what your system has in its place.")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=list(FLAGS))
        yield browser
        browser.close()


@contextmanager
def page_of(browser: Browser) -> Iterator[Page]:
    """A fresh page, one CSS pixel a pixel."""
    context = browser.new_context(
        viewport={"width": WIDTH, "height": 860}, device_scale_factor=1, reduced_motion="reduce"
    )
    page = context.new_page()
    page.set_default_timeout(60_000)
    yield page
    context.close()


def tell(words: str) -> None:
    print(words, flush=True)


if __name__ == "__main__":
    main()
