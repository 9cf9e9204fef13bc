"""A listing: which heuristics a list shows, in which order, and what stands in its rows."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from illuminas.memory.heuristics import Heuristic, HeuristicStatus
from illuminas.server.viz.palette import STATUS
from illuminas.tools.objectives import Objective

_RANK = {status: rank for rank, status in enumerate(STATUS)}


class Wanted(NamedTuple):
    """What a person looks for; empty is anything.

    Attributes:
        text: words that all occur in its text, predicate, id or author, in whatever case.
        scope: as ``Scope.text`` says it.
    """

    statuses: frozenset[HeuristicStatus] = frozenset()
    objective: str = ""
    scope: str = ""
    text: str = ""
    pinned: bool = False

    def fits(self, heuristic: Heuristic) -> bool:
        """Whether a heuristic is wanted."""
        told = f"{heuristic.id} {heuristic.text} {heuristic.predicate.text} {heuristic.author}".lower()
        return (
            (not self.statuses or heuristic.status in self.statuses)
            and self.objective in ("", heuristic.objective.name)
            and self.scope in ("", heuristic.scope.text)
            and (heuristic.pinned or not self.pinned)
            and all(word in told for word in self.text.lower().split())
        )


def listed(
    heuristics: Iterable[Heuristic], wanted: Wanted, similarity: Mapping[str, float] | None = None
) -> list[Heuristic]:
    """Those that are wanted: the nearest in meaning first where that was asked, else confirmed, strong ones first."""
    found = [each for each in heuristics if wanted.fits(each)]
    if similarity is not None:
        return sorted(found, key=lambda each: -similarity.get(each.id, -1.0))
    return sorted(found, key=lambda each: (not each.pinned, _RANK[each.status], -_strength(each), each.id))


def _strength(heuristic: Heuristic) -> float:
    """The effect in standard deviations of its objective, so that points and milliseconds compare."""
    spread = heuristic.evidence.spread
    return (heuristic.towards or 0.0) / spread if spread else 0.0


def reaches(heuristics: Iterable[Heuristic]) -> dict[str, float]:
    """Objective -> the largest distance from zero of an interval, at least of an effect; the bars' scale."""
    found: dict[str, float] = {}
    for each in heuristics:
        told = [abs(v) for v in (each.evidence.effect, each.evidence.low, each.evidence.high) if v is not None]
        name = each.objective.name
        found[name] = max([found.get(name, 0.0), *told])
    return found


def rows(
    heuristics: Sequence[Heuristic], reach: Mapping[str, float], similarity: Mapping[str, float] | None = None
) -> list[dict[str, Any]]:
    """What a table shows of each: texts and numbers alone.

    ``low``, ``effect`` and ``high`` are places on a bar from 0 to 100 with no effect at 50; None where there is none.
    Reaches are compressed by a square root, so that small effects can be told from none beside large ones.
    """

    def place(value: float | None, objective: Objective) -> float | None:
        if value is None:
            return None
        share = abs(value) / reach[objective.name] if reach.get(objective.name) else 0.0
        return round(50 + math.copysign(49 * math.sqrt(share), value), 2)

    return [
        {
            "key": each.id,
            "id": each.id,
            "status": each.status.value,
            "glyph": STATUS[each.status].glyph,
            "colour": STATUS[each.status].colour,
            "text": each.text,
            "objective": each.objective.words,
            "pinned": each.pinned,
            "figures": figures(each),
            "low": place(each.evidence.low, each.objective),
            "effect": place(each.evidence.effect, each.objective),
            "high": place(each.evidence.high, each.objective),
            "sides": f"{each.evidence.n_with} with, {each.evidence.n_without} without",
            "born": each.born_round,
            "near": None if similarity is None else round(similarity.get(each.id, 0.0), 2),
        }
        for each in heuristics
    ]


def figures(heuristic: Heuristic) -> str:
    """The effect with its unit: '+3.04 points', or a dash."""
    effect = heuristic.evidence.effect
    return "–" if effect is None else heuristic.objective.change(effect)


def counted(heuristics: Iterable[Heuristic]) -> dict[HeuristicStatus, int]:
    """How many have each status, those of the signs' order."""
    found = Counter(each.status for each in heuristics)
    return {status: found[status] for status in STATUS}
