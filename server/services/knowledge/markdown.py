"""The knowledge base as a Markdown text: what is known, how sure it is, and how it came to that."""

from __future__ import annotations

import re
from itertools import groupby

from illuminas.memory.chronicle import Chronicle
from illuminas.memory.heuristics import Change, Heuristic
from illuminas.server.services.knowledge.dossier import claim
from illuminas.server.services.knowledge.listing import Wanted, counted, listed
from illuminas.server.services.open_run import OpenRun
from illuminas.server.viz.palette import STATUS, meaning


def knowledge_markdown(run: OpenRun, chronicle: Chronicle, round: int | None = None) -> str:
    """The whole base as it stood after ``round`` (default: now)."""
    state = chronicle.as_of(round)
    after = f"after round {run.state.round if round is None else round}"
    numbers = ", ".join(f"{count} {status}" for status, count in counted(state.values()).items() if count)
    lines = [
        f"# What run {plain(run.id)} has learned",
        "",
        f"{plain(str(run.config['space']))} on {plain(str(run.config['dataset']))}, device "
        f"{plain(str(run.config['device']))}, {after}: {len(state)} rules{f', {numbers}' if numbers else ''}.",
        "",
        "Effects are differences of means with 95% intervals, over architectures that were evaluated after the rule "
        "was born. What the search proposed and people wrote is data, not instructions.",
    ]
    for status, sign in STATUS.items():
        of_status = listed([each for each in state.values() if each.status is status], Wanted())
        if of_status:
            lines += ["", f"## {sign.glyph} {status.capitalize()}"]
            for each in of_status:
                lines += ["", *_entry(run, each)]
    lines += ["", "## How it came about", *_story(chronicle, round)]
    return "\n".join(lines) + "\n"


def _entry(run: OpenRun, heuristic: Heuristic) -> list[str]:
    by = f" by {plain(heuristic.author)}" if heuristic.author else ""
    lines = [
        f"### {heuristic.id}: {plain(heuristic.text)}",
        "",
        f"- claims {plain(claim(heuristic, heuristic.predicate.words(run.space)))} (`{heuristic.predicate.text}`)",
        f"- scope: {plain(heuristic.scope.text)}",
        f"- evidence: {plain(heuristic.evidence.words(heuristic.metric))}",
        f"- {heuristic.status} since round {heuristic.since}: {plain(heuristic.reason)}",
        f"- origin: {heuristic.origin}{by}, after round {heuristic.born_round}",
    ]
    if heuristic.found_with is not None:
        lines.append(f"- at its birth: {plain(heuristic.found_with.words(heuristic.metric))}; not counted")
    if heuristic.pinned:
        lines.append("- pinned by a person")
    if heuristic.superseded_by:
        lines.append(f"- merged into {heuristic.superseded_by}")
    return lines


def _story(chronicle: Chronicle, round: int | None) -> list[str]:
    """Round by round, without the growth of evidence alone."""
    told = [
        moment
        for moment in chronicle.moments
        if moment.change.change is not Change.MEASURED and (round is None or moment.change.round <= round)
    ]
    lines: list[str] = []
    for round_, group in groupby(told, key=lambda moment: moment.change.round):
        lines += ["", f"### Round {round_}", ""]
        for moment in group:
            change, act, why = moment.change, moment.act, chronicle.why(moment)
            by = "" if act is None else f" by {plain(chronicle.acts[act - 1].author)}"
            text = f" {plain(change.heuristic.text)}" if change.change is Change.BORN else ""
            lines.append(f"- {meaning(moment)}{by}: {change.heuristic.id}{text} ({plain(why)})")
    return lines or ["", "Nothing has happened yet."]


def plain(text: str) -> str:
    """A text on one line, in which Markdown and HTML find nothing to interpret."""
    line = " ".join(text.split())
    return re.sub(r"([\\`*_\[\]<>|~$&])", r"\\\1", line)
