"""A made-up search: a log as a search writes it, without a search.

Its networks are real ones of the code space, its accuracies follow from their depth and a draw.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np

from illuminas.agents.config import SearchConfig
from illuminas.memory.archive import Archive
from illuminas.memory.candidate import Candidate, Operator
from illuminas.memory.events import EventLog
from illuminas.memory.evidence import Evidence
from illuminas.memory.heuristics import Change, Heuristic, HeuristicStatus
from illuminas.memory.kinds import (
    EvaluationMade,
    HeuristicChanged,
    LLMCalled,
    LLMNames,
    PartitionMade,
    PlanMade,
    PoolScreened,
    ProposalsMade,
    RoundArchived,
    RoundEnded,
    RoundFigures,
    RoundReviewed,
    RunEnded,
    RunStarted,
    SessionBegan,
)
from illuminas.memory.knowledge_history import CHANGE_TO
from illuminas.memory.partitions import PartitionContext, make_partition, structure
from illuminas.memory.plan import Plan
from illuminas.memory.predicates import Condition, Predicate
from illuminas.memory.runs import RunFolder
from illuminas.memory.state import RunState
from illuminas.tools.evaluation import Evaluation, Status
from illuminas.tools.messages import TaskDescription
from illuminas.tools.objectives import ACCURACY, LATENCY, LOCAL
from illuminas.tools.spaces import Feature, InvalidArchitecture, NetworkShape, get_space

BATCH = 10
"""Evaluations a round."""
OBJECTIVES = (ACCURACY.of(), LATENCY.of(LOCAL))
SHAPE = NetworkShape(image_size=16, in_channels=1)
MEASURED_AGAIN = 4
"""Rules a round whose evidence has grown, in a run with an LLM."""


def write_large_run(folder: Path, *, candidates: int = 10_000, heuristics: int = 1_000, seed: int = 0) -> RunFolder:
    """A run that has ended, in a folder of its own."""
    run = RunFolder(folder)
    folder.mkdir(parents=True)
    run.lock.touch()
    log = EventLog(run.log)
    with log.together():
        search = MadeUpSearch(log, evaluations=candidates, heuristics=heuristics / candidates, seed=seed)
        for _ in search.rounds(candidates // BATCH):
            pass
        log.append(RunEnded(reason=f"all {candidates} evaluations are made"), round=search.round)
    log.close()
    return run


class MadeUpSearch:
    """Writes a log, event by event.

    Args:
        log: that is empty.
        evaluations: the budget.
        heuristics: that are born, an evaluation.
        llm: write also what an LLM's calls, scores without training and growing evidence add to a log.

    Attributes:
        round: the last one that began.
    """

    def __init__(
        self, log: EventLog, *, evaluations: int, heuristics: float = 0.1, llm: bool = False, seed: int = 0
    ) -> None:
        self.round = 0
        self._log, self._llm, self._heuristics = log, llm, heuristics
        self._rng = np.random.default_rng(seed)
        self._space = get_space("code")
        config = SearchConfig(mode="llmatic", space="code", device="local", llm="none", evaluations=evaluations)
        context = PartitionContext(space=self._space, shape=SHAPE)
        self._partition = make_partition(config.partition, context)
        self._reference = {OBJECTIVES[0].name: 10.0, OBJECTIVES[1].name: 20.0}
        self._archive = Archive(OBJECTIVES, "elites")
        self._state = RunState()
        self._known: list[str] = []
        self._rules: list[Heuristic] = []
        self._begin(config)

    def _begin(self, config: SearchConfig) -> None:
        task = TaskDescription(
            dataset="made-up", fidelity="train:4", shape=SHAPE, worst={OBJECTIVES[0].name: 10.0}, proxies=[]
        )
        name = "made-up" if self._llm else "none"
        started = RunStarted(
            config={**config.model_dump(mode="json"), "dataset": "made-up"},
            version="made-up",
            objectives=OBJECTIVES,
            llm=LLMNames(name=name, profile="none", roles={}),
            task=task,
        )
        self._log.append(started, key="started")
        self._log.append(SessionBegan(caps={"evaluations": config.evaluations, "seconds": None, "tokens": None}))
        niches = PartitionMade(partition=self._partition, reference=self._reference, reference_source="table")
        self._log.append(niches, key="partition")

    def rounds(self, count: int) -> Iterator[None]:
        """Write so many rounds more; comes back before every evaluation, so that whoever asks sets the pace."""
        for _ in range(count):
            yield from self._write_round()

    def _write_round(self) -> Iterator[None]:
        self.round += 1
        round = self.round
        plan = Plan(round=round, focus=(), items=(), heuristics={}, batch=BATCH, reason="made up", author="statistics")
        self._log.append(PlanMade(plan=plan), round=round, key=f"plan:{round}")
        chosen = self._chosen()
        candidates, latencies = [candidate for candidate, _ in chosen], {}
        for candidate, built in chosen:
            latencies[candidate.hash] = float(built["macs"]) / 4e6 + 0.1
        self._write_pool(candidates, latencies)
        placements = []
        for candidate, built in chosen:
            yield
            evaluation = self._evaluate(candidate)
            self._log.append(EvaluationMade(evaluation=evaluation), round=round)
            self._known += [evaluation.hash] if evaluation.status is Status.OK else []
            values = {**evaluation.objectives, OBJECTIVES[1].name: latencies[candidate.hash]}
            placements.append(self._archive.add(candidate.hash, values, self._partition.niche_of(built)))
        self._log.append(RoundArchived(placements=tuple(placements)), round=round)
        for number in range(int(self._heuristics * BATCH * (round - 1)), int(self._heuristics * BATCH * round)):
            self._write_heuristic(number)
        if self._llm:
            self._measure_again()
        self._log.append(RoundReviewed(text=f"Round {round}, made up.", author="statistics"), round=round)
        self._write_figures()

    def _chosen(self) -> list[tuple[Candidate, Mapping[str, Feature]]]:
        """What a round evaluates, with its structure."""
        state, rng, space = self._state, self._rng, self._space
        known = self._known
        parent = space.parse(state.candidates[known[int(rng.integers(len(known)))]].text) if known else None
        edits = space.edits(parent) if parent is not None else []
        chosen: dict[str, tuple[Candidate, Mapping[str, Feature]]] = {}
        while len(chosen) < BATCH:
            fresh = not edits or rng.random() < 0.3
            architecture = space.random(rng) if fresh else edits[int(rng.integers(len(edits)))].result
            if architecture.hash in state.candidates or architecture.hash in chosen:
                continue
            try:
                built = structure(space, SHAPE, architecture)
            except InvalidArchitecture:  # it halves these images too often
                continue
            accuracy = float(np.clip(40 + 6 * np.log(float(built["depth"]) + 1) + rng.normal(0, 9), 5, 99))
            candidate = Candidate(
                hash=architecture.hash,
                text=architecture.text,
                operator=Operator.RANDOM if fresh else Operator.MUTATE,
                parents=() if fresh or parent is None else (parent.hash,),
                expected=accuracy,
                chosen_for="chance",
            )
            chosen[architecture.hash] = candidate, built
        return list(chosen.values())

    def _write_pool(self, chosen: Sequence[Candidate], latencies: Mapping[str, float]) -> None:
        proxies = {}
        if self._llm:
            call = LLMCalled(
                agent="coder",
                role="coder",
                llm="made-up",
                prompt="",
                prompt_tokens=900,
                completion_tokens=80,
                seconds=1.5,
                text="made up " * 60,
            )
            self._log.append(call, round=self.round, key=f"llm:coder:{self.round}:0")
            proxies = {each.hash: {"nwot": self._rng.normal(), "synflow": self._rng.normal()} for each in chosen}
        counts = {Operator.RANDOM: 3, Operator.MUTATE: 7}
        self._log.append(ProposalsMade(counts=counts), round=self.round)
        screened = PoolScreened(chosen=tuple(chosen), proxies=proxies, values={OBJECTIVES[1].name: dict(latencies)})
        self._log.append(screened, round=self.round, key=f"screened:{self.round}")

    def _evaluate(self, candidate: Candidate) -> Evaluation:
        rng = self._rng
        failed, expected = rng.random() < 0.05, candidate.expected
        assert expected is not None
        return Evaluation(
            space="code",
            hash=candidate.hash,
            text=candidate.text,
            dataset="made-up",
            fidelity="train:4",
            status=Status.TIMEOUT if failed else Status.OK,
            objectives={} if failed else {OBJECTIVES[0].name: float(np.clip(expected + rng.normal(0, 4), 5, 99))},
            seconds=float(rng.gamma(2, 2)),
            epochs=4,
            reason="killed after 120 s" if failed else "",
        )

    def _write_heuristic(self, number: int) -> None:
        """One that is born, and most often judged."""
        rng, round = self._rng, self.round
        names = sorted(name for name in self._space.feature_docs if not name.endswith("_class"))  # those are words
        conditions = tuple(
            Condition(feature=names[int(rng.integers(len(names)))], op=">=", value=number + offset) for offset in (1, 2)
        )
        born = Heuristic(
            text=f"made-up rule {number}",
            predicate=Predicate(conditions=conditions),
            direction="raises",
            objective=OBJECTIVES[0],
            origin="mined",
            born_round=round,
            since=round,
        )
        self._note(Change.BORN, born, key=f"heuristic:{born.id}:born")
        status = list(HeuristicStatus)[int(rng.integers(len(HeuristicStatus) - 1))]
        effect = float(rng.normal(0, 2))
        evidence = Evidence(
            n_with=12, n_without=14, effect=effect, low=effect - 1.5, high=effect + 1.5, spread=4.0, p=0.03
        )
        judged = born.model_copy(
            update={"evidence": evidence, "status": status, "since": round + 1, "reason": "made up"}
        )
        if status is not HeuristicStatus.PROPOSED:
            self._note(CHANGE_TO[status], judged, key=f"heuristic:{born.id}:{round}:judged")
            self._rules.append(judged)

    def _measure_again(self) -> None:
        """The evidence of some rules has grown."""
        for place in self._rng.permutation(len(self._rules))[:MEASURED_AGAIN].tolist():
            then = self._rules[place]
            evidence = then.evidence.model_copy(update={"n_with": then.evidence.n_with + 5})
            now = self._rules[place] = then.model_copy(update={"evidence": evidence})
            self._note(Change.MEASURED, now, key=f"heuristic:{now.id}:{self.round}:measured")

    def _note(self, change: Change, heuristic: Heuristic, *, key: str) -> None:
        self._log.append(HeuristicChanged(change=change, heuristic=heuristic), round=self.round, key=key)

    def _write_figures(self) -> None:
        state = self._state
        for event in self._log.read(after=state.cursor):
            state.apply(event)
        best = state.best
        figures = RoundFigures(
            round=self.round,
            evaluations=len(state.evaluations),
            failures=len(state.failures),
            filled=len(state.elites),
            coverage=state.coverage,
            qd_score=state.qd_score,
            hypervolume=state.hypervolume,
            best=best.hash if best else None,
            best_value=state.quality(best.hash) if best else None,
            shares={Operator.RANDOM: 0.3, Operator.MUTATE: 0.7},
        )
        self._log.append(RoundEnded(figures=figures), round=self.round, key=f"round:{self.round}")
