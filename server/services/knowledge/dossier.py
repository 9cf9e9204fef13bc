"""A dossier: everything known about one heuristic, as of any round.

Its witnesses are the architectures that speak for or against it; its citations are the candidates that followed it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import NamedTuple

from illuminas.memory.archive import PlacementStatus
from illuminas.memory.candidate import Operator
from illuminas.memory.evidence import Record, distinct
from illuminas.memory.heuristics import Heuristic
from illuminas.memory.knowledge_history import KnowledgeHistory, Moment
from illuminas.memory.run import Run
from illuminas.memory.state import RunState
from illuminas.tools.evaluation import Status
from illuminas.tools.spaces import SearchSpace

ORIGINS = {"mined": "mined from the evaluations", "critic": "proposed by the critic's LLM", "user": "added by a person"}


class Period(StrEnum):
    """When an architecture was measured, as far as the heuristic is concerned."""

    BEFORE = "before its birth"
    """The rule may have been found in it, so it counts for nothing."""
    EVIDENCE = "evidence"
    SINCE = "since it was judged"
    """Fresh, and not counted yet: evidence is written again when it has grown by a quarter, or changes the status."""


class Witness(NamedTuple):
    """One architecture.

    Attributes:
        value: the heuristic's metric, in its unit.
        holds: whether the predicate does.
    """

    hash: str
    value: float
    round: int
    holds: bool
    period: Period


def witnesses(heuristic: Heuristic, records: Sequence[Record], judged_in: int | None) -> list[Witness]:
    """The architectures of its scope in the order in which they were measured.

    Args:
        records: all measurements of its metric, up to the moment that is looked at.
        judged_in: the round at whose end its evidence was measured; None where it has none.
    """
    found = []
    for record in distinct(records):
        if not heuristic.covers(record):
            continue
        period = Period.EVIDENCE
        if record.round <= heuristic.born_round:
            period = Period.BEFORE
        elif judged_in is None or record.round > judged_in:
            period = Period.SINCE
        holds = heuristic.predicate.holds(record.features)
        found.append(Witness(record.hash, record.value, record.round, holds, period))
    return found


class Fate(StrEnum):
    """What became of a candidate, the best first."""

    KEPT = "in the archive"
    DISPLACED = "was in the archive"
    KEPT_OUT = "no better than its niche"
    FAILED = "failed"
    WAITING = "not evaluated yet"
    SCREENED_OUT = "not chosen for evaluation"


class Citation(NamedTuple):
    """A candidate that cites a heuristic.

    Attributes:
        words: the architecture on one line.
        round: in which it was evaluated; None where it was not.
        value: of the primary objective; None without a success.
        expected: what the surrogate foresaw of it; None before it knew anything.
    """

    hash: str
    words: str
    operator: Operator
    round: int | None
    value: float | None
    expected: float | None
    fate: Fate
    on_front: bool


def citations(state: RunState, id_: str, title: Callable[[str], str], front: frozenset[str]) -> list[Citation]:
    """The candidates that cite a heuristic, those that went furthest first.

    Args:
        id_: of the heuristic, in full.
        title: hash -> the architecture on one line.
        front: hashes of the Pareto front.
    """
    citing = [candidate for candidate in state.candidates.values() if id_ in candidate.cited]
    hashes = {candidate.hash for candidate in citing}
    placed = {placement.hash: placement.status for placement in state.placements if placement.hash in hashes}
    kept = {hash_ for niche in state.kept.values() for hash_ in niche}
    found = []
    for candidate in citing:
        evaluation = state.evaluations.get(candidate.hash)
        chosen = bool(candidate.chosen_for)
        if evaluation is None:
            fate = Fate.WAITING if chosen else Fate.SCREENED_OUT
        elif evaluation.status is not Status.OK:
            fate = Fate.FAILED
        else:
            fate = _fate(placed.get(candidate.hash), candidate.hash in kept)
        found.append(
            Citation(
                hash=candidate.hash,
                words=title(candidate.hash),
                operator=candidate.operator,
                round=state.evaluated_in.get(candidate.hash),
                value=None if evaluation is None else state.value(candidate.hash, state.primary.name),
                expected=candidate.expected,
                fate=fate,
                on_front=candidate.hash in front,
            )
        )
    order = list(Fate)
    return sorted(found, key=lambda each: (order.index(each.fate), -state.primary.gain(each.value or 0.0), each.hash))


def _fate(placed: PlacementStatus | None, kept: bool) -> Fate:
    if placed is None:
        return Fate.WAITING
    if placed is PlacementStatus.FAILED:
        return Fate.FAILED
    if placed is PlacementStatus.REJECTED:
        return Fate.KEPT_OUT
    return Fate.KEPT if kept else Fate.DISPLACED


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
    return f"{change} {heuristic.objective.words}: {words}"


def facts(heuristic: Heuristic, space: SearchSpace) -> list[tuple[str, str]]:
    """What is known of a heuristic, name by name."""
    by = f" ({heuristic.author})" if heuristic.author else ""
    found = [
        ("claims", claim(heuristic, heuristic.predicate.words(space))),
        ("predicate", heuristic.predicate.text),
        ("scope", heuristic.scope.text),
        ("origin", f"{ORIGINS[heuristic.origin]}{by}, after round {heuristic.born_round}"),
        ("status", f"{heuristic.status} since round {heuristic.since}: {heuristic.reason}"),
        ("evidence", heuristic.evidence.words(heuristic.objective)),
    ]
    if heuristic.found_with is not None:
        found.append(("at its birth", f"{heuristic.found_with.words(heuristic.objective)}; not counted as evidence"))
    if heuristic.pinned:
        found.append(("pinned", "by a person"))
    if heuristic.superseded_by:
        found.append(("merged into", heuristic.superseded_by))
    return found


def dossier(run: Run, history: KnowledgeHistory, id_: str, round: int | None = None) -> Dossier:
    """The dossier of a heuristic as it stood after ``round`` (default: now); by its full id.

    Features of every architecture are made the first time, which takes seconds for ten thousand of them.
    """
    state = history.as_of(round)
    heuristic = state[id_]
    judged_in = history.judged_in(id_, round)
    seen = [each for each in run.records(heuristic.objective.name) if round is None or each.round <= round]
    words = heuristic.predicate.words(run.space)
    return Dossier(
        heuristic=heuristic,
        words=words,
        claim=claim(heuristic, words),
        judged_in=judged_in,
        witnesses=witnesses(heuristic, seen, judged_in),
        citations=citations(run.state, id_, lambda hash_: run.space.title(run.architecture(hash_)), run.front),
        guided=[each for each in history.guided.get(id_, ()) if round is None or each <= round],
        history=history.of(id_, round),
        replaced=[other.id for other in state.values() if other.superseded_by == id_],
    )
