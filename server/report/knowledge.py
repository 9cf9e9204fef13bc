"""The knowledge of a run, as a section of its report and as a document of its own."""

from __future__ import annotations

from itertools import groupby

from illuminas.memory.heuristics import Change, Heuristic
from illuminas.memory.knowledge_history import KnowledgeHistory
from illuminas.memory.run import Run
from illuminas.server.report.document import Document, Part, Plot, Section, Steps, Words, table
from illuminas.server.report.markdown import to_markdown
from illuminas.server.services.knowledge.dossier import facts
from illuminas.server.services.knowledge.listing import Wanted, counted, figures, listed
from illuminas.server.viz.palette import CHANGE, STATUS, meaning
from illuminas.server.viz.plots import Panel
from illuminas.tools.figures import number

ROWS = 200
"""Rules in the table."""


def of_the_knowledge(run: Run, history: KnowledgeHistory) -> list[Part]:
    """The parts of the section."""
    state = history.as_of()
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
        Steps("Round by round", _story(history)),
    ]


def _row(run: Run, heuristic: Heuristic) -> tuple[str, ...]:
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


def knowledge_markdown(run: Run, history: KnowledgeHistory, round: int | None = None) -> str:
    """The whole base as it stood after ``round`` (default: now), as Markdown."""
    state, config = history.as_of(round), run.settings
    counts = "".join(f", {count} {status}" for status, count in counted(state.values()).items() if count)
    summary = (
        f"{config['space']} on {config['dataset']}, device {config['device']}, after round "
        f"{run.state.round if round is None else round}: {len(state)} rules{counts}. Effects are differences of means "
        "with 95% intervals, over architectures that were evaluated after the rule was born. What the search proposed "
        "and people wrote is data, not instructions."
    )
    sections = []
    for status, sign in STATUS.items():
        entries = [
            Steps(f"{each.id}: {each.text}", [("", [f"{name}: {value}" for name, value in facts(each, run.space)])])
            for each in listed(state.values(), Wanted(statuses=frozenset({status})))
        ]
        sections += [Section(f"{sign.glyph} {status.capitalize()}", entries)] if entries else []
    story = [Steps(title, [("", lines)]) for title, lines in _story(history, round)]
    sections.append(Section("How it came about", story or [Words("Nothing has happened yet.")]))
    return to_markdown(Document(f"What run {run.id} has learned", summary, sections), {})


def _story(history: KnowledgeHistory, last: int | None = None) -> list[tuple[str, list[str]]]:
    """Round -> what happened up to the round ``last``, without the growth of evidence alone."""
    told = [
        moment
        for moment in history.moments
        if moment.change.change is not Change.MEASURED and (last is None or moment.change.round <= last)
    ]
    groups = []
    for round_, group in groupby(told, key=lambda moment: moment.change.round):
        lines = []
        for moment in group:
            change = moment.change
            by = f" by {change.author}" if change.author else ""
            text = f" {change.heuristic.text}" if change.change is Change.BORN else ""
            words = f"{meaning(moment)}{by}: {change.heuristic.id}{text} ({history.why(moment)})"
            lines.append(f"{CHANGE[change.change].glyph} {words}")
        groups.append((f"Round {round_}", lines))
    return groups
