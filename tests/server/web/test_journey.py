"""A person's way through the page: start a search, watch it, hold it, steer it by dialog and by chat, and stop it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from illuminas.memory.directives import Explore, Limit, Pause, Resume, Stop, Undo
from illuminas.memory.runs import RunFolder, open_state
from tests.server.web.conftest import PHONE, Serve, Shot, Site

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

pytest.importorskip("playwright", reason="Playwright is not installed: pip install playwright")


def type_into(page: Page, field: str, text: str) -> None:
    """Choose something in a list by typing it."""
    box = page.get_by_test_id(field)
    box.fill(text)
    box.press("Enter")


def button(page: Page, name: str) -> Locator:
    return page.get_by_role("button", name=name, exact=True)


def confirm(page: Page, words: str) -> None:
    """Agree to a directive that is said in words."""
    dialog = page.get_by_role("dialog")
    dialog.get_by_text(words).wait_for()
    dialog.get_by_role("button", name="Take effect", exact=True).click()
    dialog.wait_for(state="hidden")


def test_a_search_is_started_watched_held_steered_and_stopped(site: Site, page: Page, shot: Shot, script: Path) -> None:
    from playwright.sync_api import expect

    page.goto(site.url)
    button(page, "New search").click()
    type_into(page, "start-dataset", "table:planted/toy")
    type_into(page, "start-device", "no-such-device")
    button(page, "Start").click()
    expect(page.get_by_role("alert")).to_contain_text("no-such-device")
    shot("start-refused")
    type_into(page, "start-device", "table:planted/chip_ms")
    type_into(page, "start-llm", f"scripted:{script}")
    page.get_by_test_id("start-evaluations").fill("3000")
    button(page, "Start").click()

    page.wait_for_url(re.compile("/runs/"))
    run = RunFolder(site.home / "runs" / page.url.rpartition("/")[2])
    state = page.locator(".state").first
    expect(state).to_have_text(re.compile("running"), timeout=60_000)
    feed = page.locator(".feed")
    expect(feed).to_contain_text("round 3:", timeout=60_000)
    expect(page.get_by_text(re.compile(r"^\d+ of 3000$"))).to_be_visible()
    expect(page.get_by_text(re.compile("about .* left"))).to_be_visible()
    shot("running")

    button(page, "Pause").click()
    confirm(page, "Pause.")
    expect(state).to_have_text(re.compile("paused"))
    expect(feed).to_contain_text("directive 1: pause")

    planned = feed.locator("tr.by-planner .what").first
    planned.click()
    expect(planned).to_have_attribute("aria-expanded", "true")
    expect(feed.locator(".why").first).to_contain_text("evaluations")

    button(page, "Steer").click()
    dialog = page.get_by_role("dialog")
    page.get_by_test_id("steer-objective").click()
    page.get_by_role("option", name=re.compile("latency")).click()
    page.get_by_test_id("steer-most").fill("6")
    button(page, "Say it in words").click()
    expect(dialog.get_by_text(re.compile("Only architectures .*at most 6 ms"))).to_be_visible()
    shot("steer")
    button(page, "Take effect").click()
    dialog.wait_for(state="hidden")
    expect(feed).to_contain_text(re.compile("directive 2: only architectures .*at most 6 ms"))

    button(page, "Chat").click()
    page.get_by_test_id("chat-input").fill("explore more")
    page.get_by_test_id("chat-input").press("Enter")
    button(page, "Take effect").click(timeout=60_000)
    log = page.get_by_role("log")
    expect(log).to_contain_text("Directive 3 is in force")
    shot("chat")
    shot("chat", dark=True)
    page.get_by_test_id("chat-input").fill("how is it going")
    page.get_by_test_id("chat-input").press("Enter")
    expect(log).to_contain_text("get_run_status", timeout=60_000)
    expect(log).to_contain_text("of 3000 evaluations")
    button(page, "Close the chat").click()

    feed.get_by_role("button", name="Undo directive 2", exact=True).click()
    confirm(page, "Undo directive 2.")
    expect(feed).to_contain_text("undo directive 2")
    expect(feed.get_by_role("button", name="Undo directive 2", exact=True)).to_have_count(0)

    button(page, "Resume").click()
    confirm(page, "Go on.")
    expect(state).to_have_text(re.compile("running"))

    page.set_viewport_size(PHONE)  # type: ignore[arg-type]  # a size
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], "nothing hangs over the edge"
    shot("running-phone")
    shot("running-phone", dark=True)
    button(page, "Stop").click()
    confirm(page, "Stop, so that the run can go on later.")
    expect(state).to_have_text(re.compile("interrupted"), timeout=60_000)
    expect(button(page, "Go on")).to_be_visible()

    acts = open_state(run).steering.acts
    assert [type(act.directive) for act in acts] == [Pause, Limit, Explore, Undo, Resume, Stop]
    assert [act.via for act in acts] == ["web", "web", "chat", "web", "web", "web"]
    assert {act.author for act in acts} == {"local"}
    assert acts[1].undone_by == 4


def test_a_token_that_reads_is_offered_nothing_else_and_sees_its_own_runs_alone(
    serve: Serve, page: Page, shot: Shot, tmp_path: Path
) -> None:
    from playwright.sync_api import expect

    tokens = tmp_path / "tokens.toml"
    client = '[[client]]\nname = "{0}"\ntoken = "{0}-0123456789abcdef"\nruns = "{1}"\n'
    tokens.write_text(client.format("eve", "all") + client.format("bob", "own"))
    site = serve("--tokens", str(tokens))
    page.goto(site.run("done"))
    page.get_by_label("Token of this server").fill("eve-0123456789abcdef")
    shot("login")
    shot("login", dark=True)
    button(page, "Log in").click()
    page.wait_for_url(re.compile("/runs/"))
    expect(page.locator(".feed")).to_contain_text("all 40 evaluations are made")
    for name in ("Go on", "Steer", "Pause"):
        expect(button(page, name)).to_have_count(0)
    button(page, "Chat").click()
    page.get_by_test_id("chat-input").fill("/stop")
    page.get_by_test_id("chat-input").press("Enter")
    expect(page.get_by_role("log")).to_contain_text("may read only", timeout=60_000)
    assert not open_state(RunFolder(site.home / "runs" / site.runs["done"])).steering.acts
    page.goto(site.url)
    expect(page.get_by_role("link", name=site.runs["done"])).to_be_visible()
    expect(button(page, "New search")).to_have_count(0)

    button(page, "Log out").click()
    page.get_by_label("Token of this server").fill("bob-0123456789abcdef")
    button(page, "Log in").click()
    expect(page.get_by_text("Nobody has searched here yet.")).to_be_visible()
    page.goto(site.run("done"))
    expect(page.get_by_text(re.compile("there is no run yet that you may see"))).to_be_visible()
