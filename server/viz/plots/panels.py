"""The panels: what can be drawn of a run, each in one place."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from illuminas.memory.chronicle import Chronicle
from illuminas.memory.events import EventLog
from illuminas.memory.state import RunState
from illuminas.server.viz.plots.curves import draw_operators, draw_progress, draw_quality
from illuminas.server.viz.plots.front import draw_front
from illuminas.server.viz.plots.knowledge import MOST, draw_evidence, draw_lives, draw_statuses, evident
from illuminas.server.viz.plots.niches import draw_niches
from illuminas.server.viz.plots.rendering import DPI, look, new_figure, png
from illuminas.tools.objectives import ACCURACY

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
            Panel.PARETO: "Validation accuracy against latency (size without a device), with the Pareto front",
            Panel.NICHES: "Validation accuracy of the elite of every niche",
            Panel.PROGRESS: "Validation accuracy of every evaluation, and the best so far",
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
    chronicle: Chronicle


def open_subject(run: RunFolder) -> Subject:
    """Read a run's log, without disturbing the process that writes it."""
    log = EventLog(run.log, read_only=True)
    try:
        events = list(log.read())
    finally:
        log.close()
    state, chronicle = RunState(), Chronicle()
    state.extend(events)
    chronicle.extend(events)
    return Subject(run.id, state, chronicle)


def draw(subject: Subject, panel: Panel) -> Figure:
    """One panel as a figure of matplotlib, to be changed and saved in whatever form."""
    state, chronicle = subject.state, subject.chronicle
    with look():
        if panel is Panel.EVIDENCE:
            return _draw_evidence(chronicle)
        rows = len(chronicle.as_of())
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
                draw_statuses(axes, chronicle, state.round)
            case Panel.LIVES:
                draw_lives(axes, chronicle, state.round)
    return figure


def _draw_evidence(chronicle: Chronicle) -> Figure:
    """An objective below the other, for their units differ."""
    heuristics = list(chronicle.as_of().values())
    known = list({each.objective.name: each.objective for each in heuristics}.values()) or [ACCURACY.of()]
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
