"""Latencies on a run's device of architectures that nobody has measured or looked up, from those of a few."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from illuminas.agents.context import Context
from illuminas.tools.devices.latency.estimate import Size, estimate_latencies
from illuminas.tools.spaces import Architecture


def known_or_estimated(context: Context, architectures: Sequence[Architecture]) -> np.ndarray | None:
    """Latencies on the run's device, ms, ``(n,)``; None without a device, and before anything was measured."""
    known = context.state.latencies
    if all(each.hash in known for each in architectures):
        return np.array([known[each.hash] for each in architectures])
    evaluated = [context.architecture(hash_) for hash_ in context.state.evaluations]
    measured = [each for each in [*evaluated, *architectures] if each.hash in known]
    if not measured:
        return None
    sizes = [Size.of(context.descriptors(each)) for each in measured]
    wanted = [Size.of(context.descriptors(each)) for each in architectures]
    estimated = estimate_latencies(sizes, [known[each.hash] for each in measured], wanted)
    return np.array([known.get(each.hash, guess) for each, guess in zip(architectures, estimated, strict=True)])
