"""Checks every HTTP request before anything else sees it: where it is for, whose it is, how often and how large."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import NamedTuple
from urllib.parse import quote, urlsplit

from mcp.server.auth.middleware.bearer_auth import AuthenticatedUser
from mcp.server.auth.provider import AccessToken
from mcp.server.transport_security import RequestBodyLimitMiddleware
from mcp.types import INVALID_REQUEST
from starlette.datastructures import Headers
from starlette.requests import cookie_parser
from starlette.responses import JSONResponse, RedirectResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from illuminas.server.services.principals import COOKIE, LOCAL, Principal, Sessions, Tokens

OPEN = "/health"
"""The one path that asks for nothing."""
LOGIN = "/login"
"""Where a browser changes a token for a session."""
ICON = "/favicon.ico"
"""What every browser asks for."""
SURFACE = "/mcp"
TOOLS = "/tools"
"""Path of the tools of searches, which tell test accuracies for their reports."""
ASSETS = "/_nicegui"
"""Beginning of the paths of what pages are made of; a page asks for many at once, which counts as one request."""
BODY = 4 * 2**20
"""Bytes of a request."""
BURST = 4.0
"""Seconds' worth of requests that may come at once."""
STRANGERS = 1.0
"""Requests a second with a wrong token, from one address."""
MOST = 4096
"""Senders whose rate is remembered."""


class Visitor(AuthenticatedUser):
    """A principal as the MCP transports know users: a session belongs to whoever began it.

    Attributes:
        logged_in: it came with the session of a browser.
        is_here: whether that session still lasts; asking prolongs it. Without one, always.
    """

    def __init__(self, principal: Principal, *, is_here: Callable[[], bool] | None = None) -> None:
        self.logged_in = is_here is not None
        self.is_here = is_here or (lambda: True)
        super().__init__(AccessToken(token="", client_id=principal.name, scopes=[principal.scope]))
        self.principal = principal


class _Refusal(NamedTuple):
    status: int
    words: str
    headers: dict[str, str] | None = None


class Rate:
    """Requests a second of each sender: a bucket of tokens that fills up with time.

    Args:
        a_second: how fast it fills; it holds :data:`BURST` seconds' worth.
    """

    def __init__(self, a_second: float) -> None:
        self._a_second = a_second
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, sender: str) -> float:
        """Seconds that the sender must wait; 0 where it need not."""
        now = time.monotonic()
        most = max(1.0, BURST * self._a_second)
        left, then = self._left.pop(sender, (most, now))
        left = min(most, left + (now - then) * self._a_second)
        wait = 0.0 if left >= 1 else (1 - left) / self._a_second
        self._left[sender] = (left if wait else left - 1, now)
        if len(self._left) > MOST:
            self._left.popitem(last=False)
        return wait


class AuthMiddleware:
    """ASGI middleware.

    MCP clients show a bearer token, in the header. Browsers log in, and keep a session in a cookie, which opens the
    pages and nothing else. A page's requests, web sockets among them, come from this very server's pages alone: from
    the same host and port as they go to.

    Args:
        tokens: who may come in; with none of them everybody may, as :data:`LOCAL`.
        hosts: names by which the server is called, without port. A browser that was led here by another name, or from
            a page of another, is sent away.
        a_second: requests a second that a client may make.
        sessions: of browsers that have logged in.
    """

    def __init__(
        self, app: ASGIApp, *, tokens: Tokens, hosts: Sequence[str], a_second: float, sessions: Sessions
    ) -> None:
        self._app = app
        self._limited = RequestBodyLimitMiddleware(app, BODY)
        self._tokens = tokens
        self._sessions = sessions
        self._hosts = frozenset(host.strip("[]").lower() for host in hosts)
        self._rate = Rate(a_second)
        self._strangers = Rate(STRANGERS)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan" or scope["path"] == OPEN:
            await self._app(scope, receive, send)
            return
        found = self._look_at(scope)
        if isinstance(found, Visitor):
            await self._limited({**scope, "user": found}, receive, send)
        elif found is None:
            await self._limited(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008, "reason": found.words})
        elif found.status == 401 and _is_for_reading(scope):
            following = quote(scope["path"] + (f"?{query}" if (query := scope["query_string"].decode()) else ""))
            await RedirectResponse(f"{LOGIN}?next={following}", 303)(scope, receive, send)
        else:
            # MCP clients show their user the message of an error of JSON-RPC, and of no other
            error = {"jsonrpc": "2.0", "id": None, "error": {"code": INVALID_REQUEST, "message": found.words}}
            await JSONResponse(error, found.status, found.headers)(scope, receive, send)

    def _look_at(self, scope: Scope) -> Visitor | _Refusal | None:
        """Who comes; None for a stranger who may log in or see the icon."""
        headers = Headers(scope=scope)
        host, page = headers.get("host", ""), not scope["path"].startswith((SURFACE, TOOLS))
        if _name(f"//{host}") not in self._hosts:
            return _Refusal(421, "this server is not called by that Host; start it with --allow-host")
        origin = headers.get("origin")
        if origin is not None and (_name(origin) not in self._hosts or (page and _place(origin) != host.lower())):
            return _Refusal(403, "pages of that Origin may not call this server")
        if scope["path"] in (LOGIN, ICON):
            return None
        visitor = self._visitor(headers, scope, page=page)
        if isinstance(visitor, _Refusal):
            return visitor
        principal = visitor.principal
        own = scope["path"].rstrip("/") == TOOLS
        if own != (principal.scope == "tools") and not (own and principal == LOCAL):
            return _Refusal(403, f"a token of scope {principal.scope} does not open {scope['path']}")
        if not scope["path"].startswith(ASSETS) and (wait := self._rate.take(principal.name)):
            return _too_often(wait)
        return visitor

    def _visitor(self, headers: Headers, scope: Scope, *, page: bool) -> Visitor | _Refusal:
        if not len(self._tokens):
            return Visitor(LOCAL)
        kind, _, token = headers.get("authorization", "").partition(" ")
        principal = self._tokens.principal(token.strip()) if kind.lower() == "bearer" else None
        if principal is not None:
            return Visitor(principal)
        if page:
            key = cookie_parser(headers.get("cookie", "")).get(COOKIE, "")
            if (logged_in := self._sessions.principal(key)) is not None:
                return Visitor(logged_in, is_here=lambda: self._sessions.principal(key) is not None)
            if not kind:
                words = f"log in at {LOGIN}, or show a token in the header Authorization: Bearer TOKEN"
                return _Refusal(401, words, {"WWW-Authenticate": "Bearer"})
        address = (scope.get("client") or ("?",))[0]
        if wait := self._strangers.take(address):
            return _too_often(wait)
        words = "expected the header Authorization: Bearer TOKEN, with a token that this server knows"
        return _Refusal(401, words, {"WWW-Authenticate": "Bearer"})


def _too_often(wait: float) -> _Refusal:
    return _Refusal(429, f"too many requests: wait {wait:.1f} s", {"Retry-After": str(int(wait) + 1)})


def _is_for_reading(scope: Scope) -> bool:
    """Whether a person's browser asks for a page."""
    page = not scope["path"].startswith((SURFACE, TOOLS, ASSETS))
    return page and scope.get("method") == "GET" and "text/html" in Headers(scope=scope).get("accept", "")


def _place(url: str) -> str:
    """Host and port of a URL, in lower case; empty where it is none."""
    try:
        return urlsplit(url).netloc.lower()
    except ValueError:
        return ""


def _name(url: str) -> str:
    """The host of a URL, in lower case and without port; empty where it is none."""
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""
