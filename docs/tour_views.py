"""What each picture of docs/tour.md shows, and what brings the window to show it."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Final, NamedTuple

from illuminas.memory.events import EventLog
from illuminas.memory.heuristics import HeuristicStatus
from illuminas.memory.knowledge import as_of
from illuminas.memory.runs import RunFolder, open_state

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

WIDTH: Final = 1280
PHONE: Final = 390
BEGUN: Final = {"partition": "convolutions,depth", "epochs": "2", "evaluations": "60", "seed": "1"}
"""The search that the tour is about, as it is begun in the window: on the images that ship with the package."""
ILLUMINAS: Final = (sys.executable, "-c", "from illuminas.server.cli.app import main; main()")


class Tour(NamedTuple):
    """What a picture is made of.

    Attributes:
        page: of a fresh browser context.
        url: of the server.
        run: the search that the tour is about.
        other: an earlier one, of another seed and without an LLM.
    """

    page: Page
    url: str
    run: RunFolder
    other: RunFolder

    def open(self, tab: str, *, height: int = 860, width: int = WIDTH) -> None:
        """Open a tab of the run's page."""
        self.page.set_viewport_size({"width": width, "height": height})
        self.page.goto(f"{self.url}/runs/{self.run.id}?tab={tab}")
        self.page.wait_for_function("window.did_handshake")
        self.page.get_by_role("tab", name=tab, exact=True).wait_for()

    def press(self, name: str) -> None:
        """Press a button by its name."""
        self.page.get_by_role("button", name=name, exact=True).first.click()

    def choose(self, field: str, option: str) -> None:
        """Choose from a list."""
        self.page.get_by_test_id(field).click()
        self.page.get_by_role("option", name=option, exact=True).click()

    def fill(self, field: str, text: str) -> None:
        """Type into a field, and press Enter."""
        box = self.page.get_by_test_id(field)
        box.fill(text)
        box.press("Enter")

    def drag(self, plot: Locator, start: tuple[float, float], end: tuple[float, float]) -> None:
        """Drag over shares of a plot's area, from its left upper corner."""
        box = plot.locator(".nsewdrag").first.bounding_box()
        assert box is not None, "the plot is on the page"
        for step, (across, down) in enumerate((start, end)):
            self.page.mouse.move(box["x"] + across * box["width"], box["y"] + down * box["height"], steps=5)
            self.page.mouse.up() if step else self.page.mouse.down()


Then = Callable[[], None]
"""What is done once a picture is taken."""
Take = Callable[[Tour], Then | None]
LIVE: Final[dict[str, Take]] = {}
"""Pictures of the search while it runs, in their order; to take them steers it too."""
ENDED: Final[dict[str, Take]] = {}
"""Pictures of what has ended."""


def of(pictures: dict[str, Take], name: str) -> Callable[[Take], Take]:
    """Registers what brings the page to show what a picture shows."""

    def register(take: Take) -> Take:
        pictures[name] = take
        return take

    return register


@of(LIVE, "start")
def _start(tour: Tour) -> Then:
    tour.page.set_viewport_size({"width": WIDTH, "height": 700})
    tour.page.goto(tour.url)
    tour.page.get_by_role("link", name=tour.other.id).wait_for()
    tour.press("New search")
    tour.page.get_by_role("dialog").get_by_text("More", exact=True).click()
    for name, value in BEGUN.items():
        tour.fill(f"start-{name}", value)
    return lambda: tour.press("Start")


@of(LIVE, "now")
def _now(tour: Tour) -> None:
    tour.open("Now")
    tour.page.locator(".feed tr.by-critic").first.wait_for()
    tour.page.locator(".feed tr.by-planner .what").first.click()
    tour.page.locator(".feed .why").first.wait_for()


@of(LIVE, "steer")
def _steer(tour: Tour) -> None:
    tour.open("Now", height=760)
    tour.press("Steer")
    tour.choose("steer-objective", "number of parameters")
    tour.page.get_by_test_id("steer-most").fill("50000")
    tour.press("Say it in words")
    tour.page.get_by_role("dialog").get_by_text("Only architectures of at most").wait_for()


@of(LIVE, "chat")
def _chat(tour: Tour) -> None:
    tour.open("Now")
    tour.press("Chat")
    tour.fill("chat-input", "how is it going")
    tour.page.locator(".chat-log table").first.wait_for()
    tour.fill("chat-input", "explore more")
    tour.press("Take effect")
    tour.page.get_by_role("button", name=re.compile("^Undo directive")).last.wait_for()
    tour.fill("chat-input", "only cells without pooling")
    tour.page.get_by_role("button", name="Leave it", exact=True).wait_for()


@of(LIVE, "retire")
def _retire(tour: Tour) -> Then:
    tour.open("Knowledge")
    at = tour.page.get_by_test_id
    weakest = at("rules").locator(".know-open").last
    weakest.click()
    at("card").get_by_text(weakest.get_attribute("data-testid") or "", exact=True).wait_for()
    at("retire").click()
    at("steer-reason").fill("measured while the machine was busy")
    tour.press("Say it in words")
    tour.page.get_by_role("button", name="Take effect", exact=True).and_(tour.page.locator(":enabled")).wait_for()

    def confirm() -> None:
        tour.press("Take effect")
        tour.page.get_by_role("dialog").wait_for(state="hidden")

    return confirm


@of(ENDED, "runs")
def _runs(tour: Tour) -> None:
    tour.page.set_viewport_size({"width": WIDTH, "height": 360})
    tour.page.goto(tour.url)
    tour.page.get_by_role("link", name=tour.other.id).wait_for()


@of(ENDED, "archive")
def _archive(tour: Tour) -> None:
    tour.open("Archive", height=900)
    best = open_state(tour.run).best
    assert best is not None
    tour.page.locator(f'.cell-map [data-cell="{open_state(tour.run).niches[best.hash]}"]').click()
    tour.page.get_by_text("evaluated in it up to round").wait_for()


@of(ENDED, "scrubber")
def _scrubber(tour: Tour) -> None:
    tour.open("Archive", height=1200)
    tour.choose("archive-shade", "visits")
    tour.page.get_by_role("slider", name="round of the run").locator("[tabindex]").focus()
    tour.page.keyboard.press("Home")
    tour.page.get_by_test_id("archive-round").get_by_text("round 0 of").wait_for()
    for _ in range(open_state(tour.run).round // 2):
        tour.page.keyboard.press("ArrowRight", delay=50)
    tour.page.locator(".cell-map [data-state=filled]").last.click()
    tour.page.get_by_text("evaluated in it up to round").wait_for()


@of(ENDED, "tradeoffs")
def _tradeoffs(tour: Tour) -> None:
    tour.open("Trade-offs", height=860)
    plot = tour.page.get_by_role("img", name="Two objectives against each other, with the Pareto front")
    plot.locator(".scatterlayer .point").first.wait_for()
    tour.drag(plot, (0.02, 0.02), (0.62, 0.45))
    tour.page.get_by_text(re.compile(r"^[1-9]\d* of \d+ evaluated architectures selected$")).wait_for()


@of(ENDED, "family")
def _family(tour: Tour) -> None:
    view = open_state(tour.run)
    born = [each for each in view.niches if view.candidates[each].parents and each in view.evaluations]
    child = max(born, key=view.quality)
    tour.open("Family", height=1300)
    for hash_, keys in ((child, []), (view.candidates[child].parents[0], ["Shift"])):
        tour.page.locator(f'.member[data-hash="{hash_}"]').click(modifiers=keys)  # type: ignore[arg-type]
    tour.page.locator(".portrait-drawing svg").nth(1).wait_for()


@of(ENDED, "knowledge")
def _knowledge(tour: Tour) -> None:
    log = EventLog(tour.run.log, read_only=True)
    active = [each for each in as_of(log).values() if each.status is HeuristicStatus.ACTIVE] or list(
        as_of(log).values()
    )
    log.close()
    rule = max(active, key=lambda each: min(each.evidence.n_with, each.evidence.n_without))
    tour.open("Knowledge", height=1100)
    tour.page.get_by_test_id(rule.id).click()
    tour.page.get_by_test_id("evidence").locator(".points path").first.wait_for()


def _panel(tour: Tour, name: str, shown: str, *, height: int) -> None:
    tour.open("Knowledge", height=height)
    tour.page.get_by_test_id(f"knowledge-{name}").click()
    tour.page.get_by_test_id(shown).wait_for()


@of(ENDED, "timeline")
def _timeline(tour: Tour) -> None:
    _panel(tour, "timeline", "moments", height=1300)


@of(ENDED, "differences")
def _differences(tour: Tour) -> None:
    _panel(tour, "differences", "differences", height=760)
    tour.page.get_by_test_id("before").fill(str(open_state(tour.run).round // 2))


@of(ENDED, "map")
def _map(tour: Tour) -> None:
    _panel(tour, "map", "map", height=1040)
    tour.page.get_by_test_id("map-meaning").fill("how fast it is")
    tour.page.get_by_test_id("map").locator(".legendtext", has_text="found").wait_for()


@of(ENDED, "compare")
def _compare(tour: Tour) -> None:
    tour.page.set_viewport_size({"width": WIDTH, "height": 1380})
    tour.page.goto(f"{tour.url}/compare?runs={tour.run.id},{tour.other.id}")
    tour.page.locator(".js-plotly-plot .main-svg").first.wait_for()


@of(ENDED, "diagnostics")
def _diagnostics(tour: Tour) -> None:
    tour.open("Diagnostics", height=1400)
    tour.page.locator(".js-plotly-plot .main-svg").first.wait_for()


@of(ENDED, "phone")
def _phone(tour: Tour) -> None:
    tour.open("Archive", height=844, width=PHONE)
    tour.page.locator(".cell-map [data-state=filled]").first.wait_for()


@of(ENDED, "dark")
def _dark(tour: Tour) -> None:
    tour.page.emulate_media(color_scheme="dark")
    _knowledge(tour)


@of(ENDED, "report")
def _report(tour: Tour) -> None:
    file = tour.run.path / "tour.html"
    subprocess.run([*ILLUMINAS, "report", tour.run.id, "--out", str(file)], check=True, stdout=subprocess.DEVNULL)
    tour.page.set_viewport_size({"width": WIDTH, "height": 1000})
    tour.page.goto(file.as_uri())
    tour.page.get_by_role("link", name="The result", exact=True).click()
