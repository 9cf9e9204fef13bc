"""The knowledge tab in a real browser: look, filter, go back in time, compare, search, steer, undo, take away."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from illuminas.agents.steering import steer
from illuminas.memory.directives import PinHeuristic
from illuminas.memory.events import EventLog
from illuminas.memory.knowledge import as_of
from illuminas.memory.runs import RunFolder, open_state
from illuminas.server.services.knowledge.listing import Wanted

if TYPE_CHECKING:
    from playwright.sync_api import Page

PHONE = {"width": 390, "height": 844}
pytest.importorskip("playwright.sync_api", reason="Playwright is not installed: pip install playwright")


def opened(page: Page, address: str) -> None:
    page.goto(address)
    page.wait_for_function("window.did_handshake")
    page.get_by_role("tab", name="Knowledge").click()
    page.get_by_test_id("counts").wait_for()


def test_knowledge_can_be_read_steered_and_taken_away(site: Any, page: Page, shot: Any) -> None:
    from playwright.sync_api import expect

    folder = RunFolder(site.home / "runs" / site.runs["done"])
    log, last = EventLog(folder.log, read_only=True), open_state(folder).round
    rules = as_of(log)
    measured = [each for each in rules.values() if each.evidence.low is not None]
    rule, other = measured[0], next(each for each in rules.values() if each is not measured[0])
    at, now = page.get_by_test_id, len(rules)
    opened(page, site.run("done"))
    expect(at("counts")).to_contain_text(f"{now} rules")

    # filter, and open one
    at("filter").fill(rule.predicate.text)
    fitting = sum(Wanted(text=rule.predicate.text).fits(each) for each in rules.values())
    assert 0 < fitting < now
    expect(at("told")).to_contain_text(f"{fitting} of {now} rules")
    at(rule.id).click()
    expect(at("open-id")).to_have_text(rule.id)
    expect(at("card")).to_contain_text(rule.predicate.text)
    expect(at("card")).to_contain_text(f"{rule.evidence.n_with} with, {rule.evidence.n_without} without")
    at("evidence").locator(".points path").first.wait_for()
    for dark in (False, True):
        shot("knowledge", dark=dark, whole=True)
    at("filter").fill("")

    # as of an earlier round
    at("knowledge-slider").locator("[tabindex]").first.focus()
    for earlier in (1, 2, 3):
        page.keyboard.press("ArrowLeft")
        expect(at("knowledge-round")).to_have_text(f"round {last - earlier} of {last}")
    expect(at("counts")).to_contain_text(f"{len(as_of(log, last - 3))} rules as of round {last - 3}")
    expect(at("retire")).to_have_count(0)  # the past cannot be steered
    page.keyboard.press("End")
    expect(at("counts")).not_to_contain_text("as of")

    # what changed, in this run and against another
    at("knowledge-differences").click()
    expect(at("differences-told")).to_have_text(f"{now} changes from round 0 to now.")
    at("other").click()
    page.get_by_role("option", name=site.runs["other"]).click()
    expect(at("differences-told")).to_contain_text(f"{now} rules here after now")
    shot("knowledge-differences", whole=True)

    # by meaning, in the list and on the map
    at("knowledge-map").click()
    at("map-meaning").fill("how fast it is")
    expect(at("map").locator(".legendtext", has_text="found")).to_be_visible()
    shot("knowledge-map", whole=True)
    at("knowledge-rules").click()
    at("meaning").fill("how fast it is")
    expect(at("told")).to_contain_text("nearest in meaning first")
    at("meaning").fill("")

    # retire one with a reason, while the run goes on, and undo that in the timeline
    at(other.id).click()
    expect(at("open-id")).to_have_text(other.id)
    at("retire").click()
    dialog = page.get_by_role("dialog")
    at("steer-reason").fill("<b>another</b> chip")
    steer(folder, PinHeuristic(heuristic=other.id), author="ann", via="python")
    expect(at("card")).to_contain_text("★ pinned")
    dialog.get_by_role("button", name="Say it in words").click()
    expect(dialog).to_contain_text(f"Retire {other.id}, because <b>another</b> chip.")
    shot("knowledge-retire")
    dialog.get_by_role("button", name="Take effect").click()
    expect(at("status")).to_have_text("retired")
    at("knowledge-timeline").click()
    at("people").click()
    expect(at("moments")).to_contain_text("because <b>another</b> chip")
    for dark in (False, True):
        shot("knowledge-timeline", dark=dark, whole=True)
    at("undo-2").click()
    dialog.get_by_role("button", name="Take effect").click()
    expect(at("moments")).to_contain_text("undone by directive 3")

    # add one; nonsense is refused, with what would do
    at("add").click()
    at("steer-predicate").fill("depht >= 2")
    dialog.get_by_role("button", name="Say it in words").click()
    expect(dialog).to_contain_text("unknown feature 'depht'")
    at("steer-predicate").fill("skips >= 4")
    dialog.get_by_role("button", name="Say it in words").click()
    expect(dialog).to_contain_text("Test the rule that at least 4 live skip connections")
    dialog.get_by_role("button", name="Take effect").click()
    expect(at("counts")).to_contain_text(f"{now + 1} rules")
    assert {each.author for each in as_of(log).values()} == {"", "local"}
    log.close()

    with page.expect_download() as taken:
        at("export").click()
    assert taken.value.suggested_filename == f"{site.runs['done']}-knowledge.md"
    assert f"### {rule.id}: " in Path(taken.value.path()).read_text(encoding="utf-8")

    # on a phone nothing is wider than the page
    page.set_viewport_size(PHONE)
    at("knowledge-rules").click()
    at(rule.id).wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    shot("knowledge-phone", whole=True)


def test_runs_without_rules_say_so(site: Any, page: Page, shot: Any) -> None:
    from playwright.sync_api import expect

    opened(page, site.run("empty"))
    at = page.get_by_test_id
    expect(at("counts")).to_contain_text("0 rules")
    expect(at("told")).to_contain_text("No rules yet")
    at("knowledge-timeline").click()
    expect(page.get_by_text("Nothing has happened yet.")).to_be_visible()
    at("knowledge-map").click()
    shot("knowledge-empty", dark=True)
    opened(page, site.run("code"))
    expect(at("counts")).to_contain_text("2 rules")
    at("evidence").locator(".points path").first.wait_for()
    shot("knowledge-code", whole=True)
