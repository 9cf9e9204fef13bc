"""One of several runs, as far as it is compared with others."""

from __future__ import annotations

from string import ascii_uppercase
from typing import Any, Final, NamedTuple

from illuminas.memory.heuristics import Heuristic
from illuminas.memory.metrics import Point
from illuminas.server.services.open_run import OpenRun
from illuminas.server.web.compare.course import Progress, progress

_ROOM: Final = 12
"""Characters of an id that a column has room for."""


class Side(NamedTuple):
    """What one run brings to a comparison.

    Attributes:
        name: a letter, and as much of its id as has room.
        config: its settings.
        device: what its latencies are of; None without.
        front: its Pareto front, fastest first.
        niches: every niche in words; empty where it has none yet.
        partition: what its niches are, to tell equal ones.
        elites: niche -> validation accuracy of its best, per cent.
        heuristics: all there ever were.
        costs: what it spent, by name.
    """

    id: str
    name: str
    config: dict[str, object]
    device: str | None
    progress: Progress
    front: tuple[Point, ...]
    niches: tuple[str, ...]
    partition: dict[str, Any] | None
    elites: dict[int, float]
    heuristics: tuple[Heuristic, ...]
    costs: dict[str, float]


def side(run: OpenRun, place: int = 0) -> Side:
    """What ``run`` brings, the ``place``-th of them; it reads its log once more, so call it off the event loop."""
    with run.lock:
        state, partition = run.state, run.state.partition
        told = progress(run.log)
        return Side(
            id=run.id,
            name=f"{ascii_uppercase[place]} {_short(run.id)}",
            config=dict(run.config),
            device=run.device,
            progress=told,
            front=tuple(state.front),
            niches=() if partition is None else run.niche_words,
            partition=None if partition is None else partition.model_dump(mode="json"),
            elites={niche: state.accuracy(hash_) for niche, hash_ in state.elites.items()},
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
