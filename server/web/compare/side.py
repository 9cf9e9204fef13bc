"""One of several runs that are compared: its figures, and how they grew over evaluations and time."""

from __future__ import annotations

from string import ascii_uppercase
from typing import Any, Final, NamedTuple

from illuminas.memory.heuristics import Heuristic
from illuminas.memory.run import Run
from illuminas.memory.state import RunState
from illuminas.tools.evaluation import Status
from illuminas.tools.objectives import Objective, Vector


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


def progress(state: RunState) -> Progress:
    """The curves of a run as it stands."""
    best: list[tuple[Moment, float]] = []
    for evaluations, hash_ in enumerate(state.evaluations, start=1):
        value = state.value(hash_, state.primary.name)
        succeeded = state.evaluations[hash_].status is Status.OK
        if succeeded and value is not None and (not best or state.primary.better(value, best[-1][1])):
            best.append((Moment(evaluations, state.evaluated_at[hash_]), value))
    if best:  # the line goes on to the end of the run
        best.append((Moment(len(state.evaluations), state.seconds), best[-1][1]))
    rounds = [
        (Moment(figures.evaluations, at), figures) for figures, at in zip(state.figures, state.figured_at, strict=True)
    ]
    return Progress(
        best=_curve(best),
        coverage=_curve([(moment, 100 * figures.coverage) for moment, figures in rounds]),
        qd_score=_curve([(moment, figures.qd_score) for moment, figures in rounds]),
        hypervolume=_curve(
            [(moment, figures.hypervolume) for moment, figures in rounds if figures.hypervolume is not None]
        ),
        seconds=state.seconds,
    )


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
    """What ``run`` brings, the ``place``-th of them; reading its heuristics takes a moment, off the event loop."""
    with run.lock:
        state, partition = run.state, run.state.partition
        return Side(
            id=run.id,
            name=f"{ascii_uppercase[place]} {_short(run.id)}",
            config=dict(run.settings),
            objectives=state.objectives,
            progress=progress(state),
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
                "seconds in all": round(state.seconds, 1),
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
