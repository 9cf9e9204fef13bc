"""Latency by size and depth: a guess for what nobody has measured."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from illuminas.tools.spaces.base import Architecture, NetworkShape, SearchSpace

FEWEST = 8
"""Known latencies that an estimate rests on at least: twice as many as it has weights."""


def estimate_latencies(
    space: SearchSpace,
    shape: NetworkShape,
    known: Mapping[Architecture, float],
    architectures: Sequence[Architecture],
) -> list[float]:
    """Milliseconds, by least squares on multiply-accumulates, live edges and depth; never below the fastest known."""
    rows = np.array([_structure(space, shape, each) for each in known])
    weights, *_ = np.linalg.lstsq(rows, np.array(list(known.values())), rcond=None)
    fastest = min(known.values())
    return [max(fastest, float(np.dot(_structure(space, shape, each), weights))) for each in architectures]


def _structure(space: SearchSpace, shape: NetworkShape, architecture: Architecture) -> np.ndarray:
    architecture = space.representative(architecture)
    features = space.features(architecture)
    edges = float(features.get("live_edges", 0))  # of cells alone
    return np.array([1.0, space.complexity(architecture, shape).macs / 1e6, edges, float(features["depth"])])
