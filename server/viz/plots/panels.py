"""The panels: everything that can be drawn of a run, and the drawings of its knowledge."""

from __future__ import annotations

import textwrap
from enum import StrEnum
from typing import TYPE_CHECKING, Any, NamedTuple

from illuminas.memory.events import EventLog
from illuminas.memory.evidence import CONFIDENCE
from illuminas.memory.heuristics import Change, Heuristic, HeuristicStatus
from illuminas.memory.knowledge_history import KnowledgeHistory, counts, stretches
from illuminas.memory.state import RunState
from illuminas.server.services.knowledge.listing import Wanted, listed
from illuminas.server.viz.palette import AMBER, STATUS
from illuminas.server.viz.plots.rendering import DPI, INK, look, new_figure, png
from illuminas.server.viz.plots.run import draw_front, draw_niches, draw_operators, draw_progress, draw_quality
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


def draw_statuses(axes: Any, history: KnowledgeHistory, last: int) -> None:
    """How many heuristics had each status after each round up to ``last``."""
    steps = counts(history.moments, last)
    shown = [status for status in STATUS if status in steps]
    if shown:
        colours = [STATUS[status].colour for status in shown]
        heights = [steps[status] for status in shown]
        rounds = range(last + 1)
        axes.stackplot(rounds, *heights, labels=shown, colors=colours, step="post", alpha=0.8)
        axes.legend(loc="upper left")
    axes.yaxis.get_major_locator().set_params(integer=True)
    axes.set(title="Heuristics by status", xlabel="round", ylabel="heuristics")


def draw_lives(axes: Any, history: KnowledgeHistory, last: int) -> None:
    """A line a heuristic in order of birth, with what happened to it; rings are acts of people."""
    rows = {id_: row for row, id_ in enumerate(dict.fromkeys(m.change.heuristic.id for m in history.moments))}
    few = len(rows) <= MOST
    for stretch in stretches(history.moments, last):
        width, line = _LINES[stretch.status]
        if width and stretch.end > stretch.begin:
            row = rows[stretch.id]
            look = {"linewidth": width if few else 0.8, "linestyle": line if few else "-"}
            axes.plot([stretch.begin, stretch.end], [row, row], color=STATUS[stretch.status].colour, **look)
    for change, (marker, status) in _MARKERS.items():
        happened = [m.change for m in history.moments if m.change.change is change]
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
    people = [m.change for m in history.moments if m.act is not None]
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


if TYPE_CHECKING:
    from pathlib import Path

    from matplotlib.figure import Figure

    from illuminas.memory.runs import RunFolder


class Panel(StrEnum):
    """What can be drawn of a run."""

    PARETO = "pareto"
    NICHES = "niches"
    PROGRESS = "progress"
    QUALITY = "quality"
    OPERATORS = "operators"
    KNOWLEDGE = "knowledge"
    LIVES = "lives"
    EVIDENCE = "evidence"

    @property
    def words(self) -> str:
        """What it shows."""
        return {
            Panel.PARETO: "The first two objectives against each other (size without a second), with the Pareto front",
            Panel.NICHES: "The first objective of the elite of every niche",
            Panel.PROGRESS: "The first objective of every evaluation, and the best so far",
            Panel.QUALITY: "Coverage, QD score and hypervolume over rounds, as shares of their values at the end",
            Panel.OPERATORS: "Shares of the operators among the proposals over rounds",
            Panel.KNOWLEDGE: "Heuristics by status, round by round",
            Panel.LIVES: "The life of every heuristic, from its birth over confirmation, merger or retirement",
            Panel.EVIDENCE: "Effects of the heuristics with their intervals, on what was evaluated since their birth",
        }[self]


class Subject(NamedTuple):
    """What is drawn: a run as its log tells it."""

    id: str
    state: RunState
    history: KnowledgeHistory


def open_subject(run: RunFolder) -> Subject:
    """Read a run's log, without disturbing the process that writes it."""
    log = EventLog(run.log, read_only=True)
    try:
        events = list(log.read())
    finally:
        log.close()
    state, history = RunState(), KnowledgeHistory()
    state.extend(events)
    history.extend(events)
    return Subject(run.id, state, history)


def draw(subject: Subject, panel: Panel) -> Figure:
    """One panel as a figure of matplotlib, to be changed and saved in whatever form."""
    state, history = subject.state, subject.history
    with look():
        if panel is Panel.EVIDENCE:
            return _draw_evidence(history, state.primary)
        rows = len(history.as_of())
        tall = 2.0 + 0.17 * max(12, rows) if panel is Panel.LIVES and rows <= MOST else 4.8
        figure = new_figure(7.0 if panel not in (Panel.LIVES, Panel.OPERATORS) else 8.4, tall)
        axes = figure.subplots()
        match panel:
            case Panel.PARETO:
                draw_front(axes, state)
            case Panel.NICHES:
                draw_niches(axes, state)
            case Panel.PROGRESS:
                draw_progress(axes, state)
            case Panel.QUALITY:
                draw_quality(axes, state)
            case Panel.OPERATORS:
                draw_operators(axes, state)
            case Panel.KNOWLEDGE:
                draw_statuses(axes, history, state.round)
            case Panel.LIVES:
                draw_lives(axes, history, state.round)
    return figure


def _draw_evidence(history: KnowledgeHistory, primary: Objective) -> Figure:
    """An objective below the other, for their units differ."""
    heuristics = list(history.as_of().values())
    known = list({each.objective.name: each.objective for each in heuristics}.values()) or [primary]
    shown = [len(evident(heuristics, objective)) for objective in known]
    objectives = [objective for objective, count in zip(known, shown, strict=True) if count] or known[:1]
    heights = [max(1, len(evident(heuristics, objective))) for objective in objectives]
    figure = new_figure(8.4, 1.0 * len(objectives) + 0.44 * sum(heights) + 0.6)
    panels = figure.subplots(len(objectives), 1, height_ratios=heights, squeeze=False)[:, 0]
    for axes, objective in zip(panels, objectives, strict=True):
        draw_evidence(axes, heuristics, objective)
    return figure


def draw_panel(run: RunFolder, panel: Panel) -> bytes:
    """One panel of the run as it stands, as a PNG image."""
    return png(draw(open_subject(run), panel))


def plot_result(run: RunFolder) -> Path:
    """Draw front, niches and progress into ``result.png`` of the run's folder; returns the path."""
    state = open_subject(run).state
    with look():
        figure = new_figure(15, 4.8)
        scatter, niches, progress = figure.subplots(1, 3, width_ratios=(1.15, 1, 1))
        draw_front(scatter, state)
        draw_niches(niches, state)
        draw_progress(progress, state)
        config = state.started.config
        figure.suptitle(
            f"{run.id}: {config['space']} on {config['dataset']}, LLM {state.started.llm.name}, "
            f"{len(state.evaluations)} evaluations"
        )
    figure.savefig(run.plot, dpi=DPI)
    return run.plot
