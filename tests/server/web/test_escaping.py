"""What an LLM, a person or a client wrote is shown as text, and never runs."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from illuminas.memory.archive import Placement, PlacementStatus
from illuminas.memory.candidate import Candidate, Operator
from illuminas.memory.events import EventLog
from illuminas.memory.kinds import (
    DirectiveGiven,
    EvaluationMade,
    HeuristicChanged,
    LLMCalled,
    PartitionMade,
    PlanMade,
    PoolScreened,
    ProposalsMade,
    QuestionAsked,
    RoundArchived,
    RoundReviewed,
    RunEnded,
    RunStarted,
    SessionBegan,
)
from illuminas.memory.runs import RunFolder
from illuminas.tools.evaluation import Evaluation, Status
from illuminas.tools.spaces import get_space
from tests.server.web.conftest import Shot, Site

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytest.importorskip("playwright", reason="Playwright is not installed: pip install playwright")

EVIL = "<script>window.pwned=1</script><img src=x onerror='window.pwned=2'>{{ (window.pwned = 3) }}"
TELLING = ("Now", "Family", "Knowledge")
"""Tabs that show such texts as soon as they are opened."""
SOURCE = f'''
"""{EVIL}"""
from torch import nn

class Network(nn.Module):
    def __init__(self, in_channels, image_size, classes):
        super().__init__()
        self.head = nn.Linear(in_channels * image_size * image_size, classes)  # {EVIL}

    def forward(self, x):
        return self.head(x.flatten(1))
'''


def evil_run(recorded: RunFolder, place: RunFolder) -> None:
    """A run in which everything that somebody else may write holds script and markup."""
    space = get_space("code")
    free, plain = space.parse(SOURCE), space.parse("conv3 16 | linear 24")
    place.path.mkdir(parents=True)
    source, log = EventLog(recorded.log, read_only=True), EventLog(place.log)
    first = [event.data for event in source.read(RunStarted, SessionBegan, PartitionMade)]
    some = next(source.read(HeuristicChanged)).data.heuristic
    source.close()
    for data in first:
        log.append(data, key=data.kind)
    candidates = [
        Candidate(hash=each.hash, text=each.text, operator=Operator.LLM_FRESH, rationale=EVIL).model_dump(mode="json")
        for each in (free, plain)
    ]
    plan = {"round": 1, "focus": [], "items": [], "heuristics": {}, "batch": 2, "reason": EVIL, "author": EVIL}
    log.append(PlanMade(plan=plan), round=1)
    log.append(LLMCalled(agent="coder-source", role="coder", llm="evil", error=EVIL, prompt=EVIL), round=1)
    misses = [{"operator": "llm_fresh", "reason": EVIL}]
    proposals = {"counts": {"llm_fresh": 2}, "candidates": candidates, "turned_down": 0, "misses": misses}
    log.append(ProposalsMade(**proposals), round=1)
    built = {"params": 1000, "macs": 5000, "depth": 1, "width": 10}
    chosen = {"chosen": candidates, "proxies": {}, "refused": {"0" * 16: EVIL}}
    log.append(PoolScreened(**chosen, measured={free.hash: built}), round=1)
    for each, status, objectives in ((free, Status.OK, {"accuracy": 50.0}), (plain, Status.FAILED, {})):
        where = {"space": "code", "hash": each.hash, "text": each.text, "dataset": "digits", "fidelity": "train:1"}
        made = Evaluation(**where, status=status, objectives=objectives, reason=EVIL)
        log.append(EvaluationMade(evaluation=made), round=1)
    placed = Placement(hash=free.hash, status=PlacementStatus.NEW, niche=0)
    left = Placement(hash=plain.hash, status=PlacementStatus.FAILED)
    log.append(RoundArchived(placements=[each.model_dump(mode="json") for each in (placed, left)]), round=1)
    rule = {**some.model_dump(mode="json"), "text": EVIL, "reason": EVIL, "author": EVIL[:80]}
    log.append(HeuristicChanged(change="born", heuristic={**rule, "status": "proposed"}), round=1)
    log.append(RoundReviewed(text=EVIL, author=EVIL, surprises={}, refused=[EVIL]), round=1)
    steered = {"directive": {"kind": "explore", "amount": 0.7}, "author": EVIL[:80], "via": "mcp", "words": EVIL}
    log.append(DirectiveGiven(**steered), round=1)
    log.append(QuestionAsked(key="plan:2:0", topic=EVIL, text=EVIL, options={"a": EVIL}), round=1)
    log.append(RunEnded(reason=EVIL), round=1)
    log.close()


def unharmed(page: Page) -> None:
    """Nothing of it ran on the page, and none of it became an element."""
    assert page.evaluate("window.pwned") is None
    assert page.locator("img[src=x]").count() == 0


def test_script_and_markup_of_others_are_text_in_every_tab(
    site: Site, recorded_run: RunFolder, page: Page, shot: Shot
) -> None:
    from playwright.sync_api import expect

    place = RunFolder(site.home / "runs" / "20270101-000000-evil")
    evil_run(recorded_run, place)
    (site.home / "launched" / f"{site.runs['failed']}.txt").write_text(EVIL)

    page.goto(site.url)
    expect(page.get_by_text(re.compile("window.pwned=1")).first).to_be_visible()
    unharmed(page)
    page.goto(f"{site.url}/runs/{place.id}")
    expect(page.get_by_role("alert")).to_contain_text(EVIL)
    tabs = page.locator(".page > .q-tabs").get_by_role("tab")
    for name in tabs.all_inner_texts():
        tab = name.strip().split()[-1]
        tabs.get_by_text(tab, exact=True).click()
        if tab in TELLING:
            expect(page.get_by_role("tabpanel").filter(has_text="window.pwned=1").first).to_be_visible()
        page.wait_for_load_state("networkidle")
        shot(f"evil-{tab.lower()}")
        unharmed(page)
    tabs.get_by_text("Now", exact=True).click()
    feed = page.locator(".feed")
    expect(feed).to_contain_text(EVIL)
    for line in feed.locator(".what").all():
        line.click()
    expect(feed.locator(".why").filter(has_text=EVIL).first).to_be_visible()
    for stage in page.locator(".q-expansion-item__toggle-focus, .q-expansion-item [role=button]").all():
        if stage.is_visible():
            stage.click()
    page.get_by_role("button", name="Steer", exact=True).click()
    expect(page.get_by_role("dialog")).to_contain_text(EVIL)
    page.get_by_role("button", name="Close", exact=True).click()

    page.get_by_role("button", name="Chat", exact=True).click()
    for message in (EVIL, "what did we learn", "show the best cell", "how is it going"):
        page.get_by_test_id("chat-input").fill(message)
        page.get_by_test_id("chat-input").press("Enter")
    log = page.get_by_role("log")
    expect(log).to_contain_text("get_run_status", timeout=60_000)
    expect(log).to_contain_text(EVIL)
    shot("evil-chat")

    unharmed(page)

    page.goto(site.run("failed"))
    expect(page.get_by_text(re.compile("window.pwned=1")).first).to_be_visible()
    unharmed(page)
