"""What a run spent its time on: training, LLM calls by agent, and the rest, from the times in its log."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from illuminas.memory.llm_use import Call
from illuminas.memory.state import RunState

BINS = 240
"""Pieces of a run over which the occupancy of its workers is averaged."""


class Shares(NamedTuple):
    """Seconds of a run.

    Attributes:
        training: in which networks were trained and no LLM was asked.
        llm: in which an LLM was asked and nothing was trained.
        both: in which both went on.
        rest: for all else: scores, planning, judging, the tools.
    """

    training: float
    llm: float
    both: float
    rest: float


class Occupancy(NamedTuple):
    """How many workers trained.

    Attributes:
        seconds: middles of equal pieces of the run, ``(n,)``.
        busy: workers that trained, on average over each piece, ``(n,)``.
        most: that trained at once.
    """

    seconds: np.ndarray
    busy: np.ndarray
    most: int


class Course(NamedTuple):
    """What went on in a run, and when.

    Attributes:
        trainings: (start, end) of what was really trained, seconds into the run.
        asked: (start, end) of each call of the search whose length is known.
        seconds: the run's age.
    """

    trainings: list[tuple[float, float]]
    asked: list[tuple[float, float]]
    seconds: float

    @classmethod
    def of(cls, state: RunState) -> Course:
        """The course of a run as it stands."""
        trained = [
            (state.evaluated_at[each.hash], 0.0 if each.cached else each.seconds)
            for each in list(state.evaluations.values())
        ]
        asked = [(call.at, call.seconds or 0.0) for call in list(state.calls) if not call.by_a_person]
        trainings, calls = ([(max(0.0, at - long), at) for at, long in each if long > 0] for each in (trained, asked))
        return cls(trainings, calls, state.seconds)

    def shares(self) -> Shares:
        """Where the time went."""
        edges = np.array([0.0, *(edge for span in (*self.trainings, *self.asked) for edge in span), self.seconds])
        edges = np.unique(edges)
        length = np.diff(edges)
        training, asking = (_count(spans, edges[:-1]) > 0 for spans in (self.trainings, self.asked))
        return Shares(
            training=float(length[training & ~asking].sum()),
            llm=float(length[asking & ~training].sum()),
            both=float(length[training & asking].sum()),
            rest=float(length[~training & ~asking].sum()),
        )

    def occupancy(self) -> Occupancy | None:
        """How many workers trained over the run; None where nothing was trained."""
        if not self.trainings or self.seconds <= 0:
            return None
        starts, ends = (np.sort(np.array(side)) for side in zip(*self.trainings, strict=True))
        edges = np.linspace(0.0, self.seconds, BINS + 1)
        worked = _area(starts, edges) - _area(ends, edges)
        busy = np.diff(worked) / np.diff(edges)
        most = int(_count(self.trainings, starts).max())
        return Occupancy((edges[:-1] + edges[1:]) / 2, busy, most)


def _count(spans: Sequence[tuple[float, float]], times: np.ndarray) -> np.ndarray:
    """How many of the spans last at each of ``times (n,)``; one that begins then counts, one that ends does not."""
    if not spans:
        return np.zeros(len(times), dtype=int)
    starts, ends = (np.sort(np.array(side)) for side in zip(*spans, strict=True))
    began: np.ndarray = np.searchsorted(starts, times, side="right")
    return began - np.searchsorted(ends, times, side="right")


def _area(sorted_times: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """Sum of the time since each of ``sorted_times``, at each of ``edges (n,)``; later ones add nothing."""
    before = np.searchsorted(sorted_times, edges, side="right")
    sums = np.concatenate([[0.0], np.cumsum(sorted_times)])
    area: np.ndarray = before * edges - sums[before]
    return area


class AgentLine(NamedTuple):
    """The calls of one agent, rounded as they are shown.

    Attributes:
        median, slow: seconds in which a half, and 19 of 20, of its answers came; None without any.
        prompt_tokens, completion_tokens: read and written, of all its calls.
        dollars: what they cost; None where that is not known of any.
    """

    agent: str
    calls: int
    failures: int
    median: float | None
    slow: float | None
    seconds: float
    prompt_tokens: int
    completion_tokens: int
    dollars: float | None


def by_agent(calls: Sequence[Call]) -> list[AgentLine]:
    """A line an agent, those that took most time first."""
    groups: defaultdict[str, list[Call]] = defaultdict(list)
    for call in calls:
        groups[call.agent].append(call)
    lines = [_line(agent, group) for agent, group in groups.items()]
    return sorted(lines, key=lambda each: -each.seconds)


def _line(agent: str, calls: list[Call]) -> AgentLine:
    seconds = [call.seconds for call in calls if call.seconds is not None]
    median, slow = np.percentile(seconds, [50, 95]).round(2).tolist() if seconds else (None, None)
    costs = [call.dollars for call in calls if call.dollars is not None]
    return AgentLine(
        agent=agent,
        calls=len(calls),
        failures=sum(call.failed for call in calls),
        median=median,
        slow=slow,
        seconds=round(sum(seconds), 1),
        prompt_tokens=sum(call.prompt_tokens for call in calls),
        completion_tokens=sum(call.completion_tokens for call in calls),
        dollars=round(sum(costs), 4) if costs else None,
    )
