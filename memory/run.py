"""One run as whoever looks at it sees it: its log, its state, and what follows from both."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from functools import cached_property
from typing import Any

from illuminas.memory.candidate import Measured
from illuminas.memory.events import EventLog
from illuminas.memory.evidence import Record
from illuminas.memory.heuristics import Heuristic
from illuminas.memory.knowledge import KnowledgeBase
from illuminas.memory.observations import observe
from illuminas.memory.partitions import AnyPartition, of_a_build, structure
from illuminas.memory.predicates import Predicate
from illuminas.memory.runs import RunFolder, RunStatus, run_status
from illuminas.memory.state import RunState
from illuminas.tools.errors import LISTED, IlluminasError, unknown_name
from illuminas.tools.objectives import NO_DEVICE
from illuminas.tools.own_code import is_own
from illuminas.tools.spaces import Architecture, Feature, NetworkShape, SearchSpace


class Run:
    """A run whose log is open; :meth:`refresh` takes in what was written since.

    Args:
        folder: where the run keeps its files.
        log: the run's log where it is open already; None opens it to read.
        state: of that log.

    Attributes:
        lock: whoever reads the state in a thread of its own holds it, so that nothing changes meanwhile.

    Raises:
        IlluminasError: the folder has no log.
    """

    def __init__(self, folder: RunFolder, log: EventLog | None = None, state: RunState | None = None) -> None:
        self.folder = folder
        self.lock = threading.RLock()
        self.log = log or EventLog(folder.log, read_only=True)
        self.state = state or RunState(own=is_own(folder.log))
        self.knowledge = KnowledgeBase(self.log)
        self.last_kind = ""
        self._architectures: dict[str, Architecture] = {}
        self._structures: dict[str, dict[str, Feature]] = {}
        self._features: dict[str, Mapping[str, Feature]] = {}
        self._front: frozenset[str] | None = None

    def refresh(self) -> Run:
        """Bring the state up to date with the log.

        Raises:
            IlluminasError: the log is damaged, or of another version.
        """
        with self.lock:
            events = list(self.log.read(after=self.state.cursor))
            if events:
                self.state.extend(events)
                self.last_kind, self._front = events[-1].kind, None
        return self

    def close(self) -> None:
        self.log.close()

    @property
    def id(self) -> str:
        return self.folder.id

    @property
    def settings(self) -> dict[str, Any]:
        """The run's settings as they were at its start."""
        return self.state.started.config

    @property
    def status(self) -> RunStatus:
        return run_status(self.folder, self.state)

    @cached_property
    def space(self) -> SearchSpace:
        """As :attr:`RunState.space`."""
        return self.state.space

    @cached_property
    def shape(self) -> NetworkShape:
        return self.state.started.task.shape

    @property
    def partition(self) -> AnyPartition:
        """The run's niches.

        Raises:
            IlluminasError: the run was cut off before it made them, or has not done so yet.
        """
        if self.state.partition is None:
            raise IlluminasError(f"run {self.id} has made no niches yet: it has only begun. Ask again in some seconds.")
        return self.state.partition

    @cached_property
    def niche_words(self) -> tuple[str, ...]:
        """Every niche in words; a partition says each by looking at all the others."""
        return tuple(map(self.partition.describe, range(self.partition.size)))

    @property
    def device(self) -> str | None:
        """What latencies are of; None for a run without."""
        device: str = self.settings["device"]
        return None if device == NO_DEVICE else device

    @property
    def device_words(self) -> str | None:
        """:attr:`device` as people call it."""
        return None if self.device is None else device_words(self.device)

    @property
    def front(self) -> frozenset[str]:
        """Hashes of the Pareto front; empty for a run of one objective."""
        if self._front is None:
            self._front = frozenset(self.state.front)
        return self._front

    def heuristics(self) -> dict[str, Heuristic]:
        """Every heuristic there ever was in the run, by id, in order of birth."""
        return {heuristic.id: heuristic for heuristic in self.knowledge.all()}

    def architecture(self, hash_: str) -> Architecture:
        """A candidate's architecture."""
        text = self.state.candidates[hash_].text  # a later candidate may write the same function another way
        if text not in self._architectures:
            self._architectures[text] = self.space.parse(text)
        return self._architectures[text]

    def built(self, hash_: str) -> Measured | None:
        """What only a build told of an architecture; None where nothing is known."""
        return self.state.measured.get(hash_)

    def value(self, hash_: str, objective: str) -> float | None:
        """Value of an objective, in its unit; None where it is not known."""
        return self.state.value(hash_, objective)

    def descriptors(self, architecture: Architecture) -> dict[str, Feature]:
        """What is known without training, devices' values included; empty for free source that was never built."""
        known: dict[str, Feature] = {}
        if not self.space.is_free(architecture):
            if architecture.hash not in self._structures:
                self._structures[architecture.hash] = structure(self.space, self.shape, architecture)
            known = self._structures[architecture.hash]
        elif (built := self.built(architecture.hash)) is not None:
            known = of_a_build(architecture, **built.model_dump())
        devices = (each.name for each in self.state.tracked if each.source == "device")
        values = {name: self.value(architecture.hash, name) for name in devices}
        return {**known, **{name: value for name, value in values.items() if value is not None}}

    def features(self, architecture: Architecture) -> Mapping[str, Feature] | None:
        """What predicates may ask of an architecture; None of free source, which no rule speaks of."""
        if self.space.is_free(architecture):
            return None
        if architecture.text not in self._features:
            self._features[architecture.text] = self.space.features(architecture)
        return self._features[architecture.text]

    def niche_of(self, architecture: Architecture) -> int | None:
        """Where an architecture belongs; None where a descriptor that the partition needs is unknown."""
        return self.partition.niche_of(self.descriptors(architecture))

    def records(self, objective: str) -> list[Record]:
        """What the run has measured of an objective, as the evidence of its heuristics sees it."""
        return observe(self.state, objective, lambda hash_: self.features(self.architecture(hash_)))

    def values(self, hash_: str) -> dict[str, float]:
        """Objective's name -> value of an evaluated architecture, as far as they are known."""
        known = {each.name: self.state.value(hash_, each.name) for each in self.state.tracked}
        return {name: value for name, value in known.items() if value is not None}

    def figures(self, hash_: str) -> str:
        """The same in words, with units."""
        values = self.values(hash_)
        return ", ".join(each.text(values[each.name], 4) for each in self.state.tracked if each.name in values)

    def obeys(self, hash_: str, predicate: Predicate) -> bool:
        """Whether a predicate holds of an architecture; of free source nobody can say so."""
        architecture = self.architecture(hash_)
        return not self.space.is_free(architecture) and predicate.holds(self.descriptors(architecture))

    def niche(self, name: int | str) -> int:
        """A niche's number, by its number or its words.

        Raises:
            IlluminasError: the run has no such niche; the nearest is named.
        """
        known = {words: niche for niche, words in enumerate(self.niche_words)}
        if isinstance(name, int) or name.strip().isdigit():
            if int(name) < len(known):
                return int(name)
            listed = "; ".join(f"{niche} {words}" for words, niche in list(known.items())[:LISTED])
            raise IlluminasError(f"run {self.id} has niches 0 to {len(known) - 1}, got {name}: {listed}.")
        lowered = {words.lower(): niche for words, niche in known.items()}
        if name.strip().lower() in lowered:
            return lowered[name.strip().lower()]
        raise unknown_name("niche", name, [f"{niche} ({words})" for words, niche in known.items()])


def device_words(device: str) -> str:
    """A device's name as people say it."""
    machine, _, runtime = device.partition(":")
    if machine == "local":
        return f"the local machine, {runtime}" if runtime else "the local machine"
    return device.removeprefix("table:")
