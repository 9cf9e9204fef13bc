"""A notebook: what the panels of one open tab share, which is the history and what a person looks at in it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from illuminas.memory.events import Event
from illuminas.memory.heuristics import Heuristic
from illuminas.memory.knowledge import as_of
from illuminas.memory.knowledge_history import KnowledgeHistory
from illuminas.server.report.knowledge import knowledge_markdown
from illuminas.server.services.knowledge.dossier import Dossier, dossier
from illuminas.server.services.knowledge.listing import Meanings
from illuminas.server.web.page_state import PageState


class Notebook:
    """The knowledge of a run while a person reads in it.

    Attributes:
        round: the base is shown as it stood after this one; None is now.
        open: id of the heuristic whose card is shown.
        may_act: whether they may change anything.
    """

    def __init__(self, page_state: PageState) -> None:
        self.page_state = page_state
        self.history = KnowledgeHistory()
        self.meanings = Meanings()
        self.round: int | None = None
        self.open: str | None = None
        self.may_act = page_state.client.may_act
        self._told: list[Callable[[], None]] = []
        self._state: dict[str, Heuristic] | None = None

    @property
    def last(self) -> int:
        """The last round that the run has come to."""
        return self.page_state.run.state.round

    @property
    def heuristics(self) -> dict[str, Heuristic]:
        """By id, as they stood after :attr:`round`."""
        if self._state is None:
            self._state = self.history.as_of(self.round)
        return self._state

    def extend(self, events: Sequence[Event]) -> bool:
        """Take in events; whether they changed the knowledge."""
        changed = self.history.extend(events) > 0
        if changed:
            self._state = None
        return changed

    def others(self) -> list[str]:
        """Ids of the other runs that may be looked at, the newest first."""
        return [run.id for run in self.page_state.client.folders() if run.id != self.page_state.run.id]

    def of_another(self, id_: str, round: int | None) -> dict[str, Heuristic]:
        """The heuristics of another run, as they stood after ``round`` (default: now)."""
        return as_of(self.page_state.client.run(id_).log, round)

    def dossier(self, id_: str) -> Dossier:
        """All there is to say of a heuristic in the round that is looked at; in a thread, for it may take seconds."""
        with self.page_state.run.lock:
            return dossier(self.page_state.run, self.history, id_, self.round)

    def markdown(self) -> str:
        """The whole base of that round as a text."""
        with self.page_state.run.lock:
            return knowledge_markdown(self.page_state.run, self.history, self.round)

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
