"""The plots of a comparison: a run has the same colour, dash and symbol in all of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

from illuminas.server.viz.plots.run import axis_words
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
    """The Pareto front of every run by its first two objectives; None where none has one, or they optimise others."""
    objectives = {side.objectives for side in sides if side.front}
    if len(objectives) != 1:
        return None
    first, second = next(iter(objectives))[:2]
    traces = []
    for place, side in enumerate(sides):
        if side.front:
            x, y = (
                [vector[1] / second.scale for vector in side.front],
                [vector[0] / first.scale for vector in side.front],
            )
            lines = len(side.objectives) == 2
            trace = dots(x, y, name=side.name, place=place, mode="lines+markers" if lines else "markers")
            trace["line"] = {"color": COLORS[place % len(COLORS)], "width": 1, "shape": "hv"}
            trace["hovertemplate"] = f"%{{y:.4g}} {first.shown_unit} at %{{x:.4g}} {second.shown_unit}"
            traces.append(trace)
    return figure(traces, x=axis_words(second), y=axis_words(first), height=380, showlegend=True)
