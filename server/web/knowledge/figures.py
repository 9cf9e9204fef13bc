"""Plots of the knowledge: the evidence for one heuristic and how it grew, a map of all by meaning, and their timeline.

Texts in them are escaped, because plotly reads some HTML in hovers.
"""

from __future__ import annotations

import math
import textwrap
import zlib
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from html import escape
from typing import Any

import numpy as np

from illuminas.memory.evidence import CONFIDENCE
from illuminas.memory.heuristics import Change, HeuristicStatus
from illuminas.memory.knowledge_history import Moment, counts, stretches
from illuminas.server.services.knowledge.dossier import Dossier, Period, Witness
from illuminas.server.services.knowledge.listing import Place
from illuminas.server.viz.palette import AMBER, BLUE, CHANGE, GREEN, GREY, ORANGE, PURPLE, STATUS
from illuminas.server.web.figure import MANY, Figure, Trace, axis, dots, figure, line, thinned
from illuminas.tools.objectives import Objective

DRAWN = 500
"""Architectures of one group that are drawn; of more, every second, third and so on, and those that are selected."""
LEAST = 2
"""Measurements from which there is a course to show."""
NAMED = 40
"""Rows up to which a timeline names each heuristic, and shows where its evidence grew."""
_WIDTH = 60
"""Characters of a line in a hover."""
_RULE = "rgba(128,128,128,0.9)"
_GROUPS: dict[str, dict[str, Any]] = {
    "for it": {"color": GREEN, "symbol": "circle", "size": 8, "opacity": 0.75},
    "against it": {"color": ORANGE, "symbol": "x", "size": 7, "opacity": 0.85},
    "without": {"color": GREY, "symbol": "circle", "size": 7, "opacity": 0.6},
    f"{Period.SINCE}, not counted yet": {"color": BLUE, "symbol": "circle-open", "size": 8},
    f"{Period.BEFORE}, not counted": {"color": GREY, "symbol": "line-ns-open", "size": 8, "opacity": 0.7},
}
"""How the witnesses of a heuristic look, by what they say of it."""
_LIFELINES = {
    HeuristicStatus.ACTIVE: {"width": 5, "dash": "solid"},
    HeuristicStatus.PROPOSED: {"width": 2, "dash": "solid"},
    HeuristicStatus.CONTRADICTED: {"width": 2, "dash": "dash"},
    HeuristicStatus.SUPERSEDED: {"width": 1.5, "dash": "dot"},
}
_FINE = {"width": 1.5, "dash": "solid"}


def hover(text: str) -> str:
    """A text for a hover: escaped, in short lines, and not too many of them."""
    lines = textwrap.wrap(text, _WIDTH, max_lines=6, placeholder=" …")
    return "<br>".join(escape(each, quote=False) for each in lines)


def step_of(rounds: int) -> int:
    """Rounds between two ticks of an axis that is so long; whole ones."""
    least = max(1, rounds / 14)
    scale: int = 10 ** int(math.log10(least))
    return next(step * scale for step in (1, 2, 5, 10) if step * scale >= least)


def evidence_figure(
    dossier: Dossier, *, unit: str, title: Callable[[str], str], selected: frozenset[str] = frozenset()
) -> Figure:
    """The effect with its interval around zero, over the very architectures that made it.

    An estimation plot (M. J. Gardner & D. G. Altman, "Confidence intervals rather than P values", BMJ 292, 1986) laid
    on its side: both axes are of one scale, the upper one counted from the mean of the architectures without.

    Args:
        unit: of the objective's own axis.
        title: hash -> the architecture on one line.
        selected: hashes that a person has picked out.
    """
    heuristic, evidence = dossier.heuristic, dossier.heuristic.evidence
    mean, mean_with = _mean(dossier.side(holds=False)), _mean(dossier.side(holds=True))
    drawn = partial(_witnesses, unit=unit, title=title)
    groups = {name: [each for each in dossier.witnesses if _group(dossier, each, mean) == name] for name in _GROUPS}
    data = [drawn(found, _named(name, len(found)), _GROUPS[name]) for name, found in groups.items() if found]
    if picked := [each for each in dossier.witnesses if each.hash in selected]:
        ring = {"color": AMBER, "symbol": "circle-open", "size": 15, "line": {"width": 3}}
        data.append(drawn(picked, "selected", ring))
    low, high = _span(dossier, mean)
    more: dict[str, Any] = {}
    if mean is not None:
        words = f"difference from the mean without, {_difference(heuristic.objective)}"
        more["xaxis2"] = axis(words, range=[low - mean, high - mean], overlaying="x", side="top", showgrid=False)
        rules = [_rule(mean, -0.6, 2.6, dash="dash"), _rule(mean, -0.4, 0.4, width=3)]
        more["shapes"] = rules + ([] if mean_with is None else [_rule(mean_with, 0.6, 1.4, width=3)])
        data += _interval(dossier)
    names = [f"without ({evidence.n_without})", f"with ({evidence.n_with})", "effect"]
    return figure(
        data,
        x=f"{heuristic.objective.words}, {unit}",
        y="",
        height=330,
        uirevision=heuristic.id,
        showlegend=True,
        xaxis={"range": [low, high]},
        yaxis={"range": [-0.6, 2.6], "tickvals": [0, 1, 2], "ticktext": names, "showgrid": False},
        legend={"orientation": "h", "y": -0.28, "x": 0},
        margin={"l": 90, "r": 12, "t": 46 if mean is not None else 12, "b": 44},
        **more,
    )


def _mean(found: Sequence[Witness]) -> float | None:
    return float(np.mean([each.value for each in found])) if found else None


def _group(dossier: Dossier, witness: Witness, mean: float | None) -> str:
    """Which of :data:`_GROUPS` a witness is of; ``mean`` is that of the architectures without."""
    if witness.period is not Period.EVIDENCE:
        return next(name for name in _GROUPS if name.startswith(witness.period.value))
    if not witness.holds:
        return "without"
    sign = 1 if dossier.heuristic.direction == "raises" else -1
    return "for it" if mean is not None and sign * (witness.value - mean) > 0 else "against it"


def _span(dossier: Dossier, mean: float | None) -> tuple[float, float]:
    """Ends of the axis: all witnesses and intervals, with some room."""
    heuristic = dossier.heuristic
    seen = [heuristic.evidence] if heuristic.found_with is None else [heuristic.evidence, heuristic.found_with]
    told = [v for each in seen for v in (each.effect, each.low, each.high) if v is not None]
    span = [each.value for each in dossier.witnesses] + ([] if mean is None else [mean + v for v in told])
    low, high = (min(span), max(span)) if span else (0.0, 1.0)
    room = 0.05 * (high - low) or 1.0
    return low - room, high + room


def _rule(x: float, bottom: float, top: float, *, width: float = 1.5, dash: str = "solid") -> Figure:
    """A vertical line."""
    look = {"color": _RULE, "width": width, "dash": dash}
    return {"type": "line", "x0": x, "x1": x, "y0": bottom, "y1": top, "line": look, "layer": "above"}


def _interval(dossier: Dossier) -> list[Trace]:
    """The effect with its interval; and what it looked like at its birth, where it was mined."""
    heuristic = dossier.heuristic
    found = []
    for evidence, at, name, look in (
        (heuristic.evidence, 2.0, "effect", {"color": STATUS[heuristic.status].colour, "width": 5}),
        (heuristic.found_with, 2.4, "at its birth, not counted", {"color": GREY, "width": 2, "dash": "dot"}),
    ):
        if evidence is None or evidence.effect is None:
            continue
        ends = [evidence.effect] if evidence.low is None else [evidence.low, evidence.effect, evidence.high]
        middle = "diamond-open" if evidence.low is None else "diamond"
        signs = [(middle, 11)] if evidence.low is None else [("line-ns-open", 9), (middle, 11), ("line-ns-open", 9)]
        if at == 2.0:
            name += ", too few for an interval" if evidence.low is None else f", {CONFIDENCE:.0%} interval"
        marker = {
            "color": look["color"],
            "size": [size for _, size in signs],
            "symbol": [symbol for symbol, _ in signs],
            "line": {"width": 2, "color": look["color"]},
        }
        words = [escape(evidence.words(heuristic.objective))] * len(ends)
        trace = line(ends, [at] * len(ends), name=name, line=look, mode="lines+markers", marker=marker)
        found.append(trace | {"xaxis": "x2", "text": words, "hoverinfo": "text"})
    return found


def _witnesses(
    found: Sequence[Witness], name: str, marker: dict[str, Any], *, unit: str, title: Callable[[str], str]
) -> Trace:
    found = thinned(found, DRAWN)
    return dots(
        [each.value for each in found],
        [each.holds + 0.62 * (zlib.crc32(each.hash.encode()) / 2**32 - 0.5) for each in found],
        name=name,
        marker=marker,
        customdata=[each.hash for each in found],
        text=[f"{hover(title(each.hash))}<br>{each.value:.4g} {unit}, round {each.round}" for each in found],
        hoverinfo="text",
    )


def _named(name: str, count: int) -> str:
    return f"{name} ({count})" if count <= DRAWN else f"{name} ({count}, 1 of {-(-count // DRAWN)} drawn)"


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
    objective = heuristics[0].objective
    colours = [STATUS[each.status].colour for each in heuristics]
    rounds = [each.round for each in measured]
    bands = [each for each in measured if each.heuristic.evidence.low is not None]
    # an interval holds until the next measurement
    ends = [*[each.round for each in bands], last] if bands else []
    lows = [each.heuristic.evidence.low for each in bands]
    highs = [each.heuristic.evidence.high for each in bands]
    edge: dict[str, Any] = {"line": {"width": 0, "shape": "hv"}, "hoverinfo": "skip"}
    upper = line(ends, [*highs, *highs[-1:]], name=f"{CONFIDENCE:.0%} interval", **edge)
    effect = line(rounds, [each.evidence.effect for each in heuristics], name="effect, by status")
    effect |= {"mode": "lines+markers", "line": {"color": GREY, "width": 1.5, "shape": "hv"}, "hoverinfo": "text"}
    effect["marker"] = {
        "size": 10,
        "color": colours,
        "symbol": [STATUS[each.status].symbol for each in heuristics],
        "line": {"width": 1.5, "color": colours},
    }
    effect["text"] = [
        f"round {at}, {each.status}<br>{hover(each.evidence.words(objective))}"
        for at, each in zip(rounds, heuristics, strict=True)
    ]
    zero = {"type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": 0, "y1": 0}
    return figure(
        [
            line(ends, [*lows, *lows[-1:]], showlegend=False, **edge),
            upper | {"fill": "tonexty", "fillcolor": "rgba(128,128,128,0.25)"},
            effect,
        ],
        x="round of the search",
        y=f"effect, {_difference(objective)}",
        height=210,
        uirevision=heuristics[0].id,
        xaxis={"range": [rounds[0] - 0.5, last + 0.5], "dtick": step_of(last - rounds[0])},
        shapes=[{**zero, "line": {"color": _RULE, "width": 1.5, "dash": "dash"}}],
        margin={"l": 60, "r": 12, "t": 8, "b": 44},
        showlegend=False,
    )


def map_figure(places: Sequence[Place], *, chosen: str | None = None, near: Iterable[str] = ()) -> Figure:
    """The heuristics by meaning, a colour and a shape a status.

    Args:
        chosen: id of the one that is open.
        near: ids that a search found.
    """
    many, near = len(places) > MANY, set(near)

    def drawn(found: Sequence[Place], name: str, symbol: str, ink: str, size: int, width: float) -> Trace:
        return dots(
            [each.x for each in found],
            [each.y for each in found],
            name=name,
            type="scattergl" if many else "scatter",
            customdata=[each.heuristic.id for each in found],
            text=[f"{each.heuristic.id}, {each.heuristic.status}<br>{hover(each.heuristic.text)}" for each in found],
            hoverinfo="text",
            marker={"symbol": symbol, "color": ink, "size": size, "line": {"width": width, "color": ink}},
        )

    data = []
    for status, sign in STATUS.items():
        if of_status := [each for each in places if each.heuristic.status is status]:
            name = f"{status} ({len(of_status)})"
            data.append(drawn(of_status, name, sign.symbol, sign.colour, 8 if many else 11, 1.5))
    found = [each for each in places if each.heuristic.id in near]
    opened = [each for each in places if each.heuristic.id == chosen]
    data += [drawn(found, "found", "circle-open", AMBER, 20, 3)] if found else []
    data += [drawn(opened, "open", "circle-open", PURPLE, 20, 3)] if opened else []
    return figure(
        data,
        x="first principal component of the texts' embeddings (no unit)",
        y="second component",
        height=520,
        showlegend=True,
        xaxis={"showticklabels": False, "showgrid": False},
        yaxis={"showticklabels": False, "showgrid": False},
        margin={"l": 44, "r": 12, "t": 16, "b": 44},
    )


def timeline_figure(moments: Sequence[Moment], last: int) -> Figure:
    """How many heuristics had each status after each round, above the life of each, one row each in order of birth."""
    rows = {id_: row for row, id_ in enumerate(dict.fromkeys(m.change.heuristic.id for m in moments))}
    few = len(rows) <= NAMED
    now = last + 0.5  # what came of the last round needs some room
    return figure(
        [*_status_counts(moments, last), *_lifelines(moments, last, rows), *_changes(moments, rows)],
        x="round of the search",
        y="heuristics, in order of birth",
        height=min(900, 330 + 22 * max(4, len(rows))) if few else 760,
        showlegend=True,
        xaxis={"range": [-0.3, now], "dtick": step_of(last), "anchor": "y"},
        yaxis={
            "domain": [0, 0.76 if few else 0.74],
            "range": [len(rows) - 0.4, -0.6],
            "tickvals": list(rows.values()) if few else [],
            "ticktext": list(rows) if few else [],
            "showgrid": False,
        },
        yaxis2=axis("heuristics", domain=[0.8, 1]),
        margin={"l": 84, "r": 12, "t": 16, "b": 44},
    )


def _status_counts(moments: Sequence[Moment], last: int) -> list[Trace]:
    """How many heuristics have each status, stacked."""
    return [
        line(
            [*range(last + 1), last + 0.5],
            [*steps, steps[-1]],
            name=f"{STATUS[status].glyph} {status}",
            line={"color": STATUS[status].colour, "shape": "hv", "width": 1},
            stackgroup="statuses",
            legendgroup=status.value,
            yaxis="y2",
            hovertemplate=f"round %{{x}}: %{{y}} {status}<extra></extra>",
        )
        for status, steps in counts(moments, last).items()
    ]


def _lifelines(moments: Sequence[Moment], last: int, rows: dict[str, int]) -> list[Trace]:
    """The life of every heuristic, a line a status."""
    lived = stretches(moments, last)
    found = []
    for status, look in _LIFELINES.items():
        of_status = [each for each in lived if each.status is status]
        ends = [last + 0.5 if each.end == last else each.end for each in of_status]
        trace = line(
            [x for each, end in zip(of_status, ends, strict=True) for x in (each.begin, end, None)],
            [y for each in of_status for y in (rows[each.id], rows[each.id], None)],
            line={"color": STATUS[status].colour, **(look if len(rows) <= NAMED else _FINE)},
        )
        found.append(trace | {"showlegend": False, "legendgroup": status.value, "hoverinfo": "skip"})
    return found


def _changes(moments: Sequence[Moment], rows: dict[str, int]) -> list[Trace]:
    """What happened to the heuristics, and a ring around what people did."""
    few = len(rows) <= NAMED
    shown = {change for change in CHANGE if few or change not in (Change.BORN, Change.MEASURED)}
    kind = "scattergl" if sum(moment.change.change in shown for moment in moments) > MANY else "scatter"
    texts = {m.change.heuristic.id: hover(m.change.heuristic.text) for m in moments}

    def marks(found: Sequence[Moment], name: str, symbol: str, ink: str, size: int, width: float = 1.5) -> Trace:
        small, changes = symbol.startswith("line"), [moment.change for moment in found]
        border = {"width": width, "color": ink} if small or symbol.endswith("open") else {"width": 0}
        look = {"size": 7 if small else size, "opacity": 0.6 if small else 1.0, "line": border}
        return dots(
            [each.round for each in changes],
            [rows[each.heuristic.id] for each in changes],
            name=name,
            type=kind,
            customdata=[each.heuristic.id for each in changes],
            text=[
                f"{each.heuristic.id}, round {each.round}: {name}"
                + (f" by {escape(each.author)}" if each.author else "")
                + f"<br>{texts[each.heuristic.id]}<br>{hover(each.heuristic.reason)}"
                for each in changes
            ],
            hoverinfo="text",
            marker={"symbol": symbol, "color": ink, **look},
        )

    data = []
    for change, sign in CHANGE.items():
        happened = [m for m in moments if m.change.change is change]
        if happened and change in shown:  # a line begins where it was born
            data.append(marks(happened, sign.words, sign.symbol, sign.colour, 11 if few else 5))
    by_people = [m for m in moments if m.act is not None]
    return [*data, marks(by_people, "by a person", "circle-open", AMBER, 18, 2.5)] if by_people else data


def _difference(objective: Objective) -> str:
    """The unit of a difference, as the log counts it: of percentages points."""
    return "points" if objective.unit == "%" else objective.unit
