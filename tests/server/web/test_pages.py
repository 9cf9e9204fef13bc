"""The pages open in a real browser, and say nothing wrong."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from illuminas.memory.directives import AnswerQuestion
from illuminas.memory.events import EventLog
from illuminas.memory.kinds import QuestionAsked
from illuminas.memory.runs import RunFolder, open_state
from tests.server.web.conftest import PHONE, WIDE, Shot, Site

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytest.importorskip("playwright", reason="Playwright is not installed: pip install playwright")


def test_the_list_leads_to_runs_of_every_state(site: Site, page: Page, shot: Shot) -> None:
    from playwright.sync_api import expect

    page.goto(site.url)
    rows = page.locator(".q-table tbody tr")
    expect(rows).to_have_count(5)
    failed = rows.filter(has_text=site.runs["failed"])
    expect(failed).to_contain_text("cannot open <the planted table>")
    expect(rows.filter(has_text=site.runs["empty"])).to_contain_text("interrupted")
    shot("runs")
    shot("runs", dark=True)
    compare = page.get_by_role("button", name="Compare", exact=True)
    expect(compare).to_be_disabled()
    for name in ("done", "other"):
        rows.filter(has_text=site.runs[name]).get_by_role("checkbox").click()
    expect(compare).to_be_enabled()

    page.set_viewport_size(PHONE)  # type: ignore[arg-type]  # a size
    expect(page.get_by_role("link", name=site.runs["done"])).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], "nothing hangs over the edge"
    shot("runs-phone")
    page.set_viewport_size(WIDE)  # type: ignore[arg-type]

    page.get_by_role("link", name=site.runs["failed"]).click()
    expect(page.get_by_text("failed before it began")).to_be_visible()
    shot("failed-run")
    page.goto(site.run("code"))
    expect(page.locator(".feed")).to_contain_text("all 101 evaluations are made")
    page.get_by_role("button", name=re.compile("evaluation: 32")).click()
    expect(page.get_by_text("timeout: killed after 60 s")).to_be_visible()
    shot("now")
    shot("now", dark=True)
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    shot("now-phone", whole=True)
    page.goto(f"{site.url}/runs/nothing-like-it")
    expect(page.get_by_text(re.compile("unknown run 'nothing-like-it'"))).to_be_visible()


def test_the_dark_switch_is_remembered_and_a_question_is_answered(site: Site, page: Page, shot: Shot) -> None:
    from playwright.sync_api import expect

    run = RunFolder(site.home / "runs" / site.runs["empty"])
    log = EventLog(run.log)
    asked = QuestionAsked(
        key="heuristics:1:0", topic="heuristics", text="take these rules?", options={"h-1": "one", "h-2": "two"}
    )
    log.append(asked, round=1)
    log.close()
    page.goto(site.run("empty"))
    page.get_by_role("button", name="Light or dark").click()
    expect(page.locator("body")).to_have_class(re.compile("body--dark"))
    page.reload()
    expect(page.locator("body")).to_have_class(re.compile("body--dark"))

    question = page.get_by_role("alert")
    expect(question).to_contain_text("take these rules?")
    shot("question")
    question.get_by_role("checkbox", name="h-2: two").click()
    question.get_by_label("Comment").fill("not the second")
    question.get_by_role("button", name="Approve").click()
    expect(page.get_by_text("The search asks: take these rules?")).to_have_count(0)
    (act,) = open_state(run).steering.acts
    assert act.directive == AnswerQuestion(
        question="heuristics:1:0", approved=True, rejected=("h-2",), comment="not the second"
    )
    assert (act.author, act.via) == ("local", "web")
