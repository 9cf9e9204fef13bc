"""What the tabs of one open page of a run share."""

from __future__ import annotations

from collections.abc import Callable

from illuminas.memory.events import Event
from illuminas.memory.run import Run
from illuminas.server.web.entry.client import WebClient


class Selection:
    """The architectures that a person has picked out, in whichever tab; all tabs show them."""

    def __init__(self) -> None:
        self.hashes: frozenset[str] = frozenset()
        self._told: list[Callable[[], None]] = []

    def set(self, hashes: frozenset[str]) -> None:
        """Pick these out, and tell every tab."""
        if hashes != self.hashes:
            self.hashes = hashes
            for tell in self._told:
                tell()

    def tell(self, listener: Callable[[], None]) -> None:
        """Call ``listener`` whenever the selection changes."""
        self._told.append(listener)


class PageState:
    """One page of a run: the run, how far this page has seen its log, and what is selected in it.

    Attributes:
        run: shared between the pages that show it; its state is up to date with :attr:`cursor` or later.
        client: what whoever looks may see and do; steering goes through ``controls.confirm.propose``.
        open_tab: brings a tab to the front, by its name.
        steer: opens the dialog for a kind of directive, with some of its fields filled in.
    """

    def __init__(self, run: Run, client: WebClient) -> None:
        self.run = run
        self.client = client
        self.cursor = run.state.cursor
        self.selection = Selection()
        self.open_tab: Callable[[str], None] = lambda name: None
        self.steer: Callable[..., None] = lambda kind, **values: None

    def news(self) -> list[Event]:
        """What was written to the log since this was last asked.

        Where a thread works with the state just now, nothing, until it is done.
        """
        if not self.run.lock.acquire(blocking=False):
            return []
        try:
            events = list(self.run.log.read(after=self.cursor))
            if events:
                self.cursor = events[-1].id
                self.run.refresh()
            return events
        finally:
            self.run.lock.release()
