"""A run as its event log tells it: what agents decide on, progress shows and reports print."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from pydantic import BaseModel

from illuminas.memory.archive import Placement, PlacementStatus, qd_score
from illuminas.memory.candidate import Candidate, Measured, Operator, RejectedProposal
from illuminas.memory.clock import Clock
from illuminas.memory.events import Event, EventLog
from illuminas.memory.failures import Failures
from illuminas.memory.filling import Filling
from illuminas.memory.kinds import (
    EvaluationMade,
    LatencyMeasured,
    LLMCalled,
    LLMStateChanged,
    PartitionMade,
    PlanMade,
    PoolScreened,
    ProposalsMade,
    RoundArchived,
    RoundEnded,
    RoundFigures,
    RoundReviewed,
    RulesWritten,
    RunEnded,
    RunStarted,
    SessionBegan,
)
from illuminas.memory.llm_use import Call, Health, LLMUse
from illuminas.memory.partitions import AnyPartition
from illuminas.memory.prompt_archive import Outcome, Trial
from illuminas.memory.steering import Steering
from illuminas.tools.errors import IlluminasError
from illuminas.tools.evaluation import Evaluation, Status
from illuminas.tools.messages import Reading, Source
from illuminas.tools.objectives import Constraint, Objective, Vector, hypervolume, pareto_front
from illuminas.tools.own_code import is_own
from illuminas.tools.spaces import SearchSpace, get_space
from illuminas.tools.spaces.registry import own_space


class OperatorRecord(BaseModel):
    """What one operator achieved: proposals that were new, those evaluated, elites it brought."""

    proposed: int = 0
    evaluated: int = 0
    elites: int = 0


class RunState:
    """Reduces events to the state of a run; feed it with :meth:`apply` in the order of the log.

    Attributes:
        began: seconds since the epoch.
        clock: the run's own time.
        candidates: by hash; those the screen chose and those the LLM proposed, the latest of each architecture.
        evaluations: by hash, in the order of measurement, failures included.
        objectives: what the run optimises, the primary first; ``bounded``: what it only keeps within bounds.
        constraints: bounds that hold from the start.
        reference: objective's name -> its worst value, where the hypervolume begins.
        values: objective's name -> hash -> value, of all architectures that have one; :meth:`value` tells it as of
            earlier rounds.
        infeasible: hash -> why a device cannot run it.
        best: the evaluation that is best by the primary objective and keeps to the constraints, the elder of equals;
            None before the first.
        evaluated_in, evaluated_at: hash -> round of its evaluation, and seconds into the run.
        filling: what came to every niche, round by round; ``elites`` and ``kept`` are what it holds now.
        rules: niche -> ids of the heuristics that the critic wrote for it, where a mode asks for that.
        proxies: hash -> zero-cost scores.
        unsteady: hash -> the reading of those latencies that a busy machine left unsteady or estimated, the one that
            was tried again longest ago first.
        reference_source: where the reference's value on this machine comes from.
        measured: hash -> what only a build told, of architectures whose structure does not tell.
        trials: what came of instructions, in order.
        figures: of every complete round; ``figured_at``: seconds into the run at which each was complete.
        turned_down: proposals that were known already.
        misses: proposals of an LLM that were refused, in order.
        llm: what all calls cost; ``llm_roles``: the same by who asked, ``llm_health``: whether each LLM answers.
        calls: all calls of LLMs, in order.
        llm_told: by LLM, the call of the last change of its health that the log tells.
        failed: what failed, by stage and reason.
        steering: what people asked of the search, and what it asked them.
    """

    def __init__(self, *, own: bool = False) -> None:
        self._own = own
        self._started: RunStarted | None = None
        self.began = 0.0
        self.steering = Steering()
        self.partition: AnyPartition | None = None
        self.objectives: tuple[Objective, ...] = ()
        self.bounded: tuple[Objective, ...] = ()
        self.constraints: tuple[Constraint, ...] = ()
        self.reference: dict[str, float] = {}
        self.values: defaultdict[str, dict[str, float]] = defaultdict(dict)
        self.infeasible: dict[str, str] = {}
        self.round = 0
        self.candidates: dict[str, Candidate] = {}
        self.evaluations: dict[str, Evaluation] = {}
        self.evaluated_in: dict[str, int] = {}
        self.evaluated_at: dict[str, float] = {}
        self.latency_failures: dict[str, str] = {}
        self.unsteady: dict[str, Reading] = {}
        self.reference_source: Source | None = None
        self.proxies: dict[str, dict[str, float]] = {}
        self.measured: dict[str, Measured] = {}
        self.trials: list[Trial] = []
        self.misses: list[RejectedProposal] = []
        self.best: Evaluation | None = None
        self.filling = Filling(self.rank)
        self.elites, self.kept = self.filling.elites, self.filling.kept
        self.rules: dict[int, tuple[str, ...]] = {}
        self.niches: dict[str, int] = {}
        self.placements: list[Placement] = []
        self.operators: defaultdict[Operator, OperatorRecord] = defaultdict(OperatorRecord)
        self.figures: list[RoundFigures] = []
        self.figured_at: list[float] = []
        self.turned_down = 0
        self.failed = Failures()
        self.stories: dict[int, str] = {}
        self.llm = LLMUse()
        self.calls: list[Call] = []
        self.llm_roles: defaultdict[str, LLMUse] = defaultdict(LLMUse)
        self.llm_health: defaultdict[str, Health] = defaultdict(Health)
        self.llm_told: dict[str, str] = {}
        self.agent_calls: Counter[tuple[str, int]] = Counter()
        self.ended: str | None = None
        self.cursor = 0
        self._best_of: dict[int, float] = {}
        self._known: dict[tuple[str, str], tuple[tuple[int, float], ...]] = {}
        self._session_caps: dict[str, Any] = {}
        self.clock = Clock(self.steering)

    @classmethod
    def of(cls, log: EventLog) -> RunState:
        """The state that a whole log tells."""
        state = cls(own=is_own(log.path))
        state.extend(log.read())
        return state

    @classmethod
    def at(cls, log: EventLog, round: int) -> RunState:
        """The state at the end of a round: of all that the log holds of it and of those before."""
        state = cls(own=is_own(log.path))
        state.extend(event for event in log.read() if event.round <= round)
        return state

    def extend(self, events: Iterable[Event]) -> None:
        """Take in what a log tells.

        Raises:
            IlluminasError: an event is damaged; it is raised again at every further try.
        """
        for event in events:
            before = self.cursor
            try:
                self.apply(event)
            except KeyError as error:
                self.cursor = before
                raise IlluminasError(
                    f"event {event.id} of the log, {event.kind}, speaks of {error}, of which no event before it does: "
                    "the log is damaged. Put a copy of the run's folder in its place, if there is one."
                ) from error

    def apply(self, event: Event) -> None:
        """Take in one event; one that was seen before changes nothing."""
        if event.id <= self.cursor:
            return
        self.cursor = event.id
        self.steering.apply(event)
        self.clock.apply(event)
        self.failed.apply(event)
        self.round = max(self.round, event.round)
        self._take(event)

    @property
    def begun(self) -> bool:
        """Whether the run has told anything yet."""
        return self._started is not None

    @property
    def started(self) -> RunStarted:
        """What the run started from.

        Raises:
            IlluminasError: it has told nothing yet.
        """
        if self._started is None:
            raise IlluminasError("the run has not begun: its log is empty. Ask again in some seconds.")
        return self._started

    @property
    def space(self) -> SearchSpace:
        """The run's search space.

        Raises:
            IlluminasError: it is one of somebody's own, which this process may not import.
        """
        code = self.started.own_code.get("space")
        return get_space(self.started.config["space"]) if code is None else own_space(code, own_log=self._own)

    @property
    def caps(self) -> dict[str, Any]:
        """Name -> cap of the session, or what a person has set since."""
        return {**self._session_caps, **self.steering.caps}

    @property
    def seconds(self) -> float:
        """Wall-clock time of all sessions, up to the last event, without the time that a person held it up."""
        return self.clock.seconds

    @property
    def seconds_now(self) -> float:
        """As :attr:`seconds`, for a run that some process drives: up to this moment."""
        return self.clock.seconds_now

    @property
    def successes(self) -> list[Evaluation]:
        return [evaluation for evaluation in self.evaluations.values() if evaluation.status is Status.OK]

    @property
    def failures(self) -> list[Evaluation]:
        return [evaluation for evaluation in self.evaluations.values() if evaluation.status is not Status.OK]

    @property
    def coverage(self) -> float:
        """Share of the reachable niches that are filled, 0 to 1; 0 before there are niches."""
        return 0.0 if self.partition is None else len(self.elites) / max(1, len(self.partition.reachable))

    @property
    def primary(self) -> Objective:
        """The first objective: elites, QD score and the best are judged by it."""
        return self.objectives[0]

    @property
    def tracked(self) -> tuple[Objective, ...]:
        """All objectives whose values the run needs: those it optimises, then those it only keeps within bounds."""
        return (*self.objectives, *self.bounded)

    def value(self, hash: str, objective: str, round: int | None = None) -> float | None:
        """Value of an architecture, in the objective's unit; None where it is not known.

        Args:
            round: as known at its end; None for now.
        """
        if round is None:
            return self.values[objective].get(hash)
        told = self._known.get((objective, hash), ())
        return next((value for since, value in reversed(told) if since <= round), None)

    def known_since(self, hash: str, objective: str) -> int | None:
        """The round in which a value of an architecture was first known; None where it is not."""
        told = self._known.get((objective, hash))
        return told[0][0] if told else None

    def evaluated_until(self, round: int) -> list[str]:
        """Hashes of what was evaluated up to the end of a round, in the order of measurement."""
        return [hash for hash, at in list(self.evaluated_in.items()) if at <= round]

    def quality(self, hash: str) -> float:
        """Value of the primary objective of a successful evaluation, in its unit."""
        return self.values[self.primary.name][hash]

    def rank(self, hash: str) -> float:
        """The same on a scale where higher is better."""
        return self.primary.gain(self.quality(hash))

    def best_of_round(self, round: int) -> float | None:
        """Best value of the primary objective among what a round evaluated; None where nothing succeeded."""
        return self._best_of.get(round)

    def keeps_bounds(self, hash: str) -> bool:
        """Whether nothing known of an architecture breaks the run's constraints."""
        known = ((each, self.value(hash, each.objective)) for each in self.constraints)
        return all(value is None or each.holds(value) for each, value in known)

    @property
    def qd_score(self) -> float:
        """The QD score of the elites, see :class:`~illuminas.memory.archive.ArchiveStats`."""
        return qd_score(map(self.quality, self.elites.values()), self.primary, self.reference)

    @property
    def vectors(self) -> dict[str, Vector]:
        """Hash -> values of the objectives, of the evaluated that have all of them and keep to the constraints."""
        found = {}
        for evaluation in self.successes:
            values = [self.value(evaluation.hash, objective.name) for objective in self.objectives]
            known = tuple(value for value in values if value is not None)
            if len(known) == len(values) and self.keeps_bounds(evaluation.hash):
                found[evaluation.hash] = known
        return found

    @property
    def front(self) -> dict[str, Vector]:
        """Hash -> values of the Pareto front of the objectives; empty for a run of one objective."""
        return pareto_front(self.vectors, self.objectives) if len(self.objectives) > 1 else {}

    def front_at(self, round: int) -> dict[str, Vector]:
        """As :attr:`front`, of what was evaluated up to the end of a round."""
        seen = set(self.evaluated_until(round))
        vectors = {hash: vector for hash, vector in self.vectors.items() if hash in seen}
        return pareto_front(vectors, self.objectives) if len(self.objectives) > 1 else {}

    def best_at(self, round: int) -> str | None:
        """Hash of :attr:`best`, of what was evaluated up to the end of a round."""
        known = [hash for hash in self.evaluated_until(round) if self.evaluations[hash].status is Status.OK]
        return max(filter(self.keeps_bounds, known), key=self.rank, default=None)

    @property
    def hypervolume(self) -> float | None:
        """Share of the box of the reference that the front dominates, 0 to 1; None as of :class:`RoundFigures`."""
        if len(self.objectives) < 2:
            return None
        return hypervolume(list(self.front.values()), self.objectives, self.reference)

    def _take(self, event: Event) -> None:
        match event.data:
            case RunStarted() as started:
                self._started, self.began = started, event.time
                self.objectives, self.bounded = started.objectives, started.bounded
                self.constraints = started.constraints
            case SessionBegan(caps=caps):
                self._session_caps = caps
            case PartitionMade() as made:
                self.partition, self.reference = made.partition, dict(made.reference)
                self.reference_source = made.reference_source
            case PlanMade():
                self.ended = None  # a finished run goes on with a larger budget
            case LLMCalled() as call:
                self._on_call(call, event)
            case LLMStateChanged() as change:
                self.llm_told[change.llm] = change.call
            case ProposalsMade() as proposals:
                self._on_proposals(proposals)
            case PoolScreened() as screened:
                self._on_screened(screened, event.round)
            case LatencyMeasured(reading=reading):
                self._on_latency(reading, event.round)
            case EvaluationMade(evaluation=evaluation):
                self._on_evaluation(evaluation, event.round)
            case RoundArchived(placements=placements):
                self._on_archived(placements, event.round)
            case RulesWritten(niches=niches):
                self.rules.update(niches)
            case RoundReviewed(text=text):
                self.stories[event.round] = text
            case RoundEnded(figures=figures):
                self.figures.append(figures)
                self.figured_at.append(self.seconds)
            case RunEnded(reason=reason):
                self.ended = reason

    def _on_call(self, call: LLMCalled, event: Event) -> None:
        self.agent_calls[call.agent, event.round] += 1
        self.calls.append(Call.of(call, self.seconds))
        self.llm.add(call)
        self.llm_roles[call.role].add(call)
        if not call.by_a_person:  # what a chat in another process hears decides nothing here
            health = self.llm_health[call.llm]
            self.llm_health[call.llm] = health.after(call, round=event.round, key=event.key or "")

    def _learn(self, objective: str, hash: str, value: float, round: int) -> None:
        told = self._known.get((objective, hash), ())
        if not told or told[-1][1] != value:
            self._known[objective, hash] = (*told, (round, value))
        self.values[objective][hash] = value

    def _on_proposals(self, proposals: ProposalsMade) -> None:
        self.turned_down += proposals.turned_down
        for operator, count in proposals.counts.items():
            self.operators[operator].proposed += count
        for candidate in proposals.candidates:
            if candidate.hash not in self.evaluations:
                self.candidates[candidate.hash] = candidate
        for miss in proposals.misses:
            self.misses.append(miss)
            if miss.last and miss.temperature is not None:
                outcome = Outcome.KEPT_OUT if miss.repeated else Outcome.FAILED
                self.trials.append(Trial(instruction=miss.instruction, temperature=miss.temperature, outcome=outcome))

    def _on_screened(self, screened: PoolScreened, round: int) -> None:
        for objective, values in screened.values.items():
            for hash_, value in values.items():
                self._learn(objective, hash_, value, round)
        self.infeasible |= {hash_: found.reason for hash_, found in screened.infeasible.items()}
        self.proxies.update(screened.proxies)
        self.measured.update(screened.measured)
        for hash_ in screened.refused:
            if hash_ in self.candidates:
                self._try(hash_, Outcome.FAILED)
        for candidate in screened.chosen:
            self.candidates[candidate.hash] = candidate

    def _on_latency(self, reading: Reading, round: int) -> None:
        if reading.value is None:
            self.latency_failures[reading.hash] = reading.reason
            return
        before = self.unsteady.pop(reading.hash, None)
        kept = reading if before is None else min(before, reading, key=_unsteadiness)
        assert kept.value is not None
        self._learn(reading.objective, reading.hash, kept.value, round)
        if _unsteadiness(kept) > 0:
            self.unsteady[reading.hash] = kept

    def _on_evaluation(self, evaluation: Evaluation, round: int) -> None:
        self.evaluations[evaluation.hash] = evaluation
        self.evaluated_in[evaluation.hash] = round
        self.evaluated_at[evaluation.hash] = self.seconds
        self.operators[self.candidates[evaluation.hash].operator].evaluated += 1
        for objective, measured in evaluation.objectives.items():
            self._learn(objective, evaluation.hash, measured, round)
        value = self.value(evaluation.hash, self.primary.name)
        if evaluation.status is Status.OK and value is not None:
            best = self._best_of.get(round)
            if best is None or self.primary.better(value, best):
                self._best_of[round] = value
            if self.keeps_bounds(evaluation.hash) and (
                self.best is None or self.primary.better(value, self.quality(self.best.hash))
            ):
                self.best = evaluation

    def _try(self, hash_: str, outcome: Outcome, *, best: bool = False) -> None:
        """Note what came of the instruction that a candidate followed, if it followed one."""
        candidate = self.candidates[hash_]
        if candidate.temperature is not None:
            self.trials.append(
                Trial(instruction=candidate.instruction, temperature=candidate.temperature, outcome=outcome, best=best)
            )

    def _on_archived(self, placements: Sequence[Placement], round: int) -> None:
        before = max((self.primary.gain(best) for at, best in self._best_of.items() if at < round), default=-math.inf)
        for placement in placements:
            self.placements.append(placement)
            self.filling.place(round, placement)
            if placement.status is PlacementStatus.INFEASIBLE:
                continue
            if placement.status is PlacementStatus.FAILED:
                self._try(placement.hash, Outcome.FAILED)
            else:
                outcome = Outcome.ENTERED if placement.entered else Outcome.KEPT_OUT
                self._try(placement.hash, outcome, best=self.rank(placement.hash) > before)
            if placement.niche is not None:
                self.niches[placement.hash] = placement.niche
            if placement.entered:
                self.operators[self.candidates[placement.hash].operator].elites += 1


def _unsteadiness(reading: Reading) -> float:
    """How little a latency is to be trusted: 0 as measured or looked up, an unsteady one by its spread."""
    match reading.source:
        case "unsteady":
            return reading.spread or 0.0
        case "estimated":
            return math.inf
        case _:
            return 0.0
