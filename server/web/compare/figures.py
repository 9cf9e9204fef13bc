"""The plots of a comparison: a run has the same colour, dash and symbol in all of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

from illuminas.server.web.compare.side import Curve, Progress, Side
from illuminas.server.web.figure import COLORS, Figure, dots, figure, line

Along = Literal["evaluations", "seconds"]
_TITLES: dict[Along, str] = {"evaluations": "evaluations", "seconds": "time into the run, seconds"}


def curves_figure(sides: Sequence[Side], along: Along, pick: Callable[[Progress], Curve], y: str) -> Figure | None:
    """One figure of every run over its evaluations or its time; None where no run has it."""
    traces = []
    for place, side in enumerate(sides):
        curve = pick(side.progress)
        if curve.values:
            x = [getattr(moment, along) for moment in curve.moments]
            trace = line(x, curve.values, name=side.name, place=place)
            trace["line"] |= {"shape": "hv"}
            traces.append(trace | {"hovertemplate": f"%{{y:.4g}} at %{{x:.4g}} {along}"})
    return figure(traces, x=_TITLES[along], y=y, showlegend=True) if traces else None


def fronts_figure(sides: Sequence[Side]) -> Figure | None:
    """The Pareto front of every run; None where none has one, or their latencies are of different devices."""
    if len({side.device for side in sides if side.front}) != 1:
        return None
    traces = []
    for place, side in enumerate(sides):
        if side.front:
            x, y = [point.latency for point in side.front], [point.accuracy for point in side.front]
            trace = dots(x, y, name=side.name, place=place, mode="lines+markers")
            trace["line"] = {"color": COLORS[place % len(COLORS)], "width": 1, "shape": "hv"}
            trace["hovertemplate"] = "%{y:.2f} % at %{x:.3g} ms"
            traces.append(trace)
    title = "validation accuracy, % (higher is better)"
    return figure(traces, x="latency, ms (lower is better)", y=title, height=380, showlegend=True)
