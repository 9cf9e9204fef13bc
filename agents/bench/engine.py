"""The engine on a bench: runs a search as a person would and tells its trace."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from illuminas.agents.bench.course_of_run import events_of
from illuminas.agents.bench.points import Points, points
from illuminas.agents.bench.trace import Foreseen, Job, Proposals, Step, Trace
from illuminas.agents.bench.variants import VARIANTS
from illuminas.agents.config import SearchConfig
from illuminas.agents.predictor import Predictor
from illuminas.agents.search import Search
from illuminas.memory.events import Event
from illuminas.memory.kinds import EvaluationMade, ProposalsMade, RoundArchived, SessionBegan
from illuminas.memory.state import RunState
from illuminas.tools.surrogate import Surrogate


def run_engine(job: Job) -> Trace:
    """Search with the settings of the method, in a folder of its own that goes when the trace is told."""
    config = SearchConfig(
        **VARIANTS[job.method],
        dataset=job.task.dataset,
        space=job.task.space,
        device=job.task.device,
        objectives=job.task.objectives,
        llm=job.llm,
        seed=job.seed,
        evaluations=job.budget,
        workers=1,
    )
    with tempfile.TemporaryDirectory(prefix="illuminas-bench-") as folder:
        search = Search(config, folder=Path(folder))
        search.run()
        events = events_of(search.run_folder)
    return trace_of(events, job.budget, points(job.task.space))


def trace_of(events: Iterable[Event], budget: int, where: Points) -> Trace:
    """The trace of a run by its event log; validation figures alone are in it."""
    state = RunState()
    codes: dict[str, int] = {}
    clock: list[float] = []
    operators: dict[str, str] = {}
    gains: dict[str, float] = {}
    elites: set[str] = set()
    incumbents: dict[int, float] = {}
    proposals: list[Proposals] = []
    proposed: Counter[str] = Counter()
    start = 0.0
    for event in events:
        state.apply(event)
        match event.data:
            case SessionBegan():
                start = start or event.time
            case ProposalsMade():
                now = Counter({who.value: record.proposed for who, record in state.operators.items()})
                proposals += [
                    Proposals(before=len(codes), operator=who, count=n) for who, n in (now - proposed).items()
                ]
                proposed = now
            case EvaluationMade(evaluation=evaluation):
                codes[evaluation.hash] = where.code_of(evaluation.text)
                clock.append(event.time - start)
                operators[evaluation.hash] = state.candidates[evaluation.hash].operator.value
            case RoundArchived(placements=placements):
                for placement in placements:
                    if placement.niche is None or placement.hash not in codes:
                        continue
                    accuracy = state.quality(placement.hash)
                    if placement.niche in incumbents:
                        gains[placement.hash] = accuracy - incumbents[placement.niche]
                    if placement.entered:
                        elites.add(placement.hash)
                        incumbents[placement.niche] = accuracy
    return Trace(
        budget=budget,
        codes=tuple(codes.values()),
        clock=tuple(clock),
        llm=state.started.llm.name,
        tokens=state.llm.tokens,
        steps=tuple(Step(operator=operators[h], gain=gains.get(h), elite=h in elites) for h in codes),
        proposals=tuple(proposals),
        foreseen=_foreseen(state, where),
    )


def _foreseen(state: RunState, where: Points) -> Foreseen | None:
    """What a run's own predictor expects at its end; None where chance decides, or nothing is left to foresee."""
    config, space = state.started.config, where.space
    rest = [each for each in space.reduced() if each.hash in state.proxies and each.hash not in state.evaluations]
    if not config["predictor"] or not rest or len(state.successes) < Surrogate.MINIMUM:
        return None
    proxies = config["proxies"] or state.started.task.proxies
    told = Predictor(space, state, inputs=config["predictor"], proxies=proxies).predict(rest)
    return Foreseen(
        labels=told.labels,
        codes=tuple(where.code_of(each.text) for each in rest),
        expected=tuple(told.values.round(3).tolist()),
    )
