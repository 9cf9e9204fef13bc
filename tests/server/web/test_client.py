"""Who gets to the pages over HTTP, and from where: logging in, cookies, and pages of other sites."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from tests.server.web.conftest import Serve, Site

TOKENS = """
[[client]]
name = "ann"
token = "ann-0123456789abcdef"
scope = "act"
runs = "all"

[[client]]
name = "eve"
token = "eve-0123456789abcdef"
scope = "read"

[[client]]
name = "ray"
token = "ray-0123456789abcdef"
scope = "tools"
"""
SOCKET = "/_nicegui_ws/socket.io/?EIO=4&transport=websocket"
HTML = {"Accept": "text/html"}


@pytest.fixture
def guarded(serve: Serve, tmp_path: Path) -> Site:
    """A server that wants tokens."""
    path = tmp_path / "tokens.toml"
    path.write_text(TOKENS)
    return serve("--tokens", str(path))


@pytest.fixture
def browser(guarded: Site) -> Iterator[httpx2.Client]:
    """What a browser keeps: cookies."""
    with httpx2.Client(base_url=guarded.url, headers=HTML, timeout=30) as client:
        yield client


def log_in(browser: httpx2.Client, name: str, following: str = "/") -> httpx2.Response:
    return browser.post("/login", data={"token": f"{name}-0123456789abcdef", "next": following})


def test_pages_want_a_login_and_mcp_wants_its_header(guarded: Site, browser: httpx2.Client) -> None:
    asked = browser.get("/runs/last?tab=Now")
    assert asked.status_code == 303
    assert asked.headers["location"] == "/login?next=/runs/last%3Ftab%3DNow"
    assert browser.get("/_nicegui_ws/socket.io/?EIO=4&transport=polling").status_code == 401
    form = browser.get(asked.headers["location"])
    assert 'name="next" value="/runs/last?tab=Now"' in form.text
    assert form.headers["x-frame-options"] == "DENY"

    entered = log_in(browser, "ann", "/runs/last?tab=Now")
    assert entered.status_code == 303 and entered.headers["location"] == "/runs/last?tab=Now"
    cookie = entered.headers["set-cookie"].lower()
    assert "httponly" in cookie and "samesite=strict" in cookie
    assert "ann-0123456789abcdef" not in entered.headers["set-cookie"], "the cookie is no token"
    page = browser.get("/")
    assert page.status_code == 200 and page.headers["x-frame-options"] == "DENY"
    assert "frame-ancestors 'none'" in page.headers["content-security-policy"]
    refused = browser.post("/mcp", json={"jsonrpc": "2.0", "id": 1, "method": "tools/list"})
    assert refused.status_code == 401 and "Bearer" in refused.json()["error"]["message"]

    browser.get("/logout")
    assert browser.get("/").status_code == 303


def test_a_wrong_token_or_one_for_tools_opens_no_page_and_guessing_is_slow(browser: httpx2.Client) -> None:
    answer = log_in(browser, "bob")
    assert answer.status_code == 401 and "No client" in answer.text and "set-cookie" not in answer.headers
    answer = log_in(browser, "ray")
    assert answer.status_code == 403 and "set-cookie" not in answer.headers
    assert 429 in {log_in(browser, "bob").status_code for _ in range(8)}


def test_a_login_leads_nowhere_else(browser: httpx2.Client) -> None:
    for elsewhere in ("https://evil.example", "//evil.example", "/\\evil.example", "javascript:alert(1)"):
        assert log_in(browser, "ann", elsewhere).headers["location"] == "/"
        assert "evil" not in browser.get("/login", params={"next": elsewhere}).text


def test_pages_of_other_sites_and_ports_open_no_socket_and_post_nothing(site: Site) -> None:
    address = site.url.replace("http", "ws") + SOCKET
    own, other_port = site.url, "http://127.0.0.1:1"
    for origin in ("https://evil.example", other_port, "null"):
        with pytest.raises(InvalidStatus) as refused, connect(address, origin=origin):  # type: ignore[arg-type]
            pass
        assert refused.value.response.status_code == 403
        polled = httpx2.post(f"{site.url}/_nicegui_ws/socket.io/?EIO=4&transport=polling", headers={"Origin": origin})
        assert polled.status_code == 403
    with connect(address, origin=own) as socket:  # type: ignore[arg-type]
        assert str(socket.recv()).startswith("0{"), "engine.io greets the server's own pages"


def test_no_path_leads_out_of_the_folder_of_runs(site: Site) -> None:
    secret = site.home / "secret"
    secret.mkdir()
    (secret / "events.sqlite").write_bytes((site.home / "runs" / site.runs["done"] / "events.sqlite").read_bytes())
    for path in ("..%2Fsecret", "%2e%2e%2fsecret", "../secret", "..", "%2Fetc", "....//secret"):
        answer = httpx2.get(f"{site.url}/runs/{path}", headers=HTML)
        assert "all 40 evaluations are made" not in answer.text
        assert answer.status_code in (200, 404) and "Traceback" not in answer.text
