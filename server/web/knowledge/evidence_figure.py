"""The evidence of a heuristic, drawn: its effect with an interval, over the very architectures that made it."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence
from html import escape
from typing import Any

import numpy as np

from illuminas.memory.evidence import CONFIDENCE, METRIC_UNITS, METRIC_WORDS
from illuminas.server.services.knowledge.dossier import Dossier
from illuminas.server.services.knowledge.signs import STATUS
from illuminas.server.services.knowledge.witnesses import Period, Witness
from illuminas.server.viz.palette import AMBER, BLUE, GREEN, GREY, ORANGE
from illuminas.server.web.figure import CONFIG, Figure, axis, layout, thinned
from illuminas.server.web.knowledge.figures import hover, rule

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
