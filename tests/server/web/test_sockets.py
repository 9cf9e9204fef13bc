"""Whose pages a socket may act on, and for how long."""

from __future__ import annotations

from pathlib import Path

import httpx2
import pytest

from tests.server.web.conftest import Serve, Site
from tests.server.web.test_client import TOKENS
from tests.server.web.visit import HTML, Visit, hears

RUNS_OF_ALL = TOKENS.replace('scope = "read"', 'scope = "read"\nruns = "all"')


@pytest.fixture
def guarded(serve: Serve, tmp_path: Path) -> Site:
    path = tmp_path / "tokens.toml"
    path.write_text(RUNS_OF_ALL)
    return serve("--tokens", str(path))


def session(site: Site, name: str) -> str:
    answer = httpx2.post(f"{site.url}/login", data={"token": f"{name}-0123456789abcdef"})
    return str(answer.cookies["illuminas-session"])


def test_who_may_only_look_acts_on_no_page_of_another_even_knowing_its_id(guarded: Site) -> None:
    path = f"/runs/{guarded.runs['empty']}"
    hers = Visit(guarded, path, session(guarded, "ann"))
    reader = Visit(guarded, path, session(guarded, "eve"))
    with hers.open(tab="ann's") as (ann, _), reader.open() as (eve, _):
        for tab in ("ann's", "eve's"):
            with reader.open(hers.id, tab) as (_, greeting):
                assert greeting.startswith("44"), "the socket is refused"
        hears(ann, "nothing", within=1)  # all that the page is sent at its beginning
        hers.click(eve, "Go on")
        assert not hears(ann, "Go on with", within=2)
        hers.click(ann, "Go on")
        assert hears(ann, "Go on with", within=10)


def test_who_has_logged_out_is_led_away_from_every_page_and_acts_on_none(guarded: Site) -> None:
    key = session(guarded, "ann")
    hers = Visit(guarded, f"/runs/{guarded.runs['empty']}", key)
    elsewhere = httpx2.get(f"{guarded.url}/logout", headers=HTML)
    assert "set-cookie" not in elsewhere.headers, "a page of another site, with which no cookie comes, logs nobody out"
    with hers.open() as (ann, _):
        hears(ann, "nothing", within=1)
        left = httpx2.get(f"{guarded.url}/logout", headers={"Cookie": f"illuminas-session={key}"})
        assert "illuminas-session=" in left.headers["set-cookie"]
        assert hears(ann, '"/login"', within=10)
        hers.click(ann, "Go on")
        assert not hears(ann, "Go on with", within=2)
