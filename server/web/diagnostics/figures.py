"""The plots of the diagnostics."""

from __future__ import annotations

from collections.abc import Sequence

from illuminas.memory.llm_use import Call
from illuminas.server.viz.palette import ORANGE
from illuminas.server.web.diagnostics.course import Occupancy, Shares
from illuminas.server.web.diagnostics.foresight import Check, Foreseen, ProxyLine
from illuminas.server.web.figure import COLORS, Figure, bars, dots, figure, guide, line, thinned
from illuminas.tools.objectives import Objective

_FEW = 8
"""Most workers that are counted one by one along an axis."""
DRAWN = 2_000
"""Most evaluations that are drawn one by one."""
_WITH_BARS = 150
"""Most points that show their ranges."""


def shows_ranges(told: Sequence[Foreseen]) -> bool:
    """Whether the points have bars for their ranges: where the log has them, and they are not too many to see."""
    return len(told) <= _WITH_BARS and any(each.low is not None for each in told)


def foresight_figure(told: Sequence[Foreseen], picked: frozenset[str], primary: Objective) -> Figure:
    """The primary objective as expected and as measured, with the selected points ringed.

    Of more than :data:`DRAWN` every second, third and so on is drawn, and those that are selected.
    """
    ends = [end([*(each.expected for each in told), *(each.came for each in told)], default=0.0) for end in (min, max)]
    ringed = [each for each in told if each.hash in picked]
    told = thinned(told, DRAWN)
    unit = f", {primary.unit}" if primary.unit else ""
    expected, came = [each.expected for each in told], [each.came for each in told]
    marker = {
        "color": [each.round for each in told],
        "colorscale": "Viridis",
        "colorbar": {"title": {"text": "round"}, "thickness": 12},
        "symbol": "circle",
    }
    points = dots(expected, came, customdata=[each.hash for each in told], marker=marker)
    points["hovertemplate"] = f"expected %{{x:.4g}} {primary.unit}, came %{{y:.4g}} {primary.unit}<extra></extra>"
    if shows_ranges(told):
        points["error_x"] = {
            "type": "data",
            "symmetric": False,
            "array": [max(0.0, (each.high or each.expected) - each.expected) for each in told],
            "arrayminus": [max(0.0, each.expected - (each.low or each.expected)) for each in told],
            "color": "rgba(128, 128, 128, 0.45)",
            "thickness": 1,
            "width": 0,
        }
    ring = dots(
        [each.expected for each in ringed],
        [each.came for each in ringed],
        hoverinfo="skip",
        marker={"symbol": "circle-open", "size": 14, "color": ORANGE, "line": {"width": 3}},
    )
    low, high = ends
    margin = 0.04 * (high - low) or 1.0
    span = [low - margin, high + margin]
    return figure(
        [guide(ends, ends), points, ring],
        x=f"expected {primary.words}{unit}",
        y=f"measured {primary.words}{unit}",
        height=380,
        showlegend=False,
        xaxis={"range": span},
        yaxis={"range": span},
    )


def checks_figure(told: Sequence[Check]) -> Figure:
    """Agreement and coverage over the run."""
    count = [each.predictions for each in told]
    rounds = [each.round for each in told]
    hover = "%{y:.2f} after round %{customdata}<extra></extra>"
    traces = [
        line(count, [each.agreement for each in told], name="rank correlation, all so far", place=0),
        line(count, [each.recent for each in told], name="rank correlation, recent", place=1),
    ]
    if any(each.held is not None for each in told):
        traces.append(line(count, [each.held for each in told], name="share within its 90 % range", place=2))
        traces.append(guide([count[0], count[-1]], [0.9, 0.9]))
    for trace in traces[:3]:
        trace |= {"customdata": rounds, "hovertemplate": hover, "mode": "lines+markers"}
    lowest = min((value for trace in traces for value in trace["y"] if value is not None), default=0.0)
    return figure(
        traces,
        x="predictions checked, evaluations",
        y="Spearman's ρ, or share (1 is best)",
        yaxis={"range": [min(0.0, lowest) - 0.03, 1.05]},
    )


def proxies_figure(told: Sequence[ProxyLine], primary: Objective) -> Figure:
    """Rank correlation of every proxy with what was measured."""
    colours = [COLORS[0] if each.agreement >= 0 else COLORS[5] for each in told]
    trace = bars(
        [each.agreement for each in told],
        [each.name for each in told],
        [f"{each.agreement:+.2f}" for each in told],
        colours[::-1],
        customdata=[each.scored for each in told][::-1],
        hovertemplate="%{y}: %{x:+.3f} over %{customdata} evaluations<extra></extra>",
    )
    low = min((each.agreement for each in told), default=0.0)
    return figure(
        [trace],
        x=f"Spearman's ρ with {primary.words}",
        y="zero-cost proxy",
        height=max(180, 110 + 24 * len(told)),
        xaxis={"range": [min(-0.1, low - 0.15), 1.15]},
    )


def occupancy_figure(told: Occupancy) -> Figure:
    """How many workers trained over the run."""
    trace = line(told.seconds.round(2).tolist(), told.busy.round(3).tolist(), name="busy workers")
    trace |= {"fill": "tozeroy", "line": {"color": COLORS[2], "width": 1.5, "shape": "hv"}}
    return figure(
        [trace],
        x="time into the run, seconds",
        y="workers that train",
        height=240,
        yaxis={"range": [0, told.most * 1.05]} | ({"dtick": 1} if told.most <= _FEW else {}),
    )


def shares_figure(told: Shares) -> Figure:
    """Where the time went."""
    names = ("training", "LLM", "both at once", "the rest")
    total = sum(told) or 1.0
    text = [f"{value / total:.0%}, {value:,.0f} s" for value in told]
    colours = [COLORS[6], COLORS[3], COLORS[1], COLORS[2]]
    trace = bars(told, names, text, colours, hoverinfo="skip")
    return figure([trace], x="seconds of the run", y="", height=210, xaxis={"range": [0, 1.6 * max(told) or 1.0]})


def latency_figure(calls: Sequence[Call]) -> Figure:
    """Seconds until each answer of an LLM, over the run; calls that failed are crosses at the bottom."""
    agents = list(dict.fromkeys(call.agent for call in calls))
    traces = []
    for place, agent in enumerate(agents):
        answered = [
            (call.at, call.seconds)
            for call in calls
            if call.agent == agent and not call.failed and call.seconds is not None
        ]
        at, seconds = [at for at, _ in answered], [seconds for _, seconds in answered]
        traces.append(dots(at, seconds, name=agent, place=place))
    failed = [call for call in calls if call.failed]
    if failed:
        spent = [call.seconds or 0.0 for call in failed]
        marker = {"symbol": "x-thin", "size": 9, "line": {"width": 2, "color": COLORS[5]}}
        traces.append(dots([call.at for call in failed], spent, name="failed", marker=marker))
    return figure(
        traces, x="time into the run, seconds", y="answer time, seconds", showlegend=True, yaxis={"rangemode": "tozero"}
    )
