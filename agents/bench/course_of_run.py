"""What a search did from start to end, by its event log alone."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from illuminas.agents.bench.answers import Answers, answers_of
from illuminas.memory.events import Event
from illuminas.memory.kinds import ProposalsMade
from illuminas.memory.state import RunState
from illuminas.tools.errors import IlluminasError

COMPETITIVE = 1.0
"""Points of validation accuracy below the best within which a network is competitive."""


class CourseOfRun(NamedTuple):
    """Measures after 1, 2, ... evaluations, failures included, in the order in which the archivist took them in.

    Attributes:
        state: the run at its end.
        answers: what came of the questions to the LLM.
        validation: highest validation accuracy so far, per cent, ``(n,)``; NaN before the first success.
        coverage: share of the reachable niches that are filled, 0 to 1, ``(n,)``.
        qd_score: sum over niches of the best validation accuracy, per cent, ``(n,)`` (Pugh et al. 2016).
    """

    state: RunState
    answers: Answers
    validation: np.ndarray
    coverage: np.ndarray
    qd_score: np.ndarray

    @property
    def competitive(self) -> int:
        """Networks whose validation accuracy is within :data:`COMPETITIVE` of the best, itself among them."""
        found = [self.state.quality(each.hash) for each in self.state.successes]
        return sum(value >= max(found) - COMPETITIVE for value in found)


def course_of(events: Iterable[Event]) -> CourseOfRun:
    """The course of a finished run by all its events.

    Raises:
        IlluminasError: it evaluated nothing.
    """
    state, proposals = RunState(), []
    for event in events:
        state.apply(event)
        if isinstance(event.data, ProposalsMade):
            proposals.append(event.data)
    assert state.partition is not None, "a run that has begun has its partition"
    if not state.placements:
        raise IlluminasError(
            f"a search on {state.started.config['dataset']} ended without an evaluation ({state.ended}): the tools "
            "refused every network that was proposed. Take larger images."
        )
    niches = max(1, len(state.partition.reachable))
    best = np.nan
    elites: dict[int, float] = {}
    steps = []
    for placement in state.placements:
        accuracy = state.value(placement.hash, state.primary.name)
        if accuracy is not None:
            best = float(np.fmax(best, accuracy))
            if placement.niche is not None:
                elites[placement.niche] = max(accuracy, elites.get(placement.niche, accuracy))
        steps.append((best, len(elites) / niches, sum(elites.values())))
    validation, coverage, qd_score = np.array(steps, dtype=float).reshape(-1, 3).T
    return CourseOfRun(state, answers_of(state, proposals), validation, coverage, qd_score)
