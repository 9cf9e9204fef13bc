"""A real `illuminas serve` over a data folder with runs, and a real browser that looks at it.

A test that needs a browser skips where Playwright or Chromium is missing. It fails on any error in the browser's
console, on an answer that is none, and on a request to another machine. Pictures that it takes stay in
``.screenshots/``.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest

from illuminas.memory.events import EventLog
from illuminas.memory.kinds import PartitionMade, RunStarted, SessionBegan
from illuminas.memory.runs import RunFolder

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

ROOT = Path(__file__).parents[3]
WIDE = {"width": 1280, "height": 800}
PHONE = {"width": 390, "height": 844}
UNWANTED = ("PYTEST_CURRENT_TEST", "ILLUMINAS_TOKEN")
"""Variables that would change what a server does."""


class Site(NamedTuple):
    """A server that is running.

    Attributes:
        url: without a slash at its end.
        home: its data folder.
        runs: names of the runs in it -> ids.
    """

    url: str
    home: Path
    runs: dict[str, str]

    def run(self, name: str) -> str:
        """Address of a run's page."""
        return f"{self.url}/runs/{self.runs[name]}"


Shot = Callable[..., Path]
Serve = Callable[..., Site]


@pytest.fixture(scope="session")
def web_home(
    scored_home: Path, recorded_run: RunFolder, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, dict[str, str]]:
    """A data folder with the planted table and runs to look at; name -> id.

    ``done`` and ``other`` are searches on the table that have ended, of different seeds; ``code`` is the recorded one
    of free source; ``empty`` was cut off when it had only begun; ``failed`` never began.
    """
    from illuminas.agents.config import SearchConfig
    from illuminas.agents.search import Search
    from illuminas.server.services.launcher import Launcher, Order

    home = tmp_path_factory.mktemp("web") / "home"
    shutil.copytree(scored_home, home)
    folder = home / "runs"
    toy = {"dataset": "table:planted/toy", "device": "table:planted/chip_ms", "llm": "none", "proxies": ("params",)}
    names = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ILLUMINAS_HOME", str(home))
        for name, seed, evaluations in (("other", 1, 20), ("done", 0, 40)):
            place = RunFolder(folder / f"20260102-00000{seed}-{name}")
            place.path.mkdir(parents=True)
            Search(SearchConfig(**toy, seed=seed, evaluations=evaluations), place=place).run()
            names[name] = place.id
        names["code"] = recorded_run.id
        shutil.copytree(recorded_run.path, folder / recorded_run.id)
        names["empty"] = _cut_off(RunFolder(folder / names["done"]), RunFolder(folder / "20260101-000000-empty"))
        names["failed"] = "20260103-000000-failed"
        (folder / names["failed"]).mkdir()
        launched = home / "launched"
        launched.mkdir()
        order = Order(run_id=names["failed"], config=SearchConfig(**toy))
        (launched / f"{order.run_id}.json").write_text(order.model_dump_json())
        (launched / f"{order.run_id}.txt").write_text("illuminas: cannot open <the planted table>.\n")
        assert Launcher().state(order.run_id) == "failed"
    return home, names


def _cut_off(run: RunFolder, place: RunFolder) -> str:
    """A run that has the first events of another, up to its niches."""
    place.path.mkdir()
    source, log = EventLog(run.log, read_only=True), EventLog(place.log)
    for event in source.read(RunStarted, SessionBegan, PartitionMade):
        log.append(event.data, round=event.round, key=event.key)
    log.close()
    source.close()
    return place.id


@pytest.fixture
def serve(web_home: tuple[Path, dict[str, str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Serve]:
    """Starts servers, each over the test's own copy of the data folder; they end with the test.

    The call takes options of ``illuminas serve``, and variables of its environment by name.
    """
    original, names = web_home
    home = tmp_path / "web-home"
    shutil.copytree(original, home)
    monkeypatch.setenv("ILLUMINAS_HOME", str(home))
    with ExitStack() as stack:

        def start(*options: str, **variables: str) -> Site:
            return Site(stack.enter_context(_server(home, options, variables)), home, names)

        yield start


@contextmanager
def _server(home: Path, options: tuple[str, ...], variables: dict[str, str]) -> Iterator[str]:
    environment = {name: value for name, value in os.environ.items() if name not in UNWANTED}
    environment |= {"ILLUMINAS_HOME": str(home), "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1", **variables}
    command = [sys.executable, "-c", "from illuminas.server.cli.app import main; main()"]
    with (home / "server.txt").open("w") as errors:
        process = subprocess.Popen(
            [*command, "serve", "--port", "0", "--workers", "1", *options],
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            env=environment,
        )
    assert process.stdout is not None
    try:
        found = re.search(r"http://\S+:\d+", process.stdout.readline())
        assert found is not None, (home / "server.txt").read_text()
        yield found[0]
    finally:
        process.terminate()
        process.wait(30)
        process.stdout.close()
    assert "Traceback" not in (told := (home / "server.txt").read_text()), told


@pytest.fixture
def site(serve: Serve) -> Site:
    """A server on loopback that asks for no token."""
    return serve()


@pytest.fixture
def browser(serve: Serve) -> Iterator[Browser]:
    """Chromium, of the test's own: its loop must not meet that of another test."""
    api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed: pip install playwright")
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        pytest.skip("there is no Chromium on this machine: apt install chromium")
    flags = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    with api.sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=chromium, args=flags)
        yield found
        found.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page of the browser, whose console must stay clean."""
    from playwright.sync_api import expect

    wrong: list[str] = []
    context = browser.new_context(viewport=WIDE, reduced_motion="reduce")
    page = context.new_page()
    page.set_default_timeout(20_000)
    expect.set_options(timeout=20_000)  # as long as other waits: a busy machine takes longer than the default 5 s
    page.on("console", lambda said: wrong.append(f"{said.text} ({said.location})") if said.type == "error" else None)
    page.on("pageerror", lambda error: wrong.append(f"uncaught: {error}"))
    page.on("response", lambda got: wrong.append(f"{got.status} {got.url}") if got.status >= 500 else None)
    page.on("request", lambda sent: None if _is_local(sent.url) else wrong.append(f"asks another machine: {sent.url}"))
    yield page
    context.close()
    assert not wrong, "\n".join(wrong)


def _is_local(url: str) -> bool:
    return re.match(r"(https?|wss?)://(127\.0\.0\.1|localhost)[:/]|data:|blob:|about:", url) is not None


@pytest.fixture
def shot(page: Page) -> Shot:
    """Keeps a picture of the page: ``shot("archive", dark=True)``."""
    folder = ROOT / ".screenshots"
    folder.mkdir(exist_ok=True)

    def take(name: str, *, dark: bool = False, whole: bool = False) -> Path:
        path = folder / f"{name}{'-dark' if dark else ''}.png"
        page.emulate_media(color_scheme="dark" if dark else "light")
        page.screenshot(path=path, full_page=whole, animations="disabled")
        page.emulate_media(color_scheme="light")
        return path

    return take
