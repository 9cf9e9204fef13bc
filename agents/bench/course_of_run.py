"""What a search did from start to end, by its event log alone, and what came of the questions to its LLM."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import closing
from typing import NamedTuple

import numpy as np

from illuminas.memory.candidate import RejectedProposal
from illuminas.memory.events import Event, EventLog
from illuminas.memory.kinds import ProposalsMade
from illuminas.memory.runs import RunFolder
from illuminas.memory.state import RunState
from illuminas.tools.errors import IlluminasError
from illuminas.tools.evaluation import Status
from illuminas.tools.frozen import Frozen

CODER = "coder"
"""What the names of agents begin with whose calls are for proposals."""
COMPETITIVE = 1.0
"""Points of validation accuracy below the best within which a network is competitive."""


class CourseOfRun(NamedTuple):
    """Measures after 1, 2, ... evaluations, failures included, in the order in which the archivist took them in.

    Attributes:
        state: the run at its end.
        proposals: what its coder proposed, round by round.
        validation: highest validation accuracy so far, per cent, ``(n,)``; NaN before the first success.
        coverage: share of the reachable niches that are filled, 0 to 1, ``(n,)``.
        qd_score: sum over niches of the best validation accuracy, per cent, ``(n,)`` (Pugh et al. 2016).
    """

    state: RunState
    proposals: Sequence[ProposalsMade]
    validation: np.ndarray
    coverage: np.ndarray
    qd_score: np.ndarray

    @property
    def competitive(self) -> int:
        """Networks whose validation accuracy is within :data:`COMPETITIVE` of the best, itself among them."""
        found = [self.state.quality(each.hash) for each in self.state.successes]
        return sum(value >= max(found) - COMPETITIVE for value in found)


def events_of(run: RunFolder) -> list[Event]:
    """All events of a run."""
    with closing(EventLog(run.log, read_only=True)) as log:
        return list(log.read())


def course_of(events: Iterable[Event]) -> CourseOfRun:
    """The course of a finished run by all its events.

    Raises:
        IlluminasError: it evaluated nothing.
    """
    state, proposals = RunState(), list[ProposalsMade]()
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
    return CourseOfRun(state, proposals, validation, coverage, qd_score)


class AnswerFigures(Frozen):
    """What came of the questions to an LLM, for a mode that asks for one network at a time, over all seeds.

    Shares, each 0 to 1, are of the questions that were answered, None where there are none. What is known before counts
    as built: it was, at that time.

    Attributes:
        questions: places of a plan: the LLM is asked, and asked again after a refusal.
        silent: of them without an answer that has the form asked for; statistics made the proposal.
        calls: of the LLM, repairs and calls without an answer included.
        evaluated: networks of the LLM that were evaluated.
        builds_first: share whose first answer can be built, be it new or known before.
        builds: share with such an answer at the first try or after the repair.
        new_first: share whose first answer is new and can be built.
        new_repaired: share where the repair brought that. ``new_first + new_repaired + repeated + unbuildable = 1``.
        repeated: share that brought nothing new, but something known before.
        unbuildable: share of whose answers none can be built, 1 - ``builds``.
        trained: of the LLM's networks that were evaluated, the share whose training came to its end.
    """

    questions: int
    silent: int
    calls: int
    evaluated: int
    builds_first: float | None
    builds: float | None
    new_first: float | None
    new_repaired: float | None
    repeated: float | None
    unbuildable: float | None
    trained: float | None

    @classmethod
    def of(cls, runs: Iterable[CourseOfRun]) -> AnswerFigures:
        """Figures over several runs."""
        silent = new = calls = 0
        refused: list[list[RejectedProposal]] = []  # the answers to a question, of which the first was refused
        statuses: list[Status] = []
        for state, proposals, *_ in runs:
            for made in proposals:
                silent += len(made.silent)
                new += len(made.candidates)
                for miss in made.misses:
                    if miss.attempt == 0:
                        refused.append([])
                    refused[-1].append(miss)
            calls += sum(count for (agent, _), count in state.agent_calls.items() if agent.startswith(CODER))
            by_llm = (each for each in state.evaluations.values() if state.candidates[each.hash].call is not None)
            statuses += [each.status for each in by_llm]
        fruitless = [misses for misses in refused if misses[-1].last]
        repaired = len(refused) - len(fruitless)
        repeated = sum(any(miss.repeated for miss in misses) for misses in fruitless)
        unbuildable = len(fruitless) - repeated
        answered = new + len(fruitless)
        return cls(
            questions=answered + silent,
            silent=silent,
            calls=calls,
            evaluated=len(statuses),
            builds_first=_share(answered - sum(not misses[0].repeated for misses in refused), answered),
            builds=_share(answered - unbuildable, answered),
            new_first=_share(new - repaired, answered),
            new_repaired=_share(repaired, answered),
            repeated=_share(repeated, answered),
            unbuildable=_share(unbuildable, answered),
            trained=_share(statuses.count(Status.OK), len(statuses)),
        )


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
