"""Heuristics: design rules that carry evidence, and the rule by which the data decide what becomes of them.

A mined rule was picked because it looked good on the evaluations it was found in, so those cannot confirm it.
Status rests on architectures first evaluated **after** the round a heuristic was born in; what it looked like
at birth is kept as ``found_with``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import StrEnum
from hashlib import sha256
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from illuminas.memory.evidence import (
    Direction,
    Evidence,
    Record,
    distinct,
    extension,
    measure,
    overlap,
)
from illuminas.memory.predicates import Predicate
from illuminas.tools.frozen import Frozen
from illuminas.tools.objectives import Objective

MAX_TEXT = 240
"""Characters of a heuristic's text; an LLM may have written it."""
MIN_FRESH = 5
"""Fresh architectures needed on either side before the data say anything about a rule."""
MIN_NULL = 15
"""Fresh architectures needed on either side before the data may say that a rule makes no difference."""
NEGLIGIBLE = 0.2
"""An effect below this fraction of the value's standard deviation is not worth having (Cohen's 'small')."""
SURE = 0.05
"""The rank test must agree with the interval of means at this level: from 5 architectures on a side of
shuffled NAS-Bench-201 accuracies, the interval alone is wrong 10-15% of the time in place of 2.5%."""
ALIKE = 0.9
"""Two rules whose extensions overlap this far (:func:`~illuminas.memory.evidence.overlap`) are one rule."""

Origin = Literal["mined", "critic", "user"]


class HeuristicStatus(StrEnum):
    """What the data say of a heuristic so far."""

    PROPOSED = "proposed"
    ACTIVE = "active"
    CONTRADICTED = "contradicted"
    RETIRED = "retired"
    SUPERSEDED = "superseded"


class Change(StrEnum):
    """What happened to a heuristic."""

    BORN = "born"
    ACTIVATED = "activated"
    CONTRADICTED = "contradicted"
    RETIRED = "retired"
    SUPERSEDED = "superseded"
    REOPENED = "reopened"
    """Proposed again: what confirmed, contradicted or superseded it no longer holds, or a person took it back."""
    MEASURED = "measured"
    """The same status on more evidence."""
    PINNED = "pinned"
    UNPINNED = "unpinned"
    REWORDED = "reworded"


class Scope(Frozen):
    """Where a heuristic claims to hold; None is anywhere."""

    space: str | None = None
    dataset: str | None = None
    device: str | None = None
    niche: str | None = None

    @property
    def text(self) -> str:
        """'SPACE, niche NICHE', or 'anywhere'."""
        parts = [part for part in (self.space, self.dataset, self.device) if part]
        return ", ".join([*parts, f"niche {self.niche}"] if self.niche else parts) or "anywhere"


def scope_of(space: str, dataset: str, objective: Objective) -> Scope:
    """Where what a run finds about an objective holds: an evaluation's on its data set, another's on its device."""
    if objective.uncertain:
        return Scope(space=space, dataset=dataset)
    return Scope(space=space, device=objective.device)


def _one_line(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    line = " ".join("".join(char if char.isprintable() else " " for char in value).split())
    return line if len(line) <= MAX_TEXT else line[: MAX_TEXT - 1].rstrip() + "…"


def _identity(data: dict[str, Any]) -> str:
    claim = (data["predicate"].text, data["direction"], data["objective"].name, data["scope"].model_dump_json())
    return f"h-{sha256(repr(claim).encode()).hexdigest()[:6]}"


class Heuristic(Frozen):
    """A design rule: where the predicate holds, the objective's value is higher (``raises``) or lower
    (``lowers``).

    Attributes:
        text: the rule in words, one line; data, never an instruction.
        predicate: when it applies to an architecture.
        direction: which way it claims to move the objective's value.
        objective: what it moves.
        scope: where it claims to hold.
        origin: who proposed it; ``author`` is the person, where it was one.
        born_round: round after which it was proposed; later evaluations are fresh to it.
        found_with: what it looked like at birth, on the evaluations it was found in; None where it was not
            mined.
        evidence: what fresh evaluations say.
        status: what follows from that, and ``since`` which round.
        reason: why it has this status, with figures.
        superseded_by: id of the heuristic that says the same and has the larger effect.
        pinned: a person has it guide the search whatever the data say.
        id: follows from predicate, direction, objective and scope, so that the same claim is one heuristic.
    """

    text: Annotated[str, BeforeValidator(_one_line), Field(min_length=1)]
    predicate: Predicate
    direction: Direction
    objective: Objective
    scope: Scope = Scope()
    origin: Origin
    born_round: int = 0
    found_with: Evidence | None = None
    evidence: Evidence = Evidence()
    status: HeuristicStatus = HeuristicStatus.PROPOSED
    since: int = 0
    reason: str = "waits for fresh evaluations"
    superseded_by: str | None = None
    author: str = ""
    pinned: bool = False
    id: str = Field(default_factory=_identity, pattern=r"^h-[0-9a-f]{6}$")

    @property
    def favours(self) -> bool:
        """Whether it speaks for its predicate: it raises what is maximised, or lowers what is minimised."""
        return (self.direction == "raises") == self.objective.maximised

    @property
    def towards(self) -> float | None:
        """Size of the effect on the claimed side; negative where the data point the other way."""
        if self.evidence.effect is None:
            return None
        return self.evidence.effect if self.direction == "raises" else -self.evidence.effect

    def covers(self, record: Record) -> bool:
        """Whether a record of this run lies in the scope."""
        return self.scope.niche is None or self.scope.niche == record.niche


def judge(heuristic: Heuristic, records: Iterable[Record], round: int) -> Heuristic:
    """The heuristic with evidence and status from what was evaluated since its birth.

    Proposed until there are :data:`MIN_FRESH` fresh architectures on each side and the interval excludes
    zero, with the rank test agreeing: on the claimed side it becomes active, on the other contradicted. It is
    contradicted too where :data:`MIN_NULL` on each side rule out an effect of :data:`NEGLIGIBLE` standard
    deviations. Contradicted again at a later round, on more evaluations, it is retired for good. Judging
    twice in one round changes nothing.

    Args:
        records: every evaluation of the run so far, of the heuristic's objective.
        round: the round that has just ended.
    """
    if heuristic.status is HeuristicStatus.RETIRED:
        return heuristic
    fresh = [r for r in distinct(records) if r.round > heuristic.born_round and heuristic.covers(r)]
    evidence = measure(heuristic.predicate, fresh, direction=heuristic.direction)
    status, reason = _verdict(heuristic, evidence)
    again = heuristic.status is HeuristicStatus.CONTRADICTED and status is HeuristicStatus.CONTRADICTED
    if again and not heuristic.pinned and round > heuristic.since and evidence.n > heuristic.evidence.n:
        status = HeuristicStatus.RETIRED
        reason = f"contradicted since round {heuristic.since} and again on more evaluations: {reason}"
    return heuristic.model_copy(
        update={
            "evidence": evidence,
            "status": status,
            "since": heuristic.since if status is heuristic.status else round,
            "reason": reason,
            "superseded_by": None,
        }
    )


def _verdict(heuristic: Heuristic, evidence: Evidence) -> tuple[HeuristicStatus, str]:
    figures = evidence.words(heuristic.objective)
    fewest = min(evidence.n_with, evidence.n_without)
    if fewest < MIN_FRESH or evidence.low is None or evidence.high is None:
        return HeuristicStatus.PROPOSED, f"waits for {MIN_FRESH} fresh evaluations on each side ({figures})"
    raises = heuristic.direction == "raises"
    low, high = (evidence.low, evidence.high) if raises else (-evidence.high, -evidence.low)
    sure = evidence.p is not None and evidence.p < SURE
    if low > 0 and sure:
        return HeuristicStatus.ACTIVE, f"confirmed by fresh evaluations: {figures}"
    if high < 0 and sure:
        return HeuristicStatus.CONTRADICTED, f"the effect goes the other way: {figures}"
    if fewest >= MIN_NULL and high < NEGLIGIBLE * evidence.spread:
        worth = f"{NEGLIGIBLE} of the standard deviation {evidence.spread / heuristic.objective.scale:.2f}"
        return HeuristicStatus.CONTRADICTED, f"an effect worth having, {worth}, is ruled out: {figures}"
    return HeuristicStatus.PROPOSED, f"not clear yet: {figures}"


def supersede(heuristics: Sequence[Heuristic], records: Iterable[Record], round: int) -> list[Heuristic]:
    """Those of the heuristics that an active one replaces, marked as superseded by it.

    A heuristic is replaced by an active one of the same objective and scope that says the same of the
    architectures evaluated so far (their extensions are :data:`ALIKE`, or the opposite ones under the
    opposite direction) and has the larger effect; among equals the older one stays.
    """
    merged = distinct(records)
    open_ = [h for h in heuristics if h.status in (HeuristicStatus.ACTIVE, HeuristicStatus.PROPOSED)]
    better = sorted(
        (h for h in open_ if h.status is HeuristicStatus.ACTIVE),
        key=lambda h: (-(h.towards or 0.0), h.born_round, h.id),
    )
    favoured = {
        h.id: extension(h.predicate, [r for r in merged if h.covers(r)]) ^ (h.direction == "lowers") for h in open_
    }
    replaced: dict[str, Heuristic] = {}
    for rank, winner in enumerate(better):
        if winner.id in replaced:
            continue
        weaker = better[rank + 1 :] + [h for h in open_ if h.status is HeuristicStatus.PROPOSED]
        for h in weaker:
            if h.id in replaced or (h.objective, h.scope) != (winner.objective, winner.scope):
                continue
            if h.towards is not None and winner.towards is not None and h.towards > winner.towards:
                continue
            share = overlap(favoured[winner.id], favoured[h.id])
            if share < ALIKE:
                continue
            reason = f"says the same as {winner.id} ({share:.0%} the same architectures), whose effect is larger"
            replaced[h.id] = h.model_copy(
                update={
                    "status": HeuristicStatus.SUPERSEDED,
                    "since": round,
                    "superseded_by": winner.id,
                    "reason": f"{reason}: {winner.evidence.words(winner.objective)}",
                }
            )
    return list(replaced.values())
