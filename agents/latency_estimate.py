"""Latencies of architectures that nobody has measured or looked up, from those of a few."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from illuminas.agents.context import Context
from illuminas.tools.spaces import Architecture


def estimate_latencies(context: Context, architectures: Sequence[Architecture]) -> np.ndarray | None:
    """Latencies on the run's device, ms, ``(n,)``: known ones, else by least squares on the structure of what has one.

    None without a device, and before anything was measured.
    """
    view = context.view
    if all(each.hash in view.latencies for each in architectures):
        return np.array([view.latencies[each.hash] for each in architectures])
    evaluated = [context.architecture(hash_) for hash_ in view.evaluations]
    measured = [each for each in [*evaluated, *architectures] if each.hash in view.latencies]
    if not measured:
        return None
    rows = np.array([_structure(context, each) for each in measured])
    weights, *_ = np.linalg.lstsq(rows, np.array([view.latencies[each.hash] for each in measured]), rcond=None)
    fastest = min(view.latencies.values())
    return np.array(
        [
            view.latencies.get(each.hash, max(fastest, float(np.dot(_structure(context, each), weights))))
            for each in architectures
        ]
    )


def _structure(context: Context, architecture: Architecture) -> np.ndarray:
    known = context.descriptors(architecture)
    edges = float(known.get("live_edges", 0))  # of cells alone
    return np.array([1.0, float(known["macs"]) / 1e6, edges, float(known["depth"])])
