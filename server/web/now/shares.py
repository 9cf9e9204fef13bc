"""The operators' shares over the rounds: what the bandit made of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from illuminas.memory.candidate import Operator
from illuminas.memory.kinds import RoundFigures
from illuminas.server.viz.palette import OPERATORS
from illuminas.server.web.figure import Figure, figure, line

_PATTERNS: Final[dict[Operator, str]] = {
    Operator.LLM_MUTATE: "/",
    Operator.LLM_CROSSOVER: "x",
    Operator.CROSSOVER: "\\",
    Operator.RANDOM: ".",
    Operator.USER: "+",
}
"""As not all see colours."""
MOST = 400
"""Rounds that are drawn one by one; of more, every second, third and so on."""


def shares_figure(figures: Sequence[RoundFigures]) -> Figure:
    """Shares of the proposals, stacked, by the round that they were set for."""
    step = 1 + len(figures) // MOST
    shown = figures[::-1][::step][::-1]  # the latest is always among them
    operators = [operator for operator in Operator if any(each.shares.get(operator) for each in shown)]
    rounds = [each.round + 1 for each in shown]
    traces = []
    for operator in operators:
        sign = OPERATORS[operator]
        trace = line(rounds, [100 * each.shares.get(operator, 0.0) for each in shown], name=sign.words)
        trace |= {"stackgroup": "shares", "line": {"color": sign.colour, "width": 1, "shape": "hvh"}}
        trace["fillcolor"] = sign.colour
        trace["fillpattern"] = {"shape": _PATTERNS.get(operator, ""), "size": 5, "solidity": 0.25}
        trace["hovertemplate"] = f"{sign.words}: %{{y:.0f}} %, round %{{x}}<extra></extra>"
        traces.append(trace)
    return figure(traces, x="round", y="share of proposals, %", height=260, yaxis={"range": [0, 100]}, showlegend=True)
