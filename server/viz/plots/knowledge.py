"""The knowledge of a run: how many heuristics were what, the life of each, and what the data say of them."""

from __future__ import annotations

import textwrap
from typing import Any

from illuminas.memory.chronicle import Chronicle
from illuminas.memory.evidence import CONFIDENCE
from illuminas.memory.heuristics import Change, Heuristic, HeuristicStatus
from illuminas.memory.lifelines import counts, stretches
from illuminas.server.services.knowledge.listing import Wanted, listed
from illuminas.server.viz.palette import AMBER, STATUS
from illuminas.server.viz.plots.rendering import INK
from illuminas.tools.objectives import Objective

MOST = 30
"""Heuristics that a plot names."""
_MARKERS = {
    Change.BORN: ("D", HeuristicStatus.PROPOSED),
    Change.ACTIVATED: ("o", HeuristicStatus.ACTIVE),
    Change.CONTRADICTED: ("X", HeuristicStatus.CONTRADICTED),
    Change.SUPERSEDED: (">", HeuristicStatus.SUPERSEDED),
    Change.RETIRED: ("s", HeuristicStatus.RETIRED),
    Change.REOPENED: ("o", HeuristicStatus.PROPOSED),
}
_HOLLOW = (Change.BORN, Change.RETIRED, Change.REOPENED)
_LINES = {
    HeuristicStatus.ACTIVE: (4.0, "-"),
    HeuristicStatus.PROPOSED: (1.5, "-"),
    HeuristicStatus.CONTRADICTED: (1.5, "--"),
    HeuristicStatus.SUPERSEDED: (1.2, ":"),
    HeuristicStatus.RETIRED: (0.0, "-"),
}


def draw_statuses(axes: Any, chronicle: Chronicle, last: int) -> None:
    """How many heuristics had each status after each round up to ``last``."""
    steps = counts(chronicle.moments, last)
    shown = [status for status in STATUS if status in steps]
    if shown:
        colours = [STATUS[status].colour for status in shown]
        heights = [steps[status] for status in shown]
        rounds = range(last + 1)
        axes.stackplot(rounds, *heights, labels=shown, colors=colours, step="post", alpha=0.8)
        axes.legend(loc="upper left")
    axes.yaxis.get_major_locator().set_params(integer=True)
    axes.set(title="Heuristics by status", xlabel="round", ylabel="heuristics")


def draw_lives(axes: Any, chronicle: Chronicle, last: int) -> None:
    """A line a heuristic in order of birth, with what happened to it; rings are acts of people."""
    rows = {id_: row for row, id_ in enumerate(dict.fromkeys(m.change.heuristic.id for m in chronicle.moments))}
    few = len(rows) <= MOST
    for stretch in stretches(chronicle.moments, last):
        width, line = _LINES[stretch.status]
        if width and stretch.end > stretch.begin:
            row = rows[stretch.id]
            look = {"linewidth": width if few else 0.8, "linestyle": line if few else "-"}
            axes.plot([stretch.begin, stretch.end], [row, row], color=STATUS[stretch.status].colour, **look)
    for change, (marker, status) in _MARKERS.items():
        happened = [m.change for m in chronicle.moments if m.change.change is change]
        if happened and (few or change is not Change.BORN):
            axes.scatter(
                [each.round for each in happened],
                [rows[each.heuristic.id] for each in happened],
                marker=marker,
                s=36 if few else 6,
                facecolors="none" if change in _HOLLOW else STATUS[status].colour,
                edgecolors=STATUS[status].colour,
                zorder=3,
                label=change.value,
            )
    people = [m.change for m in chronicle.moments if m.act is not None]
    if people:
        places = [each.round for each in people], [rows[each.heuristic.id] for each in people]
        axes.scatter(*places, s=130, facecolors="none", edgecolors=AMBER, linewidths=2, zorder=4, label="by a person")
    if rows:
        axes.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0))
        axes.set_ylim(len(rows) - 0.4, -0.6)
        axes.set_yticks(list(rows.values()) if few else [], list(rows) if few else [], fontsize=8)
        axes.xaxis.get_major_locator().set_params(integer=True)
    axes.set(title="The life of each heuristic", xlabel="round", ylabel="heuristics, in order of birth")


def draw_evidence(axes: Any, heuristics: list[Heuristic], objective: Objective) -> None:
    """The effects on an objective with their intervals around zero; hollow is too few for an interval."""
    shown = evident(heuristics, objective)
    for row, each in enumerate(shown):
        evidence, colour = each.evidence, STATUS[each.status].colour
        if evidence.low is not None:
            axes.plot([evidence.low, evidence.high], [row, row], color=colour, linewidth=3, solid_capstyle="butt")
        fill = colour if evidence.low is not None else "none"
        axes.scatter([evidence.effect], [row], marker="D", s=34, facecolors=fill, edgecolors=colour, zorder=3)
    axes.axvline(0.0, color=INK, linewidth=1.0, linestyle="--")
    axes.set_yticks(range(len(shown)), [_words(each) for each in shown], fontsize=8)
    axes.set_ylim(max(1, len(shown)) - 0.4, -0.6)
    axes.set(
        title=f"Effects on {objective.words}",
        xlabel=f"difference of means, {'points' if objective.unit == '%' else objective.unit}, "
        f"with {CONFIDENCE:.0%} intervals",
    )


def _words(heuristic: Heuristic) -> str:
    lines = textwrap.wrap(heuristic.text, 58, max_lines=2, placeholder=" …")
    return "\n".join([*lines, f"{heuristic.status}, {heuristic.id}"])


def evident(heuristics: list[Heuristic], objective: Objective) -> list[Heuristic]:
    """The heuristics of an objective that have an effect, confirmed ones first; as many as a plot names."""
    return listed([h for h in heuristics if h.evidence.effect is not None], Wanted(objective=objective.name))[:MOST]
