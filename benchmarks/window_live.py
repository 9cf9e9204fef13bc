"""A run that goes on while a page shows it: what server and page keep, and how far the page lags."""

from __future__ import annotations

import multiprocessing
import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from made_up_run import BATCH, MadeUpSearch
from pydantic import BaseModel, ConfigDict

from illuminas.memory.events import EventLog
from illuminas.memory.knowledge_history import KnowledgeHistory
from illuminas.memory.run import Run
from illuminas.memory.runs import RunFolder, RunLock
from illuminas.server.web.family.lineage import Lineage

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

    from playwright.sync_api import Browser, Page

RUN = "20260101-000001-live"
TABS = ("Now", "Archive", "Trade-offs", "Family", "Knowledge", "Diagnostics")
TURN = 10.0
"""Seconds for which a tab stays in front; every second one is Now, where the lag is seen."""
SAMPLE = 20.0
"""Seconds between two looks at memory."""
MEGA = 1e6
_WATCH_FEED = """() => {
  window.seenLines = [];
  let newest = 0;
  new MutationObserver(() => {
    const row = document.querySelector(".feed tr[data-event]");
    const id = Number(row?.dataset.event ?? 0);
    if (id > newest) { newest = id; window.seenLines.push([id, Date.now() / 1000]); }
  }).observe(document.body, { subtree: true, childList: true, attributes: true, attributeFilter: ["data-event"] });
}"""
_SEEN = "() => window.seenLines.splice(0)"


class Sample(BaseModel):
    """One look.

    Attributes:
        seconds: since the beginning.
        candidates: evaluations in the log.
        server: resident memory of the server, MB.
        heap: of the page's scripts after a collection, MB.
        nodes: of the document, with those that only scripts still hold.
        listeners: of events in the page.
        processor: share of one core that the server took since the last look, in per cent.
        lag: median seconds since the last look from an event's time in the log until its line was in the feed; None
            where none came.
        slowest: the longest of them.
    """

    model_config = ConfigDict(frozen=True)

    seconds: float
    candidates: int
    server: float
    heap: float
    nodes: int
    listeners: int
    processor: float
    lag: float | None
    slowest: float | None


class Growth(BaseModel):
    """How it went.

    Attributes:
        holding: MB that a fresh process takes to hold the run at the beginning and at the end; the difference is what
            a growing log explains.
    """

    model_config = ConfigDict(frozen=True)

    pace: float
    samples: list[Sample]
    holding: tuple[float, float]

    def slope(self, name: str) -> float:
        """Growth an hour over the second half, by least squares."""
        half = self.samples[len(self.samples) // 2 :]
        if len(half) < 2:
            return float("nan")
        return float(np.polyfit([each.seconds / 3600 for each in half], [getattr(each, name) for each in half], 1)[0])

    @property
    def words(self) -> str:
        """As a table and a verdict."""
        shown = self.samples if len(self.samples) <= 30 else self.samples[:: max(1, len(self.samples) // 30)]
        lines = [
            f"{'seconds':>8} {'candidates':>10} {'server MB':>10} {'heap MB':>8} {'nodes':>6} {'listeners':>9} "
            f"{'CPU %':>6} {'lag s':>6} {'worst':>6}"
        ]
        for each in shown:
            lag = "–" if each.lag is None else f"{each.lag:.2f}"
            slowest = "–" if each.slowest is None else f"{each.slowest:.2f}"
            lines.append(
                f"{each.seconds:8.0f} {each.candidates:10} {each.server:10.1f} {each.heap:8.2f} {each.nodes:6} "
                f"{each.listeners:9} {each.processor:6.1f} {lag:>6} {slowest:>6}"
            )
        half = self.samples[len(self.samples) // 2 :]
        made = half[-1].candidates - half[0].candidates
        hour = 3600 / max(1.0, half[-1].seconds - half[0].seconds)
        whole = self.samples[-1].candidates - self.samples[0].candidates
        each = (self.holding[1] - self.holding[0]) / max(1, whole)
        lags = [each.lag for each in self.samples if each.lag is not None]
        lines.append(
            f"second half: server {self.slope('server'):+.1f} MB an hour, of which {each * made * hour:.1f} MB hold "
            f"the {made * hour:.0f} candidates an hour that came ({1000 * each:.1f} kB each); page "
            f"{self.slope('heap'):+.2f} MB and {self.slope('nodes'):+.0f} nodes an hour; feed behind the log by "
            f"{np.median(lags) if lags else float('nan'):.2f} s in the median."
        )
        return "\n".join(lines)


def watch(browser: Browser, url: str, server: int, home: Path, *, seconds: float, pace: float, start: int) -> Growth:
    """Look at a run for so long while it goes on.

    Args:
        server: process of the server.
        pace: candidates a second.
        start: candidates that are there at the beginning.
    """
    folder = home / "runs" / RUN
    spawn = multiprocessing.get_context("spawn")
    ready, told = spawn.Pipe(duplex=False)
    writer = spawn.Process(target=_write, args=(folder, start, pace, seconds + 120, told), daemon=True)
    writer.start()
    ready.recv()
    before = _holding(folder)
    page = browser.new_context(viewport={"width": 1280, "height": 800}).new_page()
    page.goto(f"{url}/runs/{RUN}")
    page.locator(".feed tr[data-event]").first.wait_for(timeout=60_000)
    page.evaluate(_WATCH_FEED)
    samples = _samples(page, server, folder, seconds)
    if not writer.is_alive():
        sys.exit(f"the writer of the run ended before {seconds:g} s were over; its error stands above")
    writer.terminate()
    writer.join()
    return Growth(pace=pace, samples=samples, holding=(before, _holding(folder)))


def _write(folder: Path, start: int, pace: float, seconds: float, told: Connection) -> None:
    """Write a run, the beginning at once and then in real time."""
    run = RunFolder(folder)
    log = EventLog(run.log)
    search = MadeUpSearch(log, evaluations=start + int(1.2 * pace * seconds) + BATCH, llm=True)
    lock = RunLock(run)
    with log.together():
        for _ in search.rounds(start // BATCH):
            pass
    told.send(True)
    end = due = time.monotonic()
    end += seconds
    if not pace:
        time.sleep(seconds)
    for _ in search.rounds(sys.maxsize):
        due += 1 / max(pace, 1e-9)
        time.sleep(max(0.0, due - time.monotonic()))
        if time.monotonic() > end:
            break
    lock.release()


def _samples(page: Page, server: int, folder: Path, seconds: float) -> list[Sample]:
    devtools = page.context.new_cdp_session(page)
    devtools.send("Performance.enable")
    log = EventLog(RunFolder(folder).log, read_only=True)
    began = turned = looked = time.monotonic()
    worked, turn, opened = _worked(server), 0, time.time()
    lags: list[float] = []
    found: list[Sample] = []
    while (now := time.monotonic()) - began < seconds:
        page.wait_for_timeout(500)
        lags += _lags(page, log, opened)
        if now - turned > TURN:
            turn, turned = turn + 1, now
            _turn(page, turn)
            opened = time.time() if turn % 2 == 0 else float("inf")
        if now - looked > SAMPLE or not found:
            spent = _worked(server)
            found.append(
                Sample(
                    seconds=now - began,
                    candidates=log.count("evaluation"),
                    **_of_the_page(devtools),
                    server=_resident(server),
                    processor=100 * (spent - worked) / max(1e-3, now - looked),
                    lag=float(np.median(lags)) if lags else None,
                    slowest=max(lags, default=None),
                )
            )
            looked, worked, lags = now, spent, []
            print(found[-1].model_dump_json(), file=sys.stderr, flush=True)
    log.close()
    return found


def _turn(page: Page, turn: int) -> None:
    """Go on to the next tab, and do there what people do."""
    name = TABS[1 + turn // 2 % (len(TABS) - 1)] if turn % 2 else "Now"
    page.get_by_role("tab", name=name, exact=True).click()
    first = {
        "Now": ".feed button.what",
        "Archive": ".cell-map g.cell.filled",
        "Family": ".family-map [data-hash]",
        "Knowledge": '[data-testid="rules"] .know-open',
    }.get(name)
    if first is not None:
        page.locator(first).first.dispatch_event("click")


def _lags(page: Page, log: EventLog, opened: float) -> list[float]:
    """Seconds that lines of the feed took which came since the feed was opened."""
    seen: list[tuple[int, float]] = page.evaluate(_SEEN)
    if not seen:
        return []
    times = {event.id: event.time for event in log.read(after=min(id_ for id_, _ in seen) - 1)}
    return [at - times[id_] for id_, at in seen if times[id_] > opened]


def _of_the_page(devtools: Any) -> dict[str, Any]:
    devtools.send("HeapProfiler.collectGarbage")
    told = {each["name"]: each["value"] for each in devtools.send("Performance.getMetrics")["metrics"]}
    return {
        "heap": told["JSHeapUsedSize"] / MEGA,
        "nodes": int(told["Nodes"]),
        "listeners": int(told["JSEventListeners"]),
    }


def _resident(pid: int) -> float:
    """MB of memory that a process holds."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / MEGA


def _worked(pid: int) -> float:
    """Seconds of processor time that a process has taken."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _holding(folder: Path) -> float:
    """MB that a process of its own takes to hold a run as a server with one page does: state and tabs."""
    spawn = multiprocessing.get_context("spawn")
    ready, told = spawn.Pipe(duplex=False)
    process = spawn.Process(target=_hold, args=(folder, told))
    process.start()
    found = float(ready.recv())
    process.join()
    return found


def _hold(folder: Path, told: Connection) -> None:
    before = _resident(os.getpid())
    run = Run(RunFolder(folder)).refresh()
    run.knowledge.all()
    run.records("accuracy")
    history, lineage = KnowledgeHistory(), Lineage()
    for event in run.log.read():
        history.extend([event])
    lineage.grow(run.state)
    told.send(_resident(os.getpid()) - before)
    run.close()
