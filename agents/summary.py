"""The summary of a run: elites, Pareto front, knowledge, costs. Nothing else asks for test accuracies."""

from __future__ import annotations

from collections import Counter
from typing import Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from illuminas.agents.context import Context
from illuminas.agents.llm.base import Role
from illuminas.memory.candidate import Operator
from illuminas.memory.heuristics import HeuristicStatus
from illuminas.memory.state import OperatorRecord, RunState
from illuminas.tools.correlation import spearman
from illuminas.tools.frozen import Frozen
from illuminas.tools.messages import Source
from illuminas.tools.objectives import Objective, is_local

LEAST_PREDICTIONS = 5
"""Fewest predicted evaluations for which the rank correlation is reported."""


class Found(Frozen):
    """One architecture of the result.

    Attributes:
        words: on one line, for people.
        objectives: objective's name -> value, in its unit; the search chose by them.
        test_accuracy: per cent, looked up after the search has ended; None for an interrupted search.
        latency_source: whether the value on the device was measured, unsteady as the machine was too busy, estimated,
            or looked up.
    """

    hash: str
    text: str
    words: str
    niche: str | None
    operator: Operator
    round: int
    objectives: dict[str, float]
    test_accuracy: float | None = None
    latency_source: Source | None = None
    params: int | None
    macs: int | None


class ArchiveSummary(BaseModel):
    """The archive's figures, and the elite of every filled niche by the niche's words."""

    coverage: float
    qd_score: float
    niches: dict[str, Found]


class KnowledgeSummary(BaseModel):
    """Heuristics in force, and all that were ever proposed."""

    active: int
    total: int
    retired: int


class RoleSummary(BaseModel):
    """One role's LLM."""

    name: str
    calls: int
    tokens: int
    dollars: float | None


class LLMSummary(BaseModel):
    """What the LLMs cost.

    Attributes:
        name: of the one, or of the different ones that the graph's agents have.
        failures: calls without a valid answer.
        dollars: None where a price is unknown.
        roles: each role's LLM and what its calls cost, of those who have one.
    """

    name: str
    calls: int
    failures: int
    tokens: int
    seconds: float
    dollars: float | None = None
    roles: dict[Role, RoleSummary] = Field(default={})


class LatencySummary(BaseModel):
    """Where the latencies of what was evaluated come from.

    Attributes:
        sources: how many come from where.
        reference: where the latency of the heaviest architecture comes from, which bounds the hypervolume.
    """

    sources: dict[Source, int]
    reference: Source

    @property
    def doubtful(self) -> bool:
        """Whether some are unsteady or estimated."""
        return bool({"unsteady", "estimated"} & {*self.sources, self.reference})


class PredictorSummary(BaseModel):
    """How well predictions agree with evaluations.

    Attributes:
        spearman: rank correlation, 1 is best. Only chosen candidates are measured, and these are more alike than the
            pool.
        predictions: evaluations for which a value was predicted.
    """

    spearman: float
    predictions: int


class Summary(BaseModel):
    """The result of a search; ``illuminas search --json`` prints it."""

    model_config = ConfigDict(extra="forbid")

    run_id: str
    status: Literal["finished", "interrupted"]
    reason: str
    objectives: list[Objective]
    evaluations: int
    failures: int
    best: Found | None
    archive: ArchiveSummary
    pareto: list[Found]
    hypervolume: float | None
    latencies: LatencySummary | None
    knowledge: KnowledgeSummary
    operators: dict[Operator, OperatorRecord]
    predictor: PredictorSummary | None
    llm: LLMSummary
    seconds: float


async def summarise(run_id: str, context: Context) -> Summary:
    """The summary of a run as it stands; test accuracies only where it has ended."""
    state, partition = context.state, context.partition
    best = [state.best.hash] if state.best else []
    wanted = list(dict.fromkeys([*state.elites.values(), *state.front, *best]))
    tests: dict[str, float | None] = {}
    if state.ended is not None and wanted:
        reported = await context.tools.report_test_accuracy([state.evaluations[hash_] for hash_ in wanted])
        tests = {each.hash: each.test_accuracy for each in reported.results}
    found = {hash_: _found(context, hash_, tests.get(hash_)) for hash_ in wanted}
    heuristics = context.knowledge.all()
    return Summary(
        run_id=run_id,
        status="finished" if state.ended is not None else "interrupted",
        reason=state.ended or "stopped before its end",
        objectives=list(state.objectives),
        evaluations=len(state.evaluations),
        failures=len(state.failures),
        best=found[state.best.hash] if state.best else None,
        archive=ArchiveSummary(
            coverage=state.coverage,
            qd_score=state.qd_score,
            niches={partition.describe(niche): found[hash_] for niche, hash_ in sorted(state.elites.items())},
        ),
        pareto=[found[hash_] for hash_ in state.front],
        hypervolume=state.hypervolume,
        latencies=_latency_figures(context),
        knowledge=KnowledgeSummary(
            active=sum(h.status is HeuristicStatus.ACTIVE for h in heuristics),
            retired=sum(h.status is HeuristicStatus.RETIRED for h in heuristics),
            total=len(heuristics),
        ),
        operators=dict(state.operators),
        predictor=_predictor_figures(state),
        llm=LLMSummary(
            name=context.llms.name,
            calls=state.llm.calls,
            failures=state.llm.failures,
            tokens=state.llm.tokens,
            seconds=state.llm.seconds,
            dollars=state.llm.cost,
            roles={
                role: RoleSummary(name=name, calls=use.calls, tokens=use.tokens, dollars=use.cost)
                for role, name in context.llms.names.items()
                if name != "none" and (use := state.llm_roles[role])
            },
        ),
        seconds=state.seconds,
    )


def _source(context: Context, hash_: str) -> Source | None:
    """Where an architecture's latency comes from; None where it has none."""
    state = context.state
    device = next((each for each in state.tracked if each.source == "device"), None)
    if device is None or state.value(hash_, device.name) is None:
        return None
    if hash_ in state.unsteady:
        return state.unsteady[hash_].source
    return "measured" if is_local(device.device) else "table"


def _latency_figures(context: Context) -> LatencySummary | None:
    """None without a device."""
    reference = context.state.reference_source
    if reference is None:
        return None
    found = Counter(source for hash_ in context.state.evaluations if (source := _source(context, hash_)))
    return LatencySummary(sources=dict(found), reference=reference)


def _predictor_figures(state: RunState) -> PredictorSummary | None:
    """None for fewer than :data:`LEAST_PREDICTIONS`, and where all predictions or all values are equal."""
    told = [
        (expected, state.quality(each.hash))
        for each in state.successes
        if (expected := state.candidates[each.hash].expected) is not None
    ]
    if len(told) < LEAST_PREDICTIONS:
        return None
    expected, came = np.array(told).T
    agreement = spearman(expected, came)
    return None if agreement is None else PredictorSummary(spearman=agreement, predictions=len(told))


def _found(context: Context, hash_: str, test_accuracy: float | None) -> Found:
    state = context.state
    architecture = context.architecture(hash_)
    known = context.descriptors(architecture)
    niche = state.niches.get(hash_)
    return Found(
        hash=hash_,
        text=architecture.text,
        words=context.space.title(architecture),
        niche=None if niche is None else context.partition.describe(niche),
        operator=state.candidates[hash_].operator,
        round=state.evaluated_in[hash_],
        objectives={each.name: value for each in state.tracked if (value := state.value(hash_, each.name)) is not None},
        test_accuracy=test_accuracy,
        latency_source=_source(context, hash_),
        params=int(known["params"]) if "params" in known else None,
        macs=int(known["macs"]) if "macs" in known else None,
    )
