"""What a socket may say: it is heard about pages of its own person alone, and no longer than they are logged in.

NiceGUI takes the id of a page for all that is needed to act on it, whoever opened the socket.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any, Final
from urllib.parse import parse_qs

from nicegui import Client, core

from illuminas.server.services.auth_middleware import LOGIN, Visitor
from illuminas.server.services.principals import COOKIE

HEARD: Final = ("handshake", "event", "javascript_response", "ack", "log")
"""What the browser's side of NiceGUI says of a page, beside its first words."""


def guard_sockets() -> None:
    """Stand before all that NiceGUI hears; call it once a process."""
    said = core.sio.handlers["/"]
    connect = said["connect"]

    async def connected(sid: str, environ: dict[str, Any], about: Any = None) -> bool:
        asked = parse_qs(environ.get("QUERY_STRING", "")).get("client_id", [""])[0]
        if not _may_speak(environ, asked):
            return False  # which refuses the connection
        await connect(sid, environ, about)
        return True

    core.sio.on("connect", connected)
    for name in HEARD:
        core.sio.on(name, _guarded(said[name]))


def send_away(key: str) -> None:
    """Lead every page that a session opened to the login page."""
    for client in list(Client.instances.values()):
        if key and client.request.cookies.get(COOKIE) == key and client.has_socket_connection:
            client.open(LOGIN)


def _guarded(handler: Callable[[str, Any], Any]) -> Callable[[str, Any], Any]:
    async def heard(sid: str, message: Any) -> Any:
        if not isinstance(message, Mapping) or not _may_speak(core.sio.get_environ(sid), message.get("client_id")):
            return False
        answer = handler(sid, message)
        return await answer if inspect.isawaitable(answer) else answer

    return heard


def _may_speak(environ: Mapping[str, Any], page: Any) -> bool:
    """Whether who opened the socket is still here, and has opened the page too; of one that is gone all may speak."""
    visitor: Visitor = environ["asgi.scope"]["user"]
    client = Client.instances.get(page)
    return visitor.is_here() and (client is None or client.request.scope["user"].principal == visitor.principal)
