"""Latency by size and depth, or by size alone: a guess for what could not be measured."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from illuminas.tools.spaces.base import Architecture, Feature, NetworkShape, SearchSpace

FEWEST = 8
"""Known latencies that an estimate rests on at least: twice as many as it has weights."""


class Size(NamedTuple):
    """What an estimate sees of a network.

    Attributes:
        macs: multiply-accumulates of one forward pass on one image.
        edges: live edges of a cell; 0 in other spaces.
        depth: layers with weights on the longest path.
    """

    macs: float
    edges: float
    depth: float

    @classmethod
    def of(cls, known: Mapping[str, Feature]) -> Size:
        """Of a network's descriptors."""
        return cls(float(known["macs"]), float(known.get("live_edges", 0)), float(known["depth"]))

    @classmethod
    def by_structure(cls, space: SearchSpace, shape: NetworkShape, architecture: Architecture) -> Size:
        """Of an architecture whose structure tells it."""
        architecture = space.representative(architecture)
        return cls.of({**space.features(architecture), "macs": space.complexity(architecture, shape).macs})


def estimate_latencies(known: Sequence[Size], latencies: Sequence[float], wanted: Sequence[Size]) -> np.ndarray:
    """Milliseconds, ``(n,)``, by least squares on size; never below the fastest known.

    Args:
        known: sizes of what has a latency, at least one.
        latencies: theirs, ms.
        wanted: n sizes.
    """
    weights, *_ = np.linalg.lstsq(_rows(known), np.array(latencies), rcond=None)
    estimated: np.ndarray = np.maximum(min(latencies), _rows(wanted) @ weights)
    return estimated


def scaled_latencies(macs: Sequence[float], latencies: Sequence[float], wanted: Sequence[float]) -> np.ndarray:
    """Milliseconds, ``(n,)``, in proportion to multiply-accumulates: where too little is known for more.

    Args:
        macs: of networks whose latencies are known, at least one; their median time for one counts.
        latencies: theirs, ms.
        wanted: multiply-accumulates of n networks.
    """
    estimated: np.ndarray = np.median(np.divide(latencies, macs)) * np.asarray(wanted)
    return estimated


def _rows(sizes: Sequence[Size]) -> np.ndarray:
    return np.array([[1.0, size.macs / 1e6, size.edges, size.depth] for size in sizes]).reshape(len(sizes), 4)
