"""What accuracy is traded against: latency on a device, parameters, multiply-accumulates."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from illuminas.memory.metrics import Reference
from illuminas.server.services.open_run import OpenRun
from illuminas.server.web.replay import Replay
from illuminas.tools.spaces import Architecture
from illuminas.tools.tables import TableError, list_tables, parse_reference, table_latency

OWN, PARAMS, MACS = "own", "params", "macs"


class Cost(NamedTuple):
    """A cost; lower is better.

    Attributes:
        key: :data:`OWN` for latency on the run's own device, ``table:NAME/COLUMN``, :data:`PARAMS` or :data:`MACS`.
        name: what it is.
        unit: that it is shown in.
        scale: how many of what the log counts are one of that unit.
    """

    key: str
    name: str
    unit: str
    scale: float = 1.0

    @property
    def words(self) -> str:
        """For an axis."""
        return f"{self.name}, {self.unit} (lower is better)"

    def shown(self, value: float) -> float:
        """A figure in the unit."""
        return value / self.scale

    def text(self, value: float) -> str:
        """A figure with its unit."""
        shown = self.shown(value)
        return f"{shown:,.0f} {self.unit}" if shown >= 1000 else f"{shown:.4g} {self.unit}"


def costs_of(run: OpenRun) -> list[Cost]:
    """What can be looked at in a run, its own device first: tables only tell of their own space."""
    own = [] if run.device is None else [Cost(OWN, f"latency on {run.device_words}", "ms")]
    others = [
        Cost(f"table:{info.name}/{column}", f"latency on {info.name}/{column}", "ms")
        for info in list_tables()
        if info.space == run.space.name
        for column in info.latencies
    ]
    others = [cost for cost in others if cost.key != run.device]
    return [*own, Cost(PARAMS, "parameters", "k", 1e3), Cost(MACS, "multiply-accumulates", "M", 1e6), *others]


class CostBook:
    """One cost of every architecture that was evaluated.

    Args:
        replay: tells when latencies on the run's own device became known.
    """

    def __init__(self, run: OpenRun, replay: Replay, cost: Cost) -> None:
        self.cost = cost
        self._run, self._replay = run, replay
        self._known: dict[str, float | None] = {}

    def lacks(self, hashes: Iterable[str]) -> list[str]:
        """Those that :meth:`learn` has yet to be told of."""
        return [] if self.cost.key == OWN else [hash_ for hash_ in hashes if hash_ not in self._known]

    def learn(self, hashes: Iterable[str]) -> None:
        """Find the cost of architectures; a millisecond each, off the event loop."""
        for hash_ in self.lacks(hashes):
            architecture = self._run.architecture(hash_)
            if self.cost.key in (PARAMS, MACS):
                value = self._run.features(architecture).get(self.cost.key)
                self._known[hash_] = None if value is None else float(value)
            else:
                self._known[hash_] = self._on_table(architecture)

    def entry(self, hash_: str) -> tuple[int, float] | None:
        """Since which round the cost is known, and the cost; None where it is not."""
        if self.cost.key == OWN:
            return self._replay.first_latency(hash_)
        value = self._known.get(hash_)
        return None if value is None else (0, value)

    def reference(self) -> Reference | None:
        """The box that hypervolume is measured in: the run's own, or up to the space's heaviest architecture.

        None where nobody knows the cost of that.
        """
        run = self._run
        if self.cost.key == OWN:
            return run.state.reference
        heaviest = run.space.heaviest()
        if self.cost.key in (PARAMS, MACS):
            worst: float | None = float(getattr(run.space.complexity(heaviest, run.shape), self.cost.key))
        else:
            worst = self._on_table(heaviest)
        chance = run.state.started.task.chance_accuracy
        return None if worst is None else Reference(accuracy=chance, latency=worst)

    def _on_table(self, architecture: Architecture) -> float | None:
        """Milliseconds of the fastest way to write it that the table has, as a search counts it."""
        reference, found = parse_reference(self.cost.key), []
        for equal in self._run.space.equals(architecture):
            try:
                found.append(table_latency(reference, equal.text))
            except TableError:
                continue
        return min(found, default=None)
