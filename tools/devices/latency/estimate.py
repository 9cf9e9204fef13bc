"""Latency by size and depth, or by size alone: a guess for what could not be measured."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from illuminas.tools.spaces.base import Architecture, Feature, NetworkShape, SearchSpace

Size = tuple[float, ...]
"""What an estimate sees of a network: 1, multiply-accumulates in millions, and the space's features of cost."""
_SHORTEST = 1e-6
"""Latency in ms below which relative errors mean nothing."""
FEWEST = 8
"""Known latencies that an estimate rests on at least."""


def size_of(space: SearchSpace, known: Mapping[str, Feature]) -> Size:
    """The size of a network by its descriptors."""
    return (1.0, float(known.get("macs", 0)) / 1e6, *(float(known.get(name, 0)) for name in space.cost_features))


def size_by_structure(space: SearchSpace, shape: NetworkShape, architecture: Architecture) -> Size:
    """The size of an architecture whose structure tells it."""
    architecture = space.representative(architecture)
    counted = space.complexity(architecture, shape)
    return size_of(space, {**space.features(architecture), **({} if counted is None else counted._asdict())})


def estimate_latencies(known: Sequence[Size], latencies: Sequence[float], wanted: Sequence[Size]) -> np.ndarray:
    """Milliseconds, ``(n,)``, by least squares of relative errors on size; never below the fastest known.

    Relative ones, because the latencies of a space spread over orders of magnitude, and the small ones count as much.

    Args:
        known: sizes of what has a latency, at least one.
        latencies: theirs, ms.
        wanted: n sizes.
    """
    shares = 1 / np.maximum(latencies, _SHORTEST)
    weights, *_ = np.linalg.lstsq(np.array(known) * shares[:, None], np.array(latencies) * shares, rcond=None)
    estimated: np.ndarray = np.maximum(min(latencies), np.array(wanted).reshape(-1, len(weights)) @ weights)
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
