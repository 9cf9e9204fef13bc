"""The map of the heuristics: those that say alike lie together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from illuminas.memory.heuristics import Heuristic
from illuminas.server.services.knowledge.meanings import Place
from illuminas.server.services.knowledge.signs import STATUS
from illuminas.server.viz.palette import AMBER, PURPLE
from illuminas.server.web.figure import CONFIG, Figure, axis, layout
from illuminas.server.web.knowledge.figures import MANY, hover, kind_of


def map_figure(places: Sequence[Place], *, chosen: str | None = None, near: Iterable[str] = ()) -> Figure:
    """The heuristics by meaning, a colour and a shape a status.

    Args:
        chosen: id of the one that is open.
        near: ids that a search found.
    """
    data: list[Figure] = []
    for status, sign in STATUS.items():
        of_status = [each for each in places if each.heuristic.status is status]
        if of_status:
            data.append(_heuristics(of_status, f"{status} ({len(of_status)})", sign.symbol, sign.colour, len(places)))
    near = set(near)
    rings = (
        ("found", [each for each in places if each.heuristic.id in near], AMBER),
        ("open", [each for each in places if each.heuristic.id == chosen], PURPLE),
    )
    for name, found, ink in rings:
        if found:
            ring = _heuristics(found, name, "circle-open", ink, len(places))
            ring["marker"] |= {"size": 20, "line": {"width": 3, "color": ink}}
            data.append(ring)
    named = "principal component of the texts' embeddings (no unit)"
    drawn = layout(
        height=520,
        xaxis=axis(f"first {named}", showticklabels=False, showgrid=False),
        yaxis=axis("second component", showticklabels=False, showgrid=False),
        margin={"l": 44, "r": 12, "t": 16, "b": 44},
        hovermode="closest",
    )
    return {"data": data, "layout": drawn, "config": CONFIG}


def _heuristics(places: Sequence[Place], name: str, symbol: str, ink: str, of: int) -> Figure:
    def words(each: Heuristic) -> str:
        return f"{each.id}, {each.status}<br>{hover(each.text)}"

    return {
        "type": kind_of(of),
        "mode": "markers",
        "x": [each.x for each in places],
        "y": [each.y for each in places],
        "customdata": [each.heuristic.id for each in places],
        "text": [words(each.heuristic) for each in places],
        "hoverinfo": "text",
        "name": name,
        "marker": {
            "symbol": symbol,
            "color": ink,
            "size": 11 if of < MANY else 8,
            "line": {"width": 1.5, "color": ink},
        },
    }
