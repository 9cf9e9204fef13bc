"""What runs cost, and how they compare."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from illuminas.memory.events import Event
from illuminas.memory.heuristics import HeuristicStatus
from illuminas.memory.kinds import EvaluationMade, LLMCalled
from illuminas.memory.llm_use import LLMUse
from illuminas.memory.run import Run
from illuminas.server.services.answers import Costs, Difference, LLMCost, RunComparison, RunFigures, RunReport
from illuminas.server.services.reports import llm_cost, report
from illuminas.tools.evaluation import Status
from illuminas.tools.objectives import Objective

MATTERS = ("space", "dataset", "device", "epochs")
"""Settings that must be equal for figures to mean the same."""


def costs(run: Run, minutes: float | None, now: float | None) -> Costs:
    """What the run spent.

    Args:
        minutes: before the end; None is all of it.
        now: the end, seconds since the epoch; None is the last event.
    """
    events = list(run.log.read())
    end = now or events[-1].time
    begin = events[0].time if minutes is None else end - 60 * minutes
    inside = [event for event in events if begin <= event.time <= end]
    evaluations = [event.data.evaluation for event in inside if isinstance(event.data, EvaluationMade)]
    calls = [event.data for event in inside if isinstance(event.data, LLMCalled)]
    agents = {call.agent for call in calls}
    name, primary = run.state.started.llm.name, run.state.primary
    return Costs(
        run_id=run.id,
        begin=_iso(begin),
        end=_iso(end),
        evaluations=len(evaluations),
        failures=sum(each.status is not Status.OK for each in evaluations),
        cached=sum(each.cached for each in evaluations),
        training_seconds=round(sum(each.seconds for each in evaluations if not each.cached), 2),
        llm=_spent(name, calls),
        by_agent={agent: _spent(name, [call for call in calls if call.agent == agent]) for agent in sorted(agents)},
        best_before=_best((event for event in events if event.time < begin), primary),
        best_after=_best((event for event in events if event.time <= end), primary),
    )


def _spent(name: str, calls: Sequence[LLMCalled]) -> LLMCost:
    use = LLMUse()
    for call in calls:
        use.add(call)
    return llm_cost(name, use)


def _best(events: Iterable[Event], primary: Objective) -> float | None:
    made = (event.data.evaluation.objectives for event in events if isinstance(event.data, EvaluationMade))
    values = [objectives[primary.name] for objectives in made if primary.name in objectives]
    return max(values, key=primary.gain, default=None)


def _iso(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")


def compare(runs: Sequence[Run]) -> RunComparison:
    """The runs side by side."""
    runs = list({run.id: run for run in runs}.values())
    equal = min(len(run.state.evaluations) for run in runs)
    settings = {key for run in runs for key in run.settings}
    differences = [
        Difference(setting=key, values={run.id: str(run.settings.get(key)) for run in runs})
        for key in sorted(settings)
        if len({str(run.settings.get(key)) for run in runs}) > 1
    ]
    return RunComparison(
        equal_evaluations=equal,
        differences=differences,
        runs=[_figures(run, equal) for run in runs],
        comparable=not {difference.setting for difference in differences} & set(MATTERS),
        shared_heuristics=_shared(runs),
    )


def _figures(run: Run, equal: int) -> RunFigures:
    state, primary, told = run.state, run.state.primary, report(run)
    early = [state.value(hash_, primary.name) for hash_ in list(state.evaluations)[:equal]]
    same = {name: getattr(told, name) for name in RunFigures.model_fields.keys() & RunReport.model_fields.keys()}
    best = {
        "best": state.quality(state.best.hash) if state.best else None,
        "best_at_equal": max((value for value in early if value is not None), key=primary.gain, default=None),
    }
    return RunFigures(**same | best)


def _shared(runs: Sequence[Run]) -> dict[str, dict[str, str]]:
    """Rules that several runs judged, those that any confirmed first."""
    told: dict[str, dict[str, str]] = {}
    for run in runs:
        for each in run.heuristics().values():
            told.setdefault(f"{each.predicate.text} {each.direction} {each.objective.name}", {})[run.id] = each.status
    several = {rule: statuses for rule, statuses in told.items() if len(statuses) > 1}
    return dict(sorted(several.items(), key=lambda item: HeuristicStatus.ACTIVE not in item[1].values()))
