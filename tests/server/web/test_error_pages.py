"""What is wrong with a run is said to whoever looks at it, and the server's output holds no traceback of it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import httpx2
import pytest

from tests.server.web.conftest import Site
from tests.server.web.visit import HTML, Visit, hears


@pytest.fixture
def runs(site: Site) -> Path:
    return site.home / "runs"


def test_a_run_that_is_deleted_while_it_is_watched_says_so_when_something_is_asked(site: Site, runs: Path) -> None:
    doomed = runs / "20270101-000000-doomed"
    shutil.copytree(runs / site.runs["empty"], doomed)
    visit = Visit(site, f"/runs/{doomed.name}")
    with visit.open() as (socket, _):
        shutil.rmtree(doomed)
        hears(socket, "nothing", within=1.5)  # the page looks at the log once a second
        visit.click(socket, "Go on")
        assert hears(socket, f"unknown run '{doomed.name}'", within=10)


def test_damaged_runs_and_orders_hide_no_other_run(site: Site, runs: Path, damage: Callable[[Path], int]) -> None:
    old = runs / "20270101-000000-old"
    shutil.copytree(runs / site.runs["done"], old)
    damage(old / "events.sqlite")
    (site.home / "launched" / "20270101-000001-odd.json").write_text('{"run_id": "2027')
    with Visit(site, "/").open() as (socket, _):
        assert hears(socket, f'{site.runs["done"]}"', within=20)
    page = httpx2.get(f"{site.url}/runs/{old.name}", headers=HTML, timeout=60)
    assert page.status_code == 200 and "is damaged" in page.text
    assert "is no order" in httpx2.get(f"{site.url}/runs/20270101-000001-odd", headers=HTML, timeout=60).text


def test_names_that_no_run_can_have_are_unknown(site: Site) -> None:
    for name in ("%00", "x" * 300, "%2e%2e", "%F0%9F%98%80"):
        for path in (f"/runs/{name}", f"/compare?runs={name},{name}y"):
            answer = httpx2.get(f"{site.url}{path}", headers=HTML, timeout=60)
            assert answer.status_code == 200 and "unknown run" in answer.text, path
