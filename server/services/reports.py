"""Summaries of runs, architectures and heuristics, as the MCP tools return them."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from typing import Any

from illuminas.agents.config import SearchConfig
from illuminas.memory.directives import CAPS
from illuminas.memory.heuristics import Heuristic, HeuristicStatus
from illuminas.memory.llm_use import LLMUse
from illuminas.memory.run import Run
from illuminas.memory.run_summary import RunSummary, State, run_summary
from illuminas.memory.runs import RunFolder
from illuminas.server.services.answers import ArchitectureLine, HeuristicLine, LLMCost, RunReport, WaitsFor
from illuminas.server.services.launcher import Order
from illuminas.server.services.services import NotBegun
from illuminas.tools.errors import IlluminasError
from illuminas.tools.evaluation import Status
from illuminas.tools.spaces import Feature

_HELD = {
    "running": "a process drives it",
    "waiting": "it waits for a person: answer_question",
    "paused": "a person paused it: resume_search",
}
_DOING = {
    "started": "opening its tools",
    "session": "opening its tools",
    "partition": "planning",
    "plan": "proposing candidates",
    "llm": "asking the LLM",
    "proposals": "screening candidates",
    "screened": "evaluating",
    "latency": "measuring latencies",
    "evaluation": "evaluating",
    "archived": "reviewing the round",
    "heuristic": "judging heuristics",
    "rules": "writing rules",
    "story": "closing the round",
    "round": "planning",
}
"""Kind of the last event -> what a running search does."""


def llm_cost(name: str, use: LLMUse) -> LLMCost:
    """What calls of LLMs took."""
    return LLMCost(
        name=name,
        calls=use.calls,
        failures=use.failures,
        tokens=use.tokens,
        seconds=round(use.seconds, 2),
        dollars=use.cost,
    )


def run_summaries(folders: Iterable[RunFolder]) -> list[RunSummary]:
    """Runs in a list; those whose logs are damaged or of another version are left out."""
    found = []
    for folder in folders:
        with suppress(IlluminasError):
            found.append(run_summary(folder))
    return found


def caps(run: Run) -> dict[str, float | None]:
    """What the run may spend in all, by name."""
    told: dict[str, Any] = run.state.caps or {name: run.settings.get(name) for name in CAPS}
    return dict(told)


def report(run: Run) -> RunReport:
    """How the run stands."""
    run_state, config, now = run.state, run.settings, run.status
    heuristics = run.heuristics().values()
    best = run_state.best
    return RunReport(
        run_id=run.id,
        state=now,
        reason=_reason(run, now),
        mode=str(config["mode"]),
        space=str(config["space"]),
        dataset=str(config["dataset"]),
        device=str(config["device"]),
        objectives=list(run_state.objectives),
        round=run_state.round,
        doing=_DOING.get(run.last_kind, run.last_kind) if now == "running" else "nothing",
        evaluations=len(run_state.evaluations),
        failures=len(run_state.failures),
        caps=caps(run),
        seconds=round(run_state.seconds, 2),
        niches=0 if run_state.partition is None else len(run_state.partition.reachable),
        filled=len(run_state.elites),
        qd_score=round(run_state.qd_score, 3),
        hypervolume=run_state.figures[-1].hypervolume if run_state.figures else None,
        best=None if best is None else architecture_line(run, best.hash),
        front=len(run.front),
        active_heuristics=sum(each.status is HeuristicStatus.ACTIVE for each in heuristics),
        heuristics=len(heuristics),
        shares=run_state.figures[-1].shares if run_state.figures else {},
        llm=llm_cost(run_state.started.llm.name, run_state.llm),
        llm_down={name: health.reason for name, health in run_state.llm_health.items() if health.until is not None},
        story=run_state.stories[max(run_state.stories)] if run_state.stories else "",
        steering=[f"{act.number}: {act.words} ({act.author}, via {act.via})" for act in run_state.steering.in_force],
        waits_for=_question(run),
    )


def unbegun_summary(order: Order, found: NotBegun) -> RunSummary:
    """A run of which nothing but its order is known, in short."""
    config = order.config or SearchConfig()
    return RunSummary(**_unbegun(config, found), llm=config.llm, budget=config.evaluations)


def unbegun_report(order: Order, found: NotBegun) -> RunReport:
    """A run of which nothing but its order is known."""
    config = order.config or SearchConfig()
    return RunReport(
        **_unbegun(config, found),
        doing="opening its tools" if found.state == "starting" else "nothing",
        caps={name: getattr(config, name) for name in CAPS},
        llm=LLMCost(name=config.llm, calls=0, failures=0, tokens=0, seconds=0.0),
    )


def _unbegun(config: SearchConfig, found: NotBegun) -> dict[str, Any]:
    told = {name: getattr(config, name) for name in ("mode", "space", "dataset", "device")}
    return {"run_id": found.run_id, "state": found.state, "reason": str(found), **told}


def _question(run: Run) -> WaitsFor | None:
    asked = run.state.steering.waiting
    if asked is None:
        return None
    return WaitsFor(question=asked.key, topic=asked.topic, text=asked.text, options=asked.options)


def _reason(run: Run, now: State) -> str:
    if now == "finished":
        return run.state.ended or ""
    if now in _HELD:
        return _HELD[now]
    return f"no process drives it any more; resume_search, or illuminas search --resume {run.id}, goes on with it"


def heuristic_line(heuristic: Heuristic, similarity: float | None = None) -> HeuristicLine:
    """A heuristic in a list."""
    evidence = heuristic.evidence
    return HeuristicLine(
        id=heuristic.id,
        text=heuristic.text,
        predicate=heuristic.predicate.text,
        direction=heuristic.direction,
        objective=heuristic.objective.name,
        scope=heuristic.scope.text,
        status=heuristic.status,
        reason=heuristic.reason,
        evidence=evidence.words(heuristic.objective),
        effect=evidence.effect,
        low=evidence.low,
        high=evidence.high,
        evaluations=evidence.n,
        origin=heuristic.origin,
        born_round=heuristic.born_round,
        pinned=heuristic.pinned,
        similarity=similarity,
    )


def architecture_line(run: Run, hash_: str) -> ArchitectureLine:
    """One evaluated architecture of a run, in short."""
    state, architecture = run.state, run.architecture(hash_)
    evaluation, features = state.evaluations[hash_], run.descriptors(architecture)
    niche = state.niches.get(hash_)
    return ArchitectureLine(
        hash=hash_,
        text=architecture.text,
        words=run.space.title(architecture),
        niche=niche,
        niche_words=None if niche is None else run.niche_words[niche],
        operator=state.candidates[hash_].operator,
        round=state.evaluated_in[hash_],
        status=evaluation.status,
        reason=evaluation.reason,
        objectives=run.values(hash_),
        figures=run.figures(hash_) if evaluation.status is Status.OK else "",
        params=_whole(features.get("params")),
        macs=_whole(features.get("macs")),
        elite=niche is not None and state.elites.get(niche) == hash_,
        on_front=hash_ in run.front,
    )


def _whole(value: Feature | None) -> int | None:
    return None if value is None else int(value)
