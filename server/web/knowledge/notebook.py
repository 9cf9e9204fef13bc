"""A notebook: what the panels of one open tab share, which is the chronicle and what a person looks at in it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from nicegui import run as background

from illuminas.agents.steering import echo, steer
from illuminas.memory.chronicle import KINDS, Chronicle
from illuminas.memory.directives import Directive
from illuminas.memory.events import Event, EventLog
from illuminas.memory.heuristics import Heuristic
from illuminas.memory.knowledge import as_of
from illuminas.memory.runs import find_run, list_runs
from illuminas.server.surface.principals import LOCAL, asking
from illuminas.server.web.knowledge.meanings import Meanings
from illuminas.server.web.window import Window

VIA = "web"


class Notebook:
    """The knowledge of a run while a person reads in it; made while the page is, for then it is known who asks.

    Attributes:
        round: the base is shown as it stood after this one; None is now.
        open: id of the heuristic whose card is shown.
        author: who acts here.
        may_act: whether they may change anything.
    """

    def __init__(self, window: Window) -> None:
        principal = asking() or LOCAL
        self.window = window
        self.chronicle = Chronicle()
        self.meanings = Meanings()
        self.round: int | None = None
        self.open: str | None = None
        self.author = principal.name
        self.may_act = principal.scope == "act"
        self._told: list[Callable[[], None]] = []
        self._state: dict[str, Heuristic] | None = None

    @property
    def last(self) -> int:
        """The last round that the run has come to."""
        return self.window.run.view.round

    @property
    def heuristics(self) -> dict[str, Heuristic]:
        """By id, as they stood after :attr:`round`."""
        if self._state is None:
            self._state = self.chronicle.as_of(self.round)
        return self._state

    def read(self) -> None:
        """Take in the log as it stands."""
        self.extend(list(self.window.run.log.read(*KINDS)))

    def extend(self, events: Sequence[Event]) -> bool:
        """Take in events; whether they changed the knowledge."""
        changed = self.chronicle.extend(events) > 0
        if changed:
            self._state = None
        return changed

    async def echo(self, directive: Directive) -> str:
        """A directive in words, as it would be written.

        Raises:
            IlluminasError: it makes no sense in the run; the message says what would.
        """
        said = await background.io_bound(echo, self.window.run.folder, directive)
        return "" if said is None else said.words

    async def steer(self, directive: Directive) -> None:
        """Have the run obey a directive; raises as :meth:`echo` does."""
        await background.io_bound(steer, self.window.run.folder, directive, author=self.author, via=VIA)

    def others(self) -> list[str]:
        """Ids of the other runs that may be looked at, the newest first."""
        return [run.id for run in reversed(list_runs()) if run.id != self.window.run.id]

    def of_another(self, id_: str, round: int | None) -> dict[str, Heuristic]:
        """The heuristics of another run, as they stood after ``round`` (default: now)."""
        log = EventLog(find_run(id_).log, read_only=True)
        try:
            return as_of(log, round)
        finally:
            log.close()

    def show(self, *, round: int | None) -> None:
        """Look at another round."""
        if round != self.round:
            self.round, self._state = round, None
            self._tell()

    def turn_to(self, id_: str) -> None:
        """Open the card of a heuristic, by its full id; harmless where it was not born yet."""
        if id_ in self.heuristics:
            self.open = id_
            self._tell()

    def tell(self, listener: Callable[[], None]) -> None:
        """Call ``listener`` whenever another round or heuristic is looked at."""
        self._told.append(listener)

    def _tell(self) -> None:
        for listener in self._told:
            listener()
