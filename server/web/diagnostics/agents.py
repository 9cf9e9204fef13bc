"""What each agent's calls of an LLM took."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from illuminas.server.web.diagnostics.course import Call


class AgentLine(NamedTuple):
    """The calls of one agent.

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
    median, slow = np.percentile(seconds, [50, 95]).tolist() if seconds else (None, None)
    costs = [call.dollars for call in calls if call.dollars is not None]
    return AgentLine(
        agent=agent,
        calls=len(calls),
        failures=sum(bool(call.error) for call in calls),
        median=median,
        slow=slow,
        seconds=sum(seconds),
        prompt_tokens=sum(call.prompt_tokens for call in calls),
        completion_tokens=sum(call.completion_tokens for call in calls),
        dollars=sum(costs) if costs else None,
    )
