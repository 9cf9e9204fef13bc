"""What a report tells of the knowledge: the rules with their evidence, and how the base came about."""

from __future__ import annotations

from itertools import groupby

from illuminas.memory.chronicle import Chronicle
from illuminas.memory.heuristics import Change, Heuristic
from illuminas.server.report.document import Part, Plot, Steps, Words, table
from illuminas.server.services.knowledge.listing import Wanted, counted, figures, listed
from illuminas.server.services.open_run import OpenRun
from illuminas.server.viz.palette import CHANGE, STATUS, meaning
from illuminas.server.viz.plots import Panel
from illuminas.tools.figures import number

ROWS = 200
"""Rules in the table."""


def of_the_knowledge(run: OpenRun, chronicle: Chronicle) -> list[Part]:
    """The parts of the section."""
    state = chronicle.as_of()
    if not state:
        return [Words("No rule was proposed.")]
    counts = ", ".join(f"{count} {status}" for status, count in counted(state.values()).items() if count)
    cited = {id_ for candidate in run.state.candidates.values() for id_ in candidate.cited}
    head = ("", "rule", "holds where", ">effect", ">95% interval", ">with / without", ">born", "by")
    rows = [_row(run, each) for each in listed(state.values(), Wanted())]
    return [
        Words(
            f"{len(state)} rules: {counts}. The effect of a rule is the difference between the means of the "
            "architectures it holds for and of the others, over what was evaluated after its birth. "
            f"Candidates cite {len(cited & set(state))} of them."
        ),
        Plot(Panel.EVIDENCE),
        table(head, rows, ROWS),
        Plot(Panel.KNOWLEDGE),
        Plot(Panel.LIVES),
        Steps("Round by round", _story(chronicle)),
    ]


def _row(run: OpenRun, heuristic: Heuristic) -> tuple[str, ...]:
    evidence = heuristic.evidence
    interval = "–"
    if evidence.low is not None and evidence.high is not None:
        interval = f"{number(evidence.low, '+.2f')} to {number(evidence.high, '+.2f')}"
    pinned = ", pinned" if heuristic.pinned else ""
    return (
        f"{STATUS[heuristic.status].glyph}\u00a0{heuristic.status}{pinned}",
        f"{heuristic.text} ({heuristic.id})",
        heuristic.predicate.text,
        figures(heuristic),
        interval,
        f"{evidence.n_with} / {evidence.n_without}",
        str(heuristic.born_round),
        heuristic.author or heuristic.origin,
    )


def _story(chronicle: Chronicle) -> list[tuple[str, list[str]]]:
    """Round -> what happened, without the growth of evidence alone."""
    told = [moment for moment in chronicle.moments if moment.change.change is not Change.MEASURED]
    groups = []
    for round_, group in groupby(told, key=lambda moment: moment.change.round):
        lines = []
        for moment in group:
            change = moment.change
            by = f" by {change.author}" if change.author else ""
            text = f" {change.heuristic.text}" if change.change is Change.BORN else ""
            words = f"{meaning(moment)}{by}: {change.heuristic.id}{text} ({chronicle.why(moment)})"
            lines.append(f"{CHANGE[change.change].glyph} {words}")
        groups.append((f"Round {round_}", lines))
    return groups
