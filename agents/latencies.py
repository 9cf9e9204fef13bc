"""Latencies on a run's device: read, and of architectures that nobody has measured or looked up, estimated."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from illuminas.agents.context import Context
from illuminas.tools.devices.latency.estimate import estimate_latencies, size_of
from illuminas.tools.messages import LatencyReading
from illuminas.tools.spaces import Architecture


async def read_latencies(context: Context, texts: Sequence[str]) -> list[LatencyReading]:
    """One reading for each text, in order, of the run's device, which is not none.

    On a machine too busy to measure, readings are unsteady, or estimated where there is not even such a figure, so
    that the search goes on. A run with ``strict_latency`` has measurements or, with a reason, nothing.
    """
    config = context.config
    readings = await context.tools.lookup_latency(
        config.space,
        config.dataset,
        config.device,
        texts,
        estimate=not (context.device_is_table or config.strict_latency),
    )
    if not config.strict_latency:
        return readings
    return [each.model_copy(update={"latency_ms": None}) if each.source == "unsteady" else each for each in readings]


def known_or_estimated(context: Context, architectures: Sequence[Architecture]) -> np.ndarray | None:
    """Latencies on the run's device, ms, ``(n,)``; None without a device, and before anything was measured."""
    known = context.state.latencies
    if all(each.hash in known for each in architectures):
        return np.array([known[each.hash] for each in architectures])
    evaluated = [context.architecture(hash_) for hash_ in context.state.evaluations]
    measured = [each for each in [*evaluated, *architectures] if each.hash in known]
    if not measured:
        return None
    sizes = [size_of(context.space, context.descriptors(each)) for each in measured]
    wanted = [size_of(context.space, context.descriptors(each)) for each in architectures]
    estimated = estimate_latencies(sizes, [known[each.hash] for each in measured], wanted)
    return np.array([known.get(each.hash, guess) for each, guess in zip(architectures, estimated, strict=True)])
