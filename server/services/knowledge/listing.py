"""Listings of heuristics: which are shown, in which order, what stands in their rows, and which are near in meaning."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

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


class Place(NamedTuple):
    """Where a heuristic lies on the map."""

    heuristic: Heuristic
    x: float
    y: float


class Meanings:
    """Embeds texts once each. The first call loads the model, which takes a second."""

    def __init__(self) -> None:
        self._vectors: dict[str, NDArray[np.float32]] = {}

    def nearest(self, query: str, heuristics: Sequence[Heuristic]) -> dict[str, float]:
        """Id -> cosine similarity with the query, -1 to 1, the nearest first."""
        if not heuristics or not query.strip():
            return {}
        (asked,) = self._embed([query])
        similarity = self._embed(each.text for each in heuristics) @ asked
        return {heuristics[i].id: float(similarity[i]) for i in np.argsort(-similarity, kind="stable")}

    def places(self, heuristics: Sequence[Heuristic]) -> list[Place]:
        """The heuristics in the plane of their texts' first two principal components.

        The axes have no unit; a component's sign is chosen so that equal texts always give the same map.
        """
        vectors = self._embed(each.text for each in heuristics)
        plane = np.zeros((len(heuristics), 2))
        if len(heuristics) > 1:
            centred = vectors.astype(float) - vectors.mean(axis=0)
            _, directions = np.linalg.eigh(centred.T @ centred)  # the most telling last
            components = directions[:, ::-1].T[:2]
            components *= np.sign(components[np.arange(len(components)), np.abs(components).argmax(axis=1)])[:, None]
            plane[:, : len(components)] = centred @ components.T
        return [Place(each, float(x), float(y)) for each, (x, y) in zip(heuristics, plane, strict=True)]

    def _embed(self, texts: Iterable[str]) -> NDArray[np.float32]:
        from illuminas.memory.embeddings import DIMENSIONS, embed

        texts = list(texts)
        new = [text for text in dict.fromkeys(texts) if text not in self._vectors]
        self._vectors.update(zip(new, embed(new), strict=True))
        return np.stack([self._vectors[text] for text in texts]) if texts else np.zeros((0, DIMENSIONS), np.float32)
