"""The knowledge over time, drawn: how many heuristics were what, above the life of each."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from illuminas.memory.chronicle import Moment
from illuminas.memory.heuristics import HeuristicStatus
from illuminas.memory.ledger import Change
from illuminas.memory.lifelines import counts, stretches
from illuminas.server.services.knowledge.signs import CHANGE, MEANING, STATUS
from illuminas.server.viz.palette import AMBER
from illuminas.server.web.figure import CONFIG, Figure, axis, layout
from illuminas.server.web.knowledge.figures import hover, kind_of, step_of

NAMED = 40
"""Rows up to which a timeline names each heuristic, and shows where its evidence grew."""
_LINES = {
    HeuristicStatus.ACTIVE: {"width": 5, "dash": "solid"},
    HeuristicStatus.PROPOSED: {"width": 2, "dash": "solid"},
    HeuristicStatus.CONTRADICTED: {"width": 2, "dash": "dash"},
    HeuristicStatus.SUPERSEDED: {"width": 1.5, "dash": "dot"},
}
_FINE = {"width": 1.5, "dash": "solid"}


def timeline_figure(moments: Sequence[Moment], last: int) -> Figure:
    """How many heuristics had each status after each round, above the life of each, one row each in order of birth."""
    rows = {id_: row for row, id_ in enumerate(dict.fromkeys(m.change.heuristic.id for m in moments))}
    texts = {m.change.heuristic.id: hover(m.change.heuristic.text) for m in moments}
    few = len(rows) <= NAMED
    lived = stretches(moments, last)
    shown = {change for change in CHANGE if few or change not in (Change.BORN, Change.MEASURED)}
    kind = kind_of(sum(moment.change.change in shown for moment in moments))
    now = last + 0.5  # what came of the last round needs some room
    data: list[Figure] = [
        {
            "type": "scatter",
            "mode": "lines",
            "x": [*range(last + 1), now],
            "y": [*steps, steps[-1]],
            "stackgroup": "statuses",
            "line": {"color": STATUS[status].colour, "shape": "hv", "width": 1},
            "name": f"{STATUS[status].glyph} {status}",
            "legendgroup": status.value,
            "yaxis": "y2",
            "hovertemplate": f"round %{{x}}: %{{y}} {status}<extra></extra>",
        }
        for status, steps in counts(moments, last).items()
    ]
    for status, look in _LINES.items():
        of_status = [each for each in lived if each.status is status]
        data.append(
            {
                "type": "scatter",
                "mode": "lines",
                "x": [x for each in of_status for x in (each.begin, now if each.end == last else each.end, None)],
                "y": [y for each in of_status for y in (rows[each.id], rows[each.id], None)],
                "line": {"color": STATUS[status].colour, **(look if few else _FINE)},
                "showlegend": False,
                "legendgroup": status.value,
                "hoverinfo": "skip",
            }
        )
    for change, sign in CHANGE.items():
        happened = [m for m in moments if m.change.change is change]
        if happened and change in shown:  # a line begins where it was born
            data.append(
                _marks(happened, rows, texts, kind, MEANING[change], sign.symbol, sign.colour, 11 if few else 5)
            )
    if by_people := [m for m in moments if m.act is not None]:
        ring = _marks(by_people, rows, texts, kind, "by a person", "circle-open", AMBER, 18)
        ring["marker"]["line"]["width"] = 2.5
        data.append(ring)
    drawn = layout(
        height=min(900, 330 + 22 * max(4, len(rows))) if few else 760,
        xaxis=axis("round of the search", range=[-0.3, now], dtick=step_of(last), anchor="y"),
        yaxis=axis(
            "heuristics, in order of birth",
            domain=[0, 0.76 if few else 0.74],
            range=[len(rows) - 0.4, -0.6],
            tickvals=list(rows.values()) if few else [],
            ticktext=list(rows) if few else [],
            showgrid=False,
        ),
        yaxis2=axis("heuristics", domain=[0.8, 1]),
        margin={"l": 84, "r": 12, "t": 16, "b": 44},
        hovermode="closest",
    )
    return {"data": data, "layout": drawn, "config": CONFIG}


def _marks(
    moments: Sequence[Moment],
    rows: dict[str, int],
    texts: dict[str, str],
    kind: str,
    name: str,
    symbol: str,
    ink: str,
    size: int,
) -> Figure:
    changes = [moment.change for moment in moments]
    small = symbol.startswith("line")
    return {
        "type": kind,
        "mode": "markers",
        "x": [each.round for each in changes],
        "y": [rows[each.heuristic.id] for each in changes],
        "customdata": [each.heuristic.id for each in changes],
        "text": [
            f"{each.heuristic.id}, round {each.round}: {name}"
            + (f" by {escape(each.author)}" if each.author else "")
            + f"<br>{texts[each.heuristic.id]}<br>{hover(each.heuristic.reason)}"
            for each in changes
        ],
        "hoverinfo": "text",
        "name": name,
        "marker": {
            "symbol": symbol,
            "color": ink,
            "size": 7 if small else size,
            "opacity": 0.6 if small else 1.0,
            "line": {"width": 1.5, "color": ink} if small or symbol.endswith("open") else {"width": 0},
        },
    }
