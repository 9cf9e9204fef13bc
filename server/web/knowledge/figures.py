"""Plots of the knowledge: the evidence for one heuristic and how it grew, a map of all by meaning, and their timeline.

Texts in them are escaped, because plotly reads some HTML in hovers.
"""

from __future__ import annotations

import math
import textwrap
import zlib
from collections.abc import Callable, Iterable, Sequence
from html import escape
from typing import Any

import numpy as np

from illuminas.memory.chronicle import Moment
from illuminas.memory.evidence import CONFIDENCE, METRIC_UNITS, METRIC_WORDS
from illuminas.memory.heuristics import Heuristic, HeuristicStatus
from illuminas.memory.ledger import Change
from illuminas.memory.lifelines import counts, stretches
from illuminas.server.services.knowledge.dossier import Dossier, Period, Witness
from illuminas.server.services.knowledge.meanings import Place
from illuminas.server.viz.palette import AMBER, BLUE, CHANGE, GREEN, GREY, ORANGE, PURPLE, STATUS
from illuminas.server.web.figure import CONFIG, Figure, axis, layout, thinned

MANY = 1500
"""Points from which a plot is drawn by the graphics card."""
_WIDTH = 60
"""Characters of a line in a hover."""


def rule(x: float, bottom: float, top: float, *, width: float = 1.5, dash: str = "solid") -> Figure:
    """A vertical line."""
    line = {"color": "rgba(128,128,128,0.9)", "width": width, "dash": dash}
    return {"type": "line", "x0": x, "x1": x, "y0": bottom, "y1": top, "line": line, "layer": "above"}


def kind_of(points: int) -> str:
    """The type of trace for so many points."""
    return "scattergl" if points > MANY else "scatter"


def hover(text: str) -> str:
    """A text for a hover: escaped, in short lines, and not too many of them."""
    lines = textwrap.wrap(text, _WIDTH, max_lines=6, placeholder=" …")
    return "<br>".join(escape(line, quote=False) for line in lines)


def step_of(rounds: int) -> int:
    """Rounds between two ticks of an axis that is so long; whole ones."""
    least = max(1, rounds / 14)
    scale: int = 10 ** int(math.log10(least))
    return next(step * scale for step in (1, 2, 5, 10) if step * scale >= least)


DRAWN = 500
"""Architectures of one group that are drawn; of more, every second, third and so on, and those that are selected."""


def evidence_figure(
    dossier: Dossier, *, unit: str, title: Callable[[str], str], selected: frozenset[str] = frozenset()
) -> Figure:
    """The effect with its interval around zero, over the very architectures that made it.

    An estimation plot (M. J. Gardner & D. G. Altman, "Confidence intervals rather than P values", BMJ 292, 1986) laid
    on its side: both axes are of one scale, the upper one counted from the mean of the architectures without.

    Args:
        unit: of the metric's own axis: '%' or 'ms'.
        title: hash -> the architecture on one line.
        selected: hashes that a person has picked out.
    """
    heuristic, evidence = dossier.heuristic, dossier.heuristic.evidence
    without = dossier.side(holds=False)
    mean = float(np.mean([each.value for each in without])) if without else None
    sign = 1 if heuristic.direction == "raises" else -1
    groups: dict[str, tuple[list[Witness], dict[str, Any]]] = {
        "for it": ([], {"color": GREEN, "symbol": "circle", "size": 8, "opacity": 0.75}),
        "against it": ([], {"color": ORANGE, "symbol": "x", "size": 7, "opacity": 0.85}),
        "without": ([], {"color": GREY, "symbol": "circle", "size": 7, "opacity": 0.6}),
        f"{Period.SINCE}, not counted yet": ([], {"color": BLUE, "symbol": "circle-open", "size": 8}),
        f"{Period.BEFORE}, not counted": ([], {"color": GREY, "symbol": "line-ns-open", "size": 8, "opacity": 0.7}),
    }
    for each in dossier.witnesses:
        if each.period is not Period.EVIDENCE:
            name = next(name for name in groups if name.startswith(each.period.value))
        elif not each.holds:
            name = "without"
        else:
            name = "for it" if mean is not None and sign * (each.value - mean) > 0 else "against it"
        groups[name][0].append(each)
    data = [
        _dots(thinned(found, DRAWN), _named(name, len(found)), marker, unit=unit, title=title)
        for name, (found, marker) in groups.items()
        if found
    ]
    picked = [each for each in dossier.witnesses if each.hash in selected]
    if picked:
        ring = {"color": AMBER, "symbol": "circle-open", "size": 15, "line": {"width": 3}}
        data.append(_dots(thinned(picked, DRAWN), "selected", ring, unit=unit, title=title))
    values = [each.value for each in dossier.witnesses]
    seen = [evidence] if heuristic.found_with is None else [evidence, heuristic.found_with]
    told = [v for each in seen for v in (each.effect, each.low, each.high) if v is not None]
    span = [*values, *(mean + v for v in told)] if mean is not None else values
    low, high = (min(span), max(span)) if span else (0.0, 1.0)
    room = 0.05 * (high - low) or 1.0
    named = f"{METRIC_WORDS[heuristic.metric]}, {unit}"
    drawn = layout(
        height=330,
        uirevision=heuristic.id,
        xaxis=axis(named, range=[low - room, high + room]),
        yaxis=axis(
            "",
            range=[-0.6, 2.6],
            tickvals=[0, 1, 2],
            ticktext=[f"without ({evidence.n_without})", f"with ({evidence.n_with})", "effect"],
            showgrid=False,
        ),
        legend={"orientation": "h", "y": -0.28, "x": 0},
        margin={"l": 90, "r": 12, "t": 46 if mean is not None else 12, "b": 44},
    )
    if mean is not None:
        drawn["xaxis2"] = axis(
            f"difference from the mean without, {METRIC_UNITS[heuristic.metric]}",
            range=[low - room - mean, high + room - mean],
            overlaying="x",
            side="top",
            showgrid=False,
        )
        drawn["shapes"] = [rule(mean, -0.6, 2.6, dash="dash")]
        with_ = dossier.side(holds=True)
        drawn["shapes"] += [rule(mean, -0.4, 0.4, width=3)]
        drawn["shapes"] += [rule(float(np.mean([w.value for w in with_])), 0.6, 1.4, width=3)] if with_ else []
        data += _interval(dossier)
    return {"data": data, "layout": drawn, "config": CONFIG}


def _interval(dossier: Dossier) -> list[Figure]:
    """The effect with its interval; and what it looked like at its birth, where it was mined."""
    heuristic = dossier.heuristic
    sign = STATUS[heuristic.status]
    found = []
    for evidence, at, name, look in (
        (heuristic.evidence, 2.0, "effect", {"color": sign.colour, "width": 5}),
        (heuristic.found_with, 2.4, "at its birth, not counted", {"color": GREY, "width": 2, "dash": "dot"}),
    ):
        if evidence is None or evidence.effect is None:
            continue
        ends = [evidence.effect] if evidence.low is None else [evidence.low, evidence.effect, evidence.high]
        centre = len(ends) // 2
        if at == 2.0:
            name += ", too few for an interval" if evidence.low is None else f", {CONFIDENCE:.0%} interval"
        middle = "diamond-open" if evidence.low is None else "diamond"
        words = escape(evidence.words(heuristic.metric))
        found.append(
            {
                "type": "scatter",
                "mode": "lines+markers",
                "x": ends,
                "y": [at] * len(ends),
                "xaxis": "x2",
                "line": look,
                "marker": {
                    "color": look["color"],
                    "size": [11 if place == centre else 9 for place in range(len(ends))],
                    "symbol": [middle if place == centre else "line-ns-open" for place in range(len(ends))],
                    "line": {"width": 2, "color": look["color"]},
                },
                "name": name,
                "text": [words] * len(ends),
                "hoverinfo": "text",
            }
        )
    return found


def _dots(
    found: Sequence[Witness],
    name: str,
    marker: dict[str, Any],
    *,
    unit: str,
    title: Callable[[str], str],
) -> Figure:
    return {
        "type": "scatter",
        "mode": "markers",
        "x": [each.value for each in found],
        "y": [each.holds + 0.62 * (zlib.crc32(each.hash.encode()) / 2**32 - 0.5) for each in found],
        "customdata": [each.hash for each in found],
        "text": [f"{hover(title(each.hash))}<br>{each.value:.4g} {unit}, round {each.round}" for each in found],
        "hoverinfo": "text",
        "marker": marker,
        "name": name,
    }


def _named(name: str, count: int) -> str:
    return f"{name} ({count})" if count <= DRAWN else f"{name} ({count}, 1 of {-(-count // DRAWN)} drawn)"


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
                _marks(happened, rows, texts, kind, CHANGE[change].words, sign.symbol, sign.colour, 11 if few else 5)
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
