"""The plots of trade-offs: accuracy against a cost with the fronts, and hypervolume over rounds."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from illuminas.memory.candidate import Operator
from illuminas.memory.metrics import Point
from illuminas.server.viz.palette import BLUE, GREEN, GREY, ORANGE, SKY
from illuminas.server.web.figure import CONFIG, SELECTED, Figure, axis, layout, moment, note
from illuminas.server.web.scales import WIDE
from illuminas.server.web.tradeoffs.costs import Cost
from illuminas.server.web.tradeoffs.trail import RoundFront, Trail

TRAIL = 8
"""Earlier fronts that are drawn."""
MANY = 2000
"""Points from which they are drawn by WebGL, and without their hashes."""


class Group(NamedTuple):
    """Points that look alike, by who proposed them."""

    name: str
    colour: str
    symbol: str


CHANCE = Group("evolution and chance", GREY, "circle")
LLM = Group("proposed by the LLM", BLUE, "square")
PERSON = Group("proposed by a person", GREEN, "triangle-up")


def group_of(operator: Operator) -> Group:
    """Who proposed a candidate of that operator."""
    return LLM if operator.uses_llm else PERSON if operator is Operator.USER else CHANCE


class Scatter(NamedTuple):
    """A figure, and what its points are.

    Attributes:
        hashes: of each trace that can be brushed, which are the first ones.
    """

    figure: Figure
    hashes: list[list[str]]

    def picked(self, places: Sequence[Sequence[int]]) -> frozenset[str]:
        """Hashes of (trace, point) pairs; those of traces that can't be brushed are left out."""
        return frozenset(self.hashes[trace][point] for trace, point in places if trace < len(self.hashes))


def scatter(
    trail: Trail,
    cost: Cost,
    round: int,
    operators: Mapping[str, Operator],
    selected: frozenset[str],
    *,
    zoomed: bool = False,
) -> Scatter:
    """Validation accuracy against a cost as of a round, with the front and those before it.

    Args:
        operators: hash -> how it came to be.
        selected: hashes that stand out; with none, all do.
        zoomed: leave out what lies far below the front: points at chance level take most of the height.
    """
    points = trail.points(round)
    by_group: defaultdict[Group, list[Point]] = defaultdict(list)
    for point in points:
        by_group[group_of(operators[point.hash])].append(point)
    grouped = sorted(by_group.items())
    kind = "scattergl" if len(points) > MANY else "scatter"
    data = [_cloud(kind, group, members, cost, selected, len(points)) for group, members in grouped]
    earlier = trail.earlier(round, TRAIL)
    for number, each in enumerate(earlier):
        data.append(_old_front(each, cost, (number + 1) / (len(earlier) + 1), named=number + 1 == len(earlier)))
    front = trail.front(round)
    if front:
        data.append(_front(front, cost))
    if selected:  # an entry of the legend
        marker = {"color": SELECTED, "size": 12}
        data.append(
            {"type": "scatter", "mode": "markers", "name": "selected", "x": [None], "y": [None], "marker": marker}
        )
    costs = [point.latency for point in points]
    scale = {"type": "log"} if costs and 0 < WIDE * min(costs) < max(costs) else {"rangemode": "normal"}
    figure = {
        "data": data,
        "layout": layout(
            xaxis=axis(cost.words, **scale),
            yaxis=axis("validation accuracy, % (higher is better)", **(_around(front) if zoomed and front else {})),
            dragmode="select",
            hovermode="closest",
            height=480,
            annotations=[] if points else [note("nothing with both figures was evaluated yet")],
            uirevision=f"{cost.key} {zoomed}",
        ),
        "config": {**CONFIG, "modeBarButtonsToRemove": ["autoScale2d"], "scrollZoom": False},
    }
    return Scatter(figure, [[point.hash for point in members] for _, members in grouped])


def hypervolume_figure(volumes: Sequence[tuple[int, float]], round: int) -> Figure:
    """Hypervolume over rounds, with the round that is looked at marked."""
    return {
        "data": [
            {
                "type": "scatter",
                "mode": "lines+markers" if len(volumes) < 60 else "lines",
                "x": [at for at, _ in volumes],
                "y": [volume for _, volume in volumes],
                "line": {"color": BLUE, "shape": "hv"},
                "hovertemplate": "round %{x}: %{y:.4f} of the box<extra></extra>",
            }
        ],
        "layout": layout(
            xaxis=axis("round", rangemode="tozero"),
            yaxis=axis("hypervolume, share of the box"),
            shapes=[moment(round)],
            annotations=[] if volumes else [note("not known")],
            height=260,
            showlegend=False,
        ),
        "config": CONFIG,
    }


def _cloud(
    kind: str, group: Group, members: Sequence[Point], cost: Cost, selected: frozenset[str], all_points: int
) -> dict[str, Any]:
    few = all_points <= MANY
    trace: dict[str, Any] = {
        "type": kind,
        "mode": "markers",
        "name": group.name,
        "x": [cost.shown(point.latency) for point in members],
        "y": [point.accuracy for point in members],
        "marker": {"color": group.colour, "symbol": group.symbol, "size": 9 if few else 5, "opacity": 0.75},
        "hovertemplate": "%{y:.2f} %, %{x:.4g} " + cost.unit + ("<br>%{text}" if few else "") + "<extra></extra>",
        "selected": {"marker": {"opacity": 1.0, "color": SELECTED, "size": 12 if few else 8}},
        "unselected": {"marker": {"opacity": 0.25}},
    }
    if few:
        trace["text"] = [point.hash for point in members]
    if selected:
        trace["selectedpoints"] = [index for index, point in enumerate(members) if point.hash in selected]
    return trace


def _old_front(old: RoundFront, cost: Cost, share: float, *, named: bool) -> dict[str, Any]:
    return {
        **_line(old.front, cost),
        "mode": "lines",
        "name": "fronts of earlier rounds",
        "legendgroup": "earlier",
        "showlegend": named,
        "line": {"color": SKY, "width": 1.5, "shape": "hv"},
        "opacity": 0.15 + 0.65 * share,
        "hoverinfo": "skip",
    }


def _front(front: Sequence[Point], cost: Cost) -> dict[str, Any]:
    return {
        **_line(front, cost),
        "mode": "lines+markers",
        "name": "Pareto front",
        "line": {"color": ORANGE, "width": 2.5, "shape": "hv"},
        "marker": {"symbol": "diamond-open", "size": 13, "line": {"width": 2, "color": ORANGE}},
        "unselected": {"marker": {"opacity": 1.0}},
        "hovertemplate": "on the front: %{y:.2f} %, %{x:.4g} " + cost.unit + "<extra></extra>",
    }


def _around(front: Sequence[Point]) -> dict[str, Any]:
    """The accuracies of a front, with a margin below."""
    low, high = front[0].accuracy, front[-1].accuracy
    margin = max(0.25 * (high - low), 1.0)
    return {"range": [low - margin, min(100.0, high + 0.4 * margin)], "autorange": False}


def _line(front: Sequence[Point], cost: Cost) -> dict[str, Any]:
    return {
        "type": "scatter",
        "x": [cost.shown(point.latency) for point in front],
        "y": [point.accuracy for point in front],
    }
