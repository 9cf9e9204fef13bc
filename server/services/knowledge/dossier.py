"""A dossier: all there is to say of one heuristic, as it stood after some round."""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple

from illuminas.memory.chronicle import Chronicle, Moment
from illuminas.memory.evidence import METRIC_WORDS
from illuminas.memory.heuristics import Heuristic
from illuminas.server.services.knowledge.citations import Citation, Fate, citations
from illuminas.server.services.knowledge.witnesses import Period, Witness, witnesses
from illuminas.server.services.open_run import OpenRun


class Dossier(NamedTuple):
    """One heuristic.

    Attributes:
        words: its predicate in English.
        claim: what it says, in one sentence without its full stop.
        judged_in: round at whose end its evidence was measured; None before any.
        witnesses: the architectures of its scope, in the order of measurement.
        citations: candidates that followed it, as they stand now.
        guided: rounds whose plans applied it.
        history: what happened to it.
        replaced: ids of those that it superseded.
    """

    heuristic: Heuristic
    words: str
    claim: str
    judged_in: int | None
    witnesses: list[Witness]
    citations: list[Citation]
    guided: list[int]
    history: list[Moment]
    replaced: list[str]

    def side(self, *, holds: bool) -> list[Witness]:
        """The evidence on one side."""
        return [each for each in self.witnesses if each.period is Period.EVIDENCE and each.holds is holds]

    @property
    def cited_words(self) -> str:
        """Where it was applied and what came of that, in one sentence."""
        rounds = len(self.guided)
        plans = f"applied by the plans of {rounds} round{'' if rounds == 1 else 's'}" if rounds else ""
        if not self.citations:
            return f"{plans}, cited by no candidate yet" if plans else "cited by no candidate yet"
        fates = Counter(each.fate for each in self.citations)
        told = ", ".join(f"{fates[fate]} {fate}" for fate in Fate if fates[fate])
        front = sum(each.on_front for each in self.citations)
        parts = [plans, f"cited by {len(self.citations)}: {told}", f"{front} on the front" if front else ""]
        return "; ".join(part for part in parts if part)


def claim(heuristic: Heuristic, words: str) -> str:
    """What a heuristic says: 'higher latency where there are at least 2 live 3x3 convolutions'."""
    change = "higher" if heuristic.direction == "raises" else "lower"
    return f"{change} {METRIC_WORDS[heuristic.metric]}: {words}"


def dossier(run: OpenRun, chronicle: Chronicle, id_: str, round: int | None = None) -> Dossier:
    """The dossier of a heuristic as it stood after ``round`` (default: now); by its full id.

    Features of every architecture are made the first time, which takes seconds for ten thousand of them.
    """
    state = chronicle.as_of(round)
    heuristic = state[id_]
    judged_in = chronicle.judged_in(id_, round)
    seen = [each for each in run.records(heuristic.metric) if round is None or each.round <= round]
    words = heuristic.predicate.words(run.space)
    return Dossier(
        heuristic=heuristic,
        words=words,
        claim=claim(heuristic, words),
        judged_in=judged_in,
        witnesses=witnesses(heuristic, seen, judged_in),
        citations=citations(run.state, id_, lambda hash_: run.space.title(run.architecture(hash_)), run.front),
        guided=[each for each in chronicle.guided.get(id_, ()) if round is None or each <= round],
        history=chronicle.history(id_, round),
        replaced=[other.id for other in state.values() if other.superseded_by == id_],
    )
