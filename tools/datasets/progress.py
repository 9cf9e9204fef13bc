"""How far the loading of images is, told to whoever wants to show it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

Listener = Callable[[str, int, int], None]
"""``(what, done, total)``: such as ``("decoding", 120, 5000)``."""

_listener: ContextVar[Listener | None] = ContextVar("listener", default=None)


@contextmanager
def listened(listener: Listener) -> Iterator[None]:
    """Have the loading within the block tell how far it is."""
    token = _listener.set(listener)
    try:
        yield
    finally:
        _listener.reset(token)


def tell(what: str, done: int, total: int) -> None:
    """Say how far something is."""
    listener = _listener.get()
    if listener is not None:
        listener(what, done, total)
