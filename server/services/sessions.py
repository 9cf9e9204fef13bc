"""Sessions: who has logged in with a browser. They live in this process, and end with it."""

from __future__ import annotations

import secrets
import time
from collections import OrderedDict

from illuminas.server.services.principals import Principal

COOKIE = "illuminas-session"
LASTS = 12 * 3600.0
"""Seconds that a session lasts without a request."""
MOST = 1024
"""Sessions at once; of more, the one that was used least lately ends."""


class Sessions:
    """Keys that browsers keep in a cookie, in place of the token itself."""

    def __init__(self) -> None:
        self._known: OrderedDict[str, tuple[Principal, float]] = OrderedDict()

    def begin(self, principal: Principal) -> str:
        """The key of a new session."""
        key = secrets.token_urlsafe(32)
        self._known[key] = (principal, time.monotonic())
        if len(self._known) > MOST:
            self._known.popitem(last=False)
        return key

    def principal(self, key: str) -> Principal | None:
        """Whose session it is; None where it is nobody's, or has ended."""
        found = self._known.pop(key, None)
        if found is None or time.monotonic() - found[1] > LASTS:
            return None
        self._known[key] = (found[0], time.monotonic())
        return found[0]

    def end(self, key: str) -> None:
        """Log out; harmless twice."""
        self._known.pop(key, None)
