"""The plots of trade-offs: two objectives with their fronts, all of them in parallel, and hypervolume over rounds."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from illuminas.memory.candidate import Operator
from illuminas.server.viz.palette import BLUE, GREEN, GREY, ORANGE, SKY
from illuminas.server.viz.plots.run import axis_words
from illuminas.server.web.figure import CONFIG, SELECTED, Figure, axis, layout, moment, note
from illuminas.server.web.scales import WIDE
from illuminas.server.web.tradeoffs.trail import Point, RoundFront, Trail
from illuminas.tools.objectives import Objective, Vector

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


class Plane(NamedTuple):
    """The objectives along the axes."""

    x: Objective
    y: Objective

    def of(self, points: Sequence[Point]) -> dict[str, Any]:
        """Coordinates of points, in the units that are shown."""
        return {
            "x": [point.x / self.x.scale for point in points],
            "y": [point.y / self.y.scale for point in points],
        }

    @property
    def hover(self) -> str:
        """Both values with their units, as plotly's template."""
        return f"%{{y:.4g}} {self.y.shown_unit}, %{{x:.4g}} {self.x.shown_unit}"


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
    plane: Plane,
    round: int,
    operators: Mapping[str, Operator],
    selected: frozenset[str],
    *,
    zoomed: bool = False,
) -> Scatter:
    """One objective against another as of a round, with their front and those before it.

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
    data = [_cloud(kind, group, members, plane, selected, len(points)) for group, members in grouped]
    earlier = trail.earlier(round, TRAIL)
    for number, each in enumerate(earlier):
        data.append(_old_front(each, plane, (number + 1) / (len(earlier) + 1), named=number + 1 == len(earlier)))
    front = trail.front(round)
    if front:
        data.append(_front(front, plane))
    if selected:  # an entry of the legend
        marker = {"color": SELECTED, "size": 12}
        data.append(
            {"type": "scatter", "mode": "markers", "name": "selected", "x": [None], "y": [None], "marker": marker}
        )
    across = [point.x for point in points]
    scale = {"type": "log"} if across and 0 < WIDE * min(across) < max(across) else {"rangemode": "normal"}
    figure = {
        "data": data,
        "layout": layout(
            xaxis=axis(axis_words(plane.x), **scale),
            yaxis=axis(axis_words(plane.y), **(_around(front, plane.y) if zoomed and front else {})),
            dragmode="select",
            hovermode="closest",
            height=480,
            annotations=[] if points else [note("nothing with both values was evaluated yet")],
            uirevision=f"{plane.x.name} {plane.y.name} {zoomed}",
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
    kind: str, group: Group, members: Sequence[Point], plane: Plane, selected: frozenset[str], all_points: int
) -> dict[str, Any]:
    few = all_points <= MANY
    trace: dict[str, Any] = {
        "type": kind,
        "mode": "markers",
        "name": group.name,
        **plane.of(members),
        "marker": {"color": group.colour, "symbol": group.symbol, "size": 9 if few else 5, "opacity": 0.75},
        "hovertemplate": plane.hover + ("<br>%{text}" if few else "") + "<extra></extra>",
        "selected": {"marker": {"opacity": 1.0, "color": SELECTED, "size": 12 if few else 8}},
        "unselected": {"marker": {"opacity": 0.25}},
    }
    if few:
        trace["text"] = [point.hash for point in members]
    if selected:
        trace["selectedpoints"] = [index for index, point in enumerate(members) if point.hash in selected]
    return trace


def _old_front(old: RoundFront, plane: Plane, share: float, *, named: bool) -> dict[str, Any]:
    return {
        **_line(old.front, plane),
        "mode": "lines",
        "name": "fronts of earlier rounds",
        "legendgroup": "earlier",
        "showlegend": named,
        "line": {"color": SKY, "width": 1.5, "shape": "hv"},
        "opacity": 0.15 + 0.65 * share,
        "hoverinfo": "skip",
    }


def _front(front: Sequence[Point], plane: Plane) -> dict[str, Any]:
    return {
        **_line(front, plane),
        "mode": "lines+markers",
        "name": "Pareto front",
        "line": {"color": ORANGE, "width": 2.5, "shape": "hv"},
        "marker": {"symbol": "diamond-open", "size": 13, "line": {"width": 2, "color": ORANGE}},
        "unselected": {"marker": {"opacity": 1.0}},
        "hovertemplate": f"on the front: {plane.hover}<extra></extra>",
    }


def _around(front: Sequence[Point], objective: Objective) -> dict[str, Any]:
    """The values of a front along y, with a margin on the worse side."""
    values = [point.y / objective.scale for point in front]
    low, high = min(values), max(values)
    margin = max(0.25 * (high - low), 0.01 * abs(high))
    worse, better = (low - margin, high + 0.4 * margin), (low - 0.4 * margin, high + margin)
    return {"range": list(worse if objective.maximised else better), "autorange": False}


def _line(front: Sequence[Point], plane: Plane) -> dict[str, Any]:
    return {"type": "scatter", **plane.of(front)}


def parallel(
    vectors: Mapping[str, Vector], objectives: Sequence[Objective], front: frozenset[str], selected: frozenset[str]
) -> Figure:
    """Every architecture as a line across all objectives, each axis with its better end up.

    Args:
        vectors: hash -> values, in the order of the objectives.
        front: hashes of the Pareto front of all of them.
        selected: hashes that stand out.
    """
    hashes = sorted(vectors, key=lambda hash_: (hash_ in front, hash_ in selected))  # drawn last, on top
    colours = [2 if hash_ in selected else int(hash_ in front) for hash_ in hashes]
    dimensions = []
    for place, objective in enumerate(objectives):
        values = [vectors[hash_][place] / objective.scale for hash_ in hashes]
        low, high = (min(values), max(values)) if values else (0.0, 1.0)
        ends = [low, high] if objective.maximised else [high, low]
        dimensions.append({"label": objective.heading.replace(", ", "<br>"), "values": values, "range": ends})
    scale = [[0.0, GREY], [0.5, ORANGE], [1.0, SELECTED]]
    return {
        "data": [
            {
                "type": "parcoords",
                "line": {"color": colours, "colorscale": scale, "cmin": 0, "cmax": 2},
                "dimensions": dimensions,
            }
        ],
        "layout": layout(height=340, margin={"l": 70, "r": 70, "t": 60, "b": 24}),
        "config": CONFIG,
    }
