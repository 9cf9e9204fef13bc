"""How the evidence of a heuristic grew: its effect and interval after each round that measured it again."""

from __future__ import annotations

from collections.abc import Sequence

from illuminas.memory.chronicle import Moment
from illuminas.memory.evidence import CONFIDENCE, METRIC_UNITS
from illuminas.server.services.knowledge.signs import STATUS
from illuminas.server.viz.palette import GREY
from illuminas.server.web.figure import CONFIG, Figure, axis, layout
from illuminas.server.web.knowledge.figures import hover, step_of

LEAST = 2
"""Measurements from which there is a course to show."""


def growth_figure(history: Sequence[Moment], last: int) -> Figure | None:
    """The course of the effect up to the round ``last``; None before it was measured twice.

    Args:
        history: what happened to one heuristic.
    """
    by_round = {each.change.round: each.change for each in history if each.change.heuristic.evidence.effect is not None}
    if len(by_round) < LEAST:
        return None
    measured = list(by_round.values())
    heuristics = [each.heuristic for each in measured]
    metric = heuristics[0].metric
    signs = [STATUS[each.status] for each in heuristics]
    rounds = [each.round for each in measured]
    bands = [each for each in measured if each.heuristic.evidence.low is not None]
    # an interval holds until the next measurement
    ends = [*[each.round for each in bands], last] if bands else []
    lows = [each.heuristic.evidence.low for each in bands]
    highs = [each.heuristic.evidence.high for each in bands]
    band = {"type": "scatter", "mode": "lines", "x": ends, "line": {"width": 0, "shape": "hv"}, "hoverinfo": "skip"}
    data: list[Figure] = [
        {**band, "y": [*lows, *lows[-1:]], "showlegend": False},
        {
            **band,
            "y": [*highs, *highs[-1:]],
            "fill": "tonexty",
            "fillcolor": "rgba(128,128,128,0.25)",
            "name": f"{CONFIDENCE:.0%} interval",
        },
        {
            "type": "scatter",
            "mode": "lines+markers",
            "x": rounds,
            "y": [each.evidence.effect for each in heuristics],
            "line": {"color": GREY, "width": 1.5, "shape": "hv"},
            "marker": {
                "size": 10,
                "color": [sign.colour for sign in signs],
                "symbol": [sign.symbol for sign in signs],
                "line": {"width": 1.5, "color": [sign.colour for sign in signs]},
            },
            "text": [
                f"round {at}, {each.status}<br>{hover(each.evidence.words(metric))}"
                for at, each in zip(rounds, heuristics, strict=True)
            ],
            "hoverinfo": "text",
            "name": "effect, by status",
        },
    ]
    zero = {"type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": 0, "y1": 0}
    drawn = layout(
        height=210,
        uirevision=heuristics[0].id,
        xaxis=axis("round of the search", range=[rounds[0] - 0.5, last + 0.5], dtick=step_of(last - rounds[0])),
        yaxis=axis(f"effect, {METRIC_UNITS[metric]}"),
        shapes=[{**zero, "line": {"color": "rgba(128,128,128,0.9)", "width": 1.5, "dash": "dash"}}],
        margin={"l": 60, "r": 12, "t": 8, "b": 44},
        showlegend=False,
    )
    return {"data": data, "layout": drawn, "config": CONFIG}
