"""A visit to a page without a browser: its elements as NiceGUI sends them, and the socket by which they act."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx2
from websockets.sync.client import ClientConnection, connect

from tests.server.web.conftest import Site

HTML = {"Accept": "text/html"}


class Visit:
    """One page that is open.

    Attributes:
        id: of the page, by which NiceGUI knows it.
        elements: as they were when the page was sent.
    """

    def __init__(self, site: Site, path: str, session: str = "") -> None:
        self._site = site
        self._cookie = {"Cookie": f"illuminas-session={session}"} if session else {}
        page = httpx2.get(f"{site.url}{path}", headers=HTML | self._cookie, timeout=60)
        assert page.status_code == 200
        written = re.search(r"String\.raw`(.*?)`", page.text, re.DOTALL)
        named = re.search(r"client_id\W+([0-9a-f-]{36})", page.text)
        assert written is not None and named is not None
        self.id = named[1]
        text = written[1]
        for sign, character in (("&lt;", "<"), ("&gt;", ">"), ("&#96;", "`"), ("&#36;", "$"), ("&amp;", "&")):
            text = text.replace(sign, character)
        self.elements: dict[str, dict[str, Any]] = json.loads(text)

    @contextmanager
    def open(self, page: str = "", tab: str = "a") -> Iterator[tuple[ClientConnection, str]]:
        """A socket that speaks for a page, this one unless told otherwise; and how it was greeted."""
        asked = f"client_id={page or self.id}&document_id=d&tab_id={tab}&next_message_id=0&implicit_handshake=true"
        address = f"{self._site.url.replace('http', 'ws')}/_nicegui_ws/socket.io/?EIO=4&transport=websocket&{asked}"
        with connect(address, additional_headers=self._cookie, max_size=None) as socket:
            socket.recv(timeout=30)
            socket.send("40")
            yield socket, str(socket.recv(timeout=30))

    def click(self, socket: ClientConnection, label: str) -> None:
        """Press a button of this page, over any socket."""
        (key,) = (key for key, each in self.elements.items() if each.get("props", {}).get("aria-label") == label)
        (event,) = self.elements[key]["events"]
        said = {"id": int(key), "client_id": self.id, "listener_id": event["listener_id"], "args": []}
        socket.send("42" + json.dumps(["event", said]))


def hears(socket: ClientConnection, words: str, *, within: float) -> bool:
    """Whether a socket is sent something with these words in so many seconds."""
    try:
        while True:
            if words in str(socket.recv(timeout=within)):
                return True
    except TimeoutError:
        return False
