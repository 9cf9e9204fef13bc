"""A run as its event log tells it: what agents decide on, progress shows and reports print."""

from __future__ import annotations

import math
import time
from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import Any

from pydantic import BaseModel, ConfigDict, TypeAdapter

from illuminas.memory.archive import Placement, PlacementStatus
from illuminas.memory.candidate import Candidate, Measured, Operator, RejectedProposal
from illuminas.memory.events import Event, EventLog
from illuminas.memory.kinds import Kind
from illuminas.memory.llm_use import Health, LLMUse
from illuminas.memory.metrics import Point, Reference, pareto_front
from illuminas.memory.partitions import AnyPartition
from illuminas.memory.prompt_archive import Outcome, Trial
from illuminas.memory.steering import Steering
from illuminas.tools.errors import IlluminasError
from illuminas.tools.evaluation import Evaluation, Status
from illuminas.tools.messages import LatencyReading, Source

_PARTITION: TypeAdapter[AnyPartition] = TypeAdapter(AnyPartition)


class RoundFigures(BaseModel):
    """The figures at the end of one round; the ``round`` event's data.

    Attributes:
        shares: the operators' shares of the next round, summing to 1.
        hypervolume: None for a run without a device.
    """

    model_config = ConfigDict(extra="forbid")

    round: int
    evaluations: int
    failures: int
    filled: int
    coverage: float
    qd_score: float
    hypervolume: float | None
    best: str | None
    best_accuracy: float | None
    shares: dict[Operator, float]


class OperatorRecord(BaseModel):
    """What one operator achieved: proposals that were new, those evaluated, elites it brought."""

    proposed: int = 0
    evaluated: int = 0
    elites: int = 0


class RunState:
    """Reduces events to the state of a run; feed it with :meth:`apply` in the order of the log.

    Attributes:
        candidates: by hash; those the screen chose and those the LLM proposed, the latest of each architecture.
        evaluations: by hash, in the order of measurement, failures included.
        best: the evaluation of highest validation accuracy, the elder of equals; None before the first success.
        elites: niche -> hash of its most accurate.
        kept: niche -> hashes of what it keeps, in the order of their coming.
        rules: niche -> ids of the heuristics that the critic wrote for it, where a mode asks for that.
        proxies: hash -> zero-cost scores.
        latencies: hash -> milliseconds on the run's device.
        unsteady: hash -> the reading of those latencies that a busy machine left unsteady or estimated, the one that
            was tried again longest ago first.
        reference_source: where the latency of the reference comes from.
        measured: hash -> what only a build told, of architectures whose structure does not tell.
        trials: what came of instructions, in order.
        misses: proposals of an LLM that were refused, in order.
        llm: what all calls cost; ``llm_roles``: the same by who asked, ``llm_health``: whether each LLM answers.
        llm_told: by LLM, the call of the last change of its health that the log tells.
        steering: what people asked of the search, and what it asked them.
    """

    def __init__(self) -> None:
        self.started: dict[str, Any] = {}
        self.steering = Steering()
        self.partition: AnyPartition | None = None
        self.reference: Reference | None = None
        self.round = 0
        self.candidates: dict[str, Candidate] = {}
        self.evaluations: dict[str, Evaluation] = {}
        self.evaluated_in: dict[str, int] = {}
        self.latencies: dict[str, float] = {}
        self.latency_failures: dict[str, str] = {}
        self.unsteady: dict[str, LatencyReading] = {}
        self.reference_source: Source | None = None
        self.proxies: dict[str, dict[str, float]] = {}
        self.measured: dict[str, Measured] = {}
        self.trials: list[Trial] = []
        self.misses: list[RejectedProposal] = []
        self.best: Evaluation | None = None
        self.elites: dict[int, str] = {}
        self.kept: dict[int, list[str]] = {}
        self.rules: dict[int, tuple[str, ...]] = {}
        self.niches: dict[str, int] = {}
        self.placements: list[Placement] = []
        self.operators: defaultdict[Operator, OperatorRecord] = defaultdict(OperatorRecord)
        self.figures: list[RoundFigures] = []
        self.stories: dict[int, str] = {}
        self.llm = LLMUse()
        self.llm_roles: defaultdict[str, LLMUse] = defaultdict(LLMUse)
        self.llm_health: defaultdict[str, Health] = defaultdict(Health)
        self.llm_told: dict[str, str] = {}
        self.agent_calls: Counter[tuple[str, int]] = Counter()
        self.ended: str | None = None
        self.cursor = 0
        self._best_of: dict[int, float] = {}
        self._session_caps: dict[str, Any] = {}
        self._session_start = 0.0
        self._last_time = 0.0
        self._earlier_seconds = 0.0

    @classmethod
    def of(cls, log: EventLog) -> RunState:
        """The state that a whole log tells."""
        state = cls()
        state.extend(log.read())
        return state

    def extend(self, events: Iterable[Event]) -> None:
        """Take in what a log tells.

        Raises:
            IlluminasError: an event is damaged or of another version; it is raised again at every further try.
        """
        for event in events:
            before = self.cursor
            try:
                self.apply(event)
            except (KeyError, TypeError, ValueError) as error:
                self.cursor = before
                told = " ".join(str(error).split())[:200]
                raise IlluminasError(
                    f"event {event.id} of the log, {event.kind}, is damaged or of another version of "
                    f"illuminas ({told}). Open the run with the version that made it."
                ) from error

    def apply(self, event: Event) -> None:
        """Take in one event; one that was seen before changes nothing."""
        if event.id <= self.cursor:
            return
        self.cursor = event.id
        if event.kind == Kind.SESSION:
            if self._session_start:
                self._earlier_seconds += self._last_time - self._session_start
            self._session_start = event.time
            self._session_caps = event.data["caps"]
        self.steering.apply(event)
        if not by_a_person(event):  # who steers and chats also while nobody drives the run
            self._last_time = event.time
        self.round = max(self.round, event.round)
        reducer = getattr(self, f"_on_{event.kind}", None)
        if reducer is not None:
            reducer(event)

    @property
    def caps(self) -> dict[str, Any]:
        """Name -> cap of the session, or what a person has set since."""
        return {**self._session_caps, **self.steering.caps}

    @property
    def seconds(self) -> float:
        """Wall-clock time of all sessions, up to the last event, without the time that a person held it up."""
        return self._seconds_until(self._last_time)

    @property
    def seconds_now(self) -> float:
        """As :attr:`seconds`, for a run that some process drives: up to this moment."""
        return self._seconds_until(time.time())

    def _seconds_until(self, now: float) -> float:
        return self._earlier_seconds + now - self._session_start - self.steering.held_until(now)

    @property
    def successes(self) -> list[Evaluation]:
        return [evaluation for evaluation in self.evaluations.values() if evaluation.status is Status.OK]

    @property
    def failures(self) -> list[Evaluation]:
        return [evaluation for evaluation in self.evaluations.values() if evaluation.status is not Status.OK]

    def accuracy(self, hash: str) -> float:
        """Validation accuracy of a successful evaluation, per cent."""
        accuracy = self.evaluations[hash].val_accuracy
        assert accuracy is not None
        return accuracy

    def best_of_round(self, round: int) -> float | None:
        """Highest validation accuracy among what a round evaluated, per cent; None where nothing succeeded."""
        return self._best_of.get(round)

    @property
    def front(self) -> list[Point]:
        """Pareto front of validation accuracy and latency; empty without a device."""
        return pareto_front(
            [
                Point(hash=e.hash, accuracy=self.accuracy(e.hash), latency=self.latencies[e.hash])
                for e in self.successes
                if e.hash in self.latencies
            ]
        )

    def _on_started(self, event: Event) -> None:
        self.started = event.data

    def _on_partition(self, event: Event) -> None:
        self.partition = _PARTITION.validate_python(event.data["partition"])
        reference = event.data["reference"]
        self.reference = Reference.model_validate(reference) if reference else None
        self.reference_source = event.data["reference_source"]

    def _on_llm(self, event: Event) -> None:
        data = event.data
        self.agent_calls[data["agent"], event.round] += 1
        self.llm.add(data)
        if "llm" in data:  # earlier versions had one for all
            self.llm_roles[data["role"]].add(data)
            if data["role"] != "chat":  # what a chat in another process hears decides nothing here
                health = self.llm_health[data["llm"]]
                self.llm_health[data["llm"]] = health.after(data, round=event.round, key=event.key or "")

    def _on_llm_state(self, event: Event) -> None:
        self.llm_told[event.data["llm"]] = event.data["call"]

    def _on_plan(self, event: Event) -> None:
        self.ended = None  # a finished run goes on with a larger budget

    def _on_proposals(self, event: Event) -> None:
        for operator, count in event.data["counts"].items():
            self.operators[Operator(operator)].proposed += count
        for data in event.data["candidates"]:
            candidate = Candidate.model_validate(data)
            if candidate.hash not in self.evaluations:
                self.candidates[candidate.hash] = candidate
        for data in event.data.get("misses", ()):  # earlier versions kept none
            miss = RejectedProposal.model_validate(data)
            self.misses.append(miss)
            if miss.last and miss.temperature is not None:
                outcome = Outcome.KEPT_OUT if miss.repeated else Outcome.FAILED
                self.trials.append(Trial(instruction=miss.instruction, temperature=miss.temperature, outcome=outcome))

    def _on_screened(self, event: Event) -> None:
        self.latencies.update(event.data["latencies"])
        self.proxies.update(event.data["proxies"])
        for hash_, data in event.data.get("measured", {}).items():
            self.measured[hash_] = Measured.model_validate(data)
        for hash_ in event.data.get("refused", ()):
            if hash_ in self.candidates:
                self._try(hash_, Outcome.FAILED)
        for data in event.data["chosen"]:
            candidate = Candidate.model_validate(data)
            self.candidates[candidate.hash] = candidate

    def _on_latency(self, event: Event) -> None:
        reading = LatencyReading.model_validate(event.data)
        if reading.latency_ms is None:
            self.latency_failures[reading.hash] = reading.reason
            return
        before = self.unsteady.pop(reading.hash, None)
        kept = reading if before is None else min(before, reading, key=_unsteadiness)
        assert kept.latency_ms is not None
        self.latencies[reading.hash] = kept.latency_ms
        if _unsteadiness(kept) > 0:
            self.unsteady[reading.hash] = kept

    def _on_evaluation(self, event: Event) -> None:
        evaluation = Evaluation.model_validate(event.data)
        self.evaluations[evaluation.hash] = evaluation
        self.evaluated_in[evaluation.hash] = event.round
        self.operators[self.candidates[evaluation.hash].operator].evaluated += 1
        accuracy = evaluation.val_accuracy
        if evaluation.status is Status.OK and accuracy is not None:
            self._best_of[event.round] = max(accuracy, self._best_of.get(event.round, 0.0))
            if self.best is None or accuracy > self.accuracy(self.best.hash):
                self.best = evaluation

    def _try(self, hash_: str, outcome: Outcome, *, best: bool = False) -> None:
        """Note what came of the instruction that a candidate followed, if it followed one."""
        candidate = self.candidates[hash_]
        if candidate.temperature is not None:
            self.trials.append(
                Trial(instruction=candidate.instruction, temperature=candidate.temperature, outcome=outcome, best=best)
            )

    def _on_archived(self, event: Event) -> None:
        before = max((best for round, best in self._best_of.items() if round < event.round), default=0.0)
        for data in event.data["placements"]:
            placement = Placement.model_validate(data)
            self.placements.append(placement)
            if placement.status is PlacementStatus.FAILED:
                self._try(placement.hash, Outcome.FAILED)
            else:
                outcome = Outcome.ENTERED if placement.entered else Outcome.KEPT_OUT
                self._try(placement.hash, outcome, best=self.accuracy(placement.hash) > before)
            if placement.niche is not None:
                self.niches[placement.hash] = placement.niche
            if placement.entered and placement.niche is not None:
                rest = [hash_ for hash_ in self.kept.get(placement.niche, ()) if hash_ not in placement.displaced]
                self.kept[placement.niche] = [*rest, placement.hash]
                self.elites[placement.niche] = max(self.kept[placement.niche], key=self.accuracy)
                self.operators[self.candidates[placement.hash].operator].elites += 1

    def _on_rules(self, event: Event) -> None:
        self.rules.update({int(niche): tuple(ids) for niche, ids in event.data["niches"].items()})

    def _on_story(self, event: Event) -> None:
        self.stories[event.round] = event.data["text"]

    def _on_round(self, event: Event) -> None:
        self.figures.append(RoundFigures.model_validate(event.data))

    def _on_ended(self, event: Event) -> None:
        self.ended = event.data["reason"]


def _unsteadiness(reading: LatencyReading) -> float:
    """How little a latency is to be trusted: 0 as measured or looked up, an unsteady one by its spread."""
    match reading.source:
        case "unsteady":
            return reading.spread or 0.0
        case "estimated":
            return math.inf
        case _:
            return 0.0


def by_a_person(event: Event) -> bool:
    """Whether an event comes of what a person did: a directive, the heuristic that one adds, or what a chat asked."""
    if event.kind == Kind.HEURISTIC:
        return bool(event.data["change"] == "born" and event.data["heuristic"]["origin"] == "user")
    return event.kind == Kind.DIRECTIVE or (event.kind == Kind.LLM and event.data.get("role") == "chat")
