"""What devices say of architectures: read, and of those that nobody has measured or looked up, estimated."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from illuminas.agents.context import Context
from illuminas.tools.devices.latency.estimate import estimate_latencies, size_of
from illuminas.tools.messages import Reading
from illuminas.tools.objectives import Objective, is_local
from illuminas.tools.spaces import Architecture


async def read(context: Context, objective: Objective, texts: Sequence[str]) -> list[Reading]:
    """One reading for each text, in order, of an objective that a device decides.

    On a machine too busy to measure, readings are unsteady, or estimated where there is not even such a figure, so
    that the search goes on. A run with ``strict_latency`` has measurements or, with a reason, nothing.
    """
    config = context.config
    estimate = is_local(objective.device) and not config.strict_latency
    asked = context.tools.lookup_objective(config.space, config.dataset, texts, objective.name, estimate)
    readings = (await asked).results
    if not config.strict_latency:
        return readings
    return [each.model_copy(update={"value": None}) if each.source == "unsteady" else each for each in readings]


def known_or_estimated(
    context: Context, objective: Objective, architectures: Sequence[Architecture]
) -> np.ndarray | None:
    """Values of an objective that no evaluation is needed for, ``(n,)``; None before anything was measured.

    What a structure decides is exact; of a device, what was neither looked up nor measured is estimated by size.
    """
    if objective.source == "structure":
        return np.array([float(context.descriptors(each)[objective.name]) for each in architectures])
    known = context.known_values(objective.name)
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
