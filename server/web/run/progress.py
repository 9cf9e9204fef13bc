"""What a run has spent of what it may spend, and what it will still take."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from illuminas.server.services.activity import seconds_left
from illuminas.server.services.answers import State
from illuminas.server.services.open_run import OpenRun
from illuminas.server.services.reports import caps
from illuminas.tools.figures import big, duration

DRIVEN: tuple[State, ...] = ("running", "waiting", "paused")
"""States in which some process drives a run."""


class Gauge(NamedTuple):
    """One budget.

    Attributes:
        name: of what.
        spent, cap: in words; an empty cap is none.
        share: of the cap, 0 to 1; None without one.
        note: what is expected, or what else is known; may be empty.
    """

    name: str
    spent: str
    cap: str
    share: float | None
    note: str


def gauges(run: OpenRun, status: State) -> tuple[Gauge, ...]:
    """Evaluations, time, LLM tokens and dollars; tokens and dollars of a run without an LLM are left out."""
    state, most = run.state, caps(run)
    made, budget = len(state.evaluations), int(most["evaluations"] or 0)
    failed = len(state.failures)
    going = status == "running"
    seconds = state.seconds_now if status in DRIVEN else state.seconds
    left = seconds_left(state, budget) if going else None
    found = [
        _gauge("evaluations", made, budget, str, f"{failed} failed" if failed else ""),
        _gauge("time", seconds, most.get("seconds"), duration, "" if left is None else f"about {duration(left)} left"),
    ]
    llm = state.llm
    if llm.calls or str(state.started["llm"]["name"]) != "none":
        ahead = (budget - made) / made if going and made else 0.0
        tokens = f"about {big(llm.tokens * ahead)} more" if ahead and llm.tokens else f"{llm.calls} calls"
        found.append(_gauge("LLM tokens", llm.tokens, most.get("tokens"), big, tokens))
        note = f"price of {llm.unpriced} calls unknown" if llm.unpriced else ""
        if ahead and llm.dollars:
            note = note or f"about {_dollars(llm.dollars * ahead)} more"
        if llm.dollars or most.get("dollars") is not None or llm.unpriced:
            found.append(_gauge("LLM cost", llm.dollars, most.get("dollars"), _dollars, note))
            if llm.calls and llm.unpriced == llm.calls:
                found[-1] = found[-1]._replace(spent="unknown")
    return tuple(found)


def _gauge(name: str, spent: Any, cap: Any, words: Callable[[Any], str], note: str) -> Gauge:
    share = None if cap is None else min(1.0, spent / cap) if cap else 1.0
    return Gauge(name, words(spent), "" if cap is None else words(cap), share, note)


def _dollars(value: float) -> str:
    return f"${value:.2f}" if value >= 0.005 or not value else f"${value:.2g}"
