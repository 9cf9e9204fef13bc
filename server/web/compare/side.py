"""One of several runs that are compared: its figures, and how they grew over evaluations and time."""

from __future__ import annotations

from string import ascii_uppercase
from typing import Any, Final, NamedTuple

from illuminas.memory.clock import Clock
from illuminas.memory.events import EventLog
from illuminas.memory.heuristics import Heuristic
from illuminas.memory.kinds import DirectiveGiven, EvaluationMade, QuestionAsked, RoundEnded, RunEnded, SessionBegan
from illuminas.memory.run import Run
from illuminas.memory.steering import Steering
from illuminas.tools.objectives import Objective, Vector

_TOLD = (SessionBegan, EvaluationMade, RoundEnded, DirectiveGiven, QuestionAsked, RunEnded)
"""Events that tell figures, or hold the clock up."""


class Moment(NamedTuple):
    """When something was so: after how many evaluations, and how many seconds into the run."""

    evaluations: int
    seconds: float


class Curve(NamedTuple):
    """A figure over a run; it stays as it is from one moment to the next."""

    moments: tuple[Moment, ...]
    values: tuple[float, ...]


class Progress(NamedTuple):
    """The curves of one run, higher is better in all of them.

    Attributes:
        best: best value of the first objective so far.
        coverage: of the reachable niches, how many are filled, per cent.
        qd_score: sum over niches of the best by the first objective.
        hypervolume: share of the reference box, 0 to 1; empty for a run of one objective.
        seconds: the run's age.
    """

    best: Curve
    coverage: Curve
    qd_score: Curve
    hypervolume: Curve
    seconds: float


def progress(log: EventLog, primary: Objective) -> Progress:
    """The curves of a run, from its log alone."""
    steering = Steering()
    clock = Clock(steering)
    evaluations = 0
    highest: float | None = None
    best: list[tuple[Moment, float]] = []
    coverage: list[tuple[Moment, float]] = []
    qd_score: list[tuple[Moment, float]] = []
    hypervolume: list[tuple[Moment, float]] = []
    for event in log.read(*_TOLD):
        steering.apply(event)
        now = Moment(evaluations, clock.apply(event))
        match event.data:
            case EvaluationMade(evaluation=evaluation):
                evaluations += 1
                value = evaluation.objectives.get(primary.name)
                if value is not None and (highest is None or primary.better(value, highest)):
                    highest = value
                    best.append((now._replace(evaluations=evaluations), value))
            case RoundEnded(figures=figures):
                coverage.append((now, 100 * figures.coverage))
                qd_score.append((now, figures.qd_score))
                if figures.hypervolume is not None:
                    hypervolume.append((now, figures.hypervolume))
    if highest is not None:  # the line goes on to the end of the run
        best.append((Moment(evaluations, clock.seconds), highest))
    return Progress(_curve(best), _curve(coverage), _curve(qd_score), _curve(hypervolume), clock.seconds)


def _curve(points: list[tuple[Moment, float]]) -> Curve:
    return Curve(tuple(moment for moment, _ in points), tuple(value for _, value in points))


_ROOM: Final = 12
"""Characters of an id that a column has room for."""


class Side(NamedTuple):
    """What one run brings to a comparison.

    Attributes:
        name: a letter, and as much of its id as has room.
        config: its settings.
        objectives: what it optimises, the most important first.
        front: values of its Pareto front, one an objective.
        niches: every niche in words; empty where it has none yet.
        partition: what its niches are, to tell equal ones.
        elites: niche -> value of its best by the first objective.
        heuristics: all there ever were.
        costs: what it spent, by name.
    """

    id: str
    name: str
    config: dict[str, object]
    objectives: tuple[Objective, ...]
    progress: Progress
    front: tuple[Vector, ...]
    niches: tuple[str, ...]
    partition: dict[str, Any] | None
    elites: dict[int, float]
    heuristics: tuple[Heuristic, ...]
    costs: dict[str, float]


def side(run: Run, place: int = 0) -> Side:
    """What ``run`` brings, the ``place``-th of them; it reads its log once more, so call it off the event loop."""
    with run.lock:
        state, partition = run.state, run.state.partition
        told = progress(run.log, state.primary)
        return Side(
            id=run.id,
            name=f"{ascii_uppercase[place]} {_short(run.id)}",
            config=dict(run.settings),
            objectives=state.objectives,
            progress=told,
            front=tuple(state.front.values()),
            niches=() if partition is None else run.niche_words,
            partition=None if partition is None else partition.model_dump(mode="json"),
            elites={niche: state.quality(hash_) for niche, hash_ in state.elites.items()},
            heuristics=tuple(run.heuristics().values()),
            costs={
                "rounds": state.round,
                "evaluations": len(state.evaluations),
                "failed evaluations": len(state.failures),
                "paid for before": sum(each.cached for each in state.evaluations.values()),
                "seconds in all": round(told.seconds, 1),
                "seconds of training": round(
                    sum(each.seconds for each in state.evaluations.values() if not each.cached), 1
                ),
                "LLM calls": state.llm.calls,
                "failed LLM calls": state.llm.failures,
                "LLM tokens": state.llm.tokens,
                "seconds of the LLM": round(state.llm.seconds, 1),
            },
        )


def _short(run_id: str) -> str:
    """An id, or of a long one what tells it from those of the same day."""
    return run_id if len(run_id) <= _ROOM else f"…{run_id.rpartition('-')[2][-_ROOM:]}"
