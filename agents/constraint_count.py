"""How much of a search space directives leave, counted where the space can be listed."""

from __future__ import annotations

from functools import lru_cache

from illuminas.agents.config import SearchConfig
from illuminas.memory.bounds import Bounds
from illuminas.memory.directives import AnyDirective, Avoid, Limit, Require
from illuminas.memory.partitions import LATENCY, Descriptors, structure
from illuminas.memory.predicates import parse_predicate
from illuminas.memory.state import RunState
from illuminas.tools.spaces import NetworkShape, get_space
from illuminas.tools.tables import TableError, parse_reference, table_latency


def remaining(config: SearchConfig, state: RunState, more: AnyDirective) -> tuple[int, int] | None:
    """``(architectures left, architectures of the space)`` under the directives in force and one more.

    None where the space has no list, where the tables of a device lie with a remote tool server, and where a latency
    is bounded that is known only once it was measured.
    """
    space = get_space(config.space)
    if not space.enumerable or state.partition is None or config.tools is not None:
        return None
    bounds = Bounds.of(state.steering, space)
    if isinstance(more, Limit):
        bounds = Bounds({**bounds.limits, 0: more}, bounds.requirements)
    elif isinstance(more, Require):
        bounds = Bounds(bounds.limits, {**bounds.requirements, 0: parse_predicate(more.predicate, space)})
    shut = {*state.steering.avoided, *(more.niches if isinstance(more, Avoid) else ())}
    if any(not device.startswith("table:") for device in bounds.devices):
        return None
    tabled = {device for device in (*bounds.devices, config.device) if device.startswith("table:")}
    on_device = {device: _latencies(config.space, device) for device in tabled}
    everything = _descriptors(config.space, state.started.task.shape)
    kept = 0
    for hash_, known in everything.items():
        latencies = {device: found[hash_] for device, found in on_device.items() if hash_ in found}
        if bounds.broken_by(known, latencies) is None:
            own = latencies.get(config.device)
            niche = state.partition.niche_of(known if own is None else {**known, LATENCY: own}) if shut else None
            kept += niche not in shut
    return kept, len(everything)


@lru_cache(maxsize=4)
def _descriptors(space: str, shape: NetworkShape) -> dict[str, Descriptors]:
    known = get_space(space)
    return {each.hash: structure(known, shape, each) for each in known.reduced()}


@lru_cache(maxsize=8)
def _latencies(space: str, device: str) -> dict[str, float]:
    """Hash -> ms of the fastest way to write each function that the table has."""
    known, reference = get_space(space), parse_reference(device)
    found: dict[str, float] = {}
    for architecture in known.reduced():
        for equal in known.equals(architecture):
            try:
                latency = table_latency(reference, equal.text)
            except TableError:
                continue
            found[architecture.hash] = min(latency, found.get(architecture.hash, latency))
    return found
