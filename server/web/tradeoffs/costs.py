"""What can be traded off in a run: its objectives, size, and what other devices say."""

from __future__ import annotations

from collections.abc import Iterable

from illuminas.memory.run import Run
from illuminas.tools.objectives import KINDS, Objective
from illuminas.tools.spaces import Architecture
from illuminas.tools.tables import TableError, list_tables, table_value


def choices_of(run: Run) -> dict[str, Objective]:
    """Name -> objective that an axis can show: the run's own first, then size, then other devices of its space."""
    sizes = [kind.of() for kind in KINDS.values() if kind.source == "structure" and kind.scale > 1]
    devices = [
        kind.of(f"table:{info.name}/{column}")
        for info in list_tables()
        if info.space == run.space.name
        for kind in KINDS.values()
        for column in info.devices(kind.name)
    ]
    return {each.name: each for each in (*run.state.tracked, *sizes, *devices)}


class ValueBook:
    """One objective of every architecture that was evaluated."""

    def __init__(self, run: Run, objective: Objective) -> None:
        self.objective = objective
        self._run = run
        self._own = objective.name in {each.name for each in run.state.tracked}
        self._known: dict[str, float | None] = {}

    def lacks(self, hashes: Iterable[str]) -> list[str]:
        """Those that :meth:`learn` has yet to be told of."""
        return [] if self._own else [hash_ for hash_ in hashes if hash_ not in self._known]

    def learn(self, hashes: Iterable[str]) -> None:
        """Find the values of architectures; a millisecond each, off the event loop."""
        for hash_ in self.lacks(hashes):
            architecture = self._run.architecture(hash_)
            if self.objective.source == "structure":
                value = self._run.descriptors(architecture).get(self.objective.name)
                self._known[hash_] = None if value is None else float(value)
            else:
                self._known[hash_] = self._on_table(architecture)

    def entry(self, hash_: str) -> tuple[int, float] | None:
        """Since which round the value is known, and the value; None where it is not."""
        state, since = self._run.state, 0
        value = state.value(hash_, self.objective.name) if self._own else self._known.get(hash_)
        if self._own:
            since = state.known_since(hash_, self.objective.name) or 0
        return None if value is None else (since, value)

    def worst(self) -> float | None:
        """Where hypervolume begins: in the run's own reference, or at the space's heaviest architecture."""
        run = self._run
        if self.objective.name in run.state.reference:
            return run.state.reference[self.objective.name]
        heaviest = run.space.heaviest()
        if self.objective.source == "structure":
            value = run.descriptors(heaviest).get(self.objective.name)
            return None if value is None else float(value)
        return None if self.objective.uncertain else self._on_table(heaviest)

    def _on_table(self, architecture: Architecture) -> float | None:
        """The best value of all ways to write it that the table has, as a search counts it."""
        found = []
        for equal in self._run.space.equals(architecture):
            try:
                found.append(table_value(self.objective, equal.text))
            except TableError:
                continue
        return max(found, key=self.objective.gain, default=None)
