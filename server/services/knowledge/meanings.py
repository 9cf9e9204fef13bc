"""Meanings: which heuristics are near a query, and a map on which those that say alike lie together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from illuminas.memory.heuristics import Heuristic


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
