"""Checks every HTTP request before anything else sees it: where it is for, whose it is, how often and how large."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Sequence
from typing import NamedTuple
from urllib.parse import urlsplit

from mcp.server.auth.middleware.bearer_auth import AuthenticatedUser
from mcp.server.auth.provider import AccessToken
from mcp.server.transport_security import RequestBodyLimitMiddleware
from mcp.types import INVALID_REQUEST
from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from illuminas.server.surface.principals import LOCAL, Principal, Tokens

OPEN = "/health"
"""The one path that asks for nothing."""
TOOLS = "/tools"
"""Path of the tools of searches, which tell test accuracies for their reports."""
BODY = 4 * 2**20
"""Bytes of a request."""
BURST = 4.0
"""Seconds' worth of requests that may come at once."""
STRANGERS = 1.0
"""Requests a second with a wrong token, from one address."""
MOST = 4096
"""Senders whose rate is remembered."""


class Visitor(AuthenticatedUser):
    """A principal as the MCP transports know users: a session belongs to whoever began it."""

    def __init__(self, principal: Principal) -> None:
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


class Doorkeeper:
    """ASGI middleware.

    Args:
        tokens: who may come in; with none of them everybody may, as :data:`LOCAL`.
        hosts: names by which the server is called, without port. A browser that was led here by another name, or from
            a page of another, is sent away.
        a_second: requests a second that a client may make.
    """

    def __init__(self, app: ASGIApp, *, tokens: Tokens, hosts: Sequence[str], a_second: float) -> None:
        self._app = app
        self._limited = RequestBodyLimitMiddleware(app, BODY)
        self._tokens = tokens
        self._hosts = frozenset(host.strip("[]").lower() for host in hosts)
        self._rate = Rate(a_second)
        self._strangers = Rate(STRANGERS)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan" or scope["path"] == OPEN:
            await self._app(scope, receive, send)
            return
        found = self._look_at(scope)
        if isinstance(found, Principal):
            await self._limited({**scope, "user": Visitor(found)}, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008, "reason": found.words})
        else:
            # MCP clients show their user the message of an error of JSON-RPC, and of no other
            error = {"jsonrpc": "2.0", "id": None, "error": {"code": INVALID_REQUEST, "message": found.words}}
            await JSONResponse(error, found.status, found.headers)(scope, receive, send)

    def _look_at(self, scope: Scope) -> Principal | _Refusal:
        headers = Headers(scope=scope)
        if _name(f"//{headers.get('host', '')}") not in self._hosts:
            return _Refusal(421, "this server is not called by that Host; start it with --allow-host")
        if (origin := headers.get("origin")) is not None and _name(origin) not in self._hosts:
            return _Refusal(403, "pages of that Origin may not call this server")
        principal = self._principal(headers, scope)
        if isinstance(principal, _Refusal):
            return principal
        own = scope["path"].rstrip("/") == TOOLS
        if own != (principal.scope == "tools") and not (own and principal == LOCAL):
            return _Refusal(403, f"a token of scope {principal.scope} does not open {scope['path']}")
        if wait := self._rate.take(principal.name):
            return _too_often(wait)
        return principal

    def _principal(self, headers: Headers, scope: Scope) -> Principal | _Refusal:
        if not len(self._tokens):
            return LOCAL
        kind, _, token = headers.get("authorization", "").partition(" ")
        principal = self._tokens.principal(token.strip()) if kind.lower() == "bearer" else None
        if principal is not None:
            return principal
        address = (scope.get("client") or ("?",))[0]
        if wait := self._strangers.take(address):
            return _too_often(wait)
        words = "expected the header Authorization: Bearer TOKEN, with a token that this server knows"
        return _Refusal(401, words, {"WWW-Authenticate": "Bearer"})


def _too_often(wait: float) -> _Refusal:
    return _Refusal(429, f"too many requests: wait {wait:.1f} s", {"Retry-After": str(int(wait) + 1)})


def _name(url: str) -> str:
    """The host of a URL, in lower case and without port; empty where it is none."""
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""
