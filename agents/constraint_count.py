"""How much of a search space directives leave, counted where the space can be listed."""

from __future__ import annotations

from functools import lru_cache

from illuminas.agents.config import SearchConfig
from illuminas.memory.bounds import Bounds
from illuminas.memory.directives import AnyDirective, Avoid, Limit, Require
from illuminas.memory.partitions import Descriptors, structure
from illuminas.memory.predicates import parse_predicate
from illuminas.memory.state import RunState
from illuminas.tools.objectives import LOCAL, Objective, get_objective
from illuminas.tools.spaces import NetworkShape, get_space
from illuminas.tools.tables import TableError, table_value


def remaining(config: SearchConfig, state: RunState, more: AnyDirective) -> tuple[int, int] | None:
    """``(architectures left, architectures of the space)`` under the directives in force and one more.

    None where the space has no list, where the tables of a device lie with a remote tool server, and where something
    is bounded that is known only once it was measured.
    """
    space = get_space(config.space)
    if not space.enumerable or state.partition is None or config.tools is not None:
        return None
    bounds, new = Bounds.of(state.steering, space, state.constraints), len(state.steering.acts) + 1
    if isinstance(more, Limit):
        bounds = Bounds({**bounds.limits, new: more.bound}, bounds.requirements)
    elif isinstance(more, Require):
        bounds = Bounds(bounds.limits, {**bounds.requirements, new: parse_predicate(more.predicate, space)})
    shut = {*state.steering.avoided, *(more.niches if isinstance(more, Avoid) else ())}
    limited = [get_objective(name, state.tracked) for name in bounds.objectives]
    if any(each.device == LOCAL or each.uncertain for each in limited):
        return None
    tabled = [each for each in {*limited, *state.tracked} if each.source == "device" and each.device != LOCAL]
    on_device = {each.name: _on_device(config.space, each) for each in tabled}
    everything = _descriptors(config.space, state.started.task.shape)
    kept = 0
    for hash_, known in everything.items():
        values = {name: found[hash_] for name, found in on_device.items() if hash_ in found}
        if bounds.broken_by(known, values) is None:
            niche = state.partition.niche_of({**known, **values}) if shut else None
            kept += niche not in shut
    return kept, len(everything)


@lru_cache(maxsize=4)
def _descriptors(space: str, shape: NetworkShape) -> dict[str, Descriptors]:
    known = get_space(space)
    return {each.hash: structure(known, shape, each) for each in known.reduced()}


@lru_cache(maxsize=8)
def _on_device(space: str, objective: Objective) -> dict[str, float]:
    """Hash -> value of the best way to write each function that the table has."""
    known = get_space(space)
    found: dict[str, float] = {}
    for architecture in known.reduced():
        for equal in known.equals(architecture):
            try:
                value = table_value(objective, equal.text)
            except TableError:
                continue
            found[architecture.hash] = max(value, found.get(architecture.hash, value), key=objective.gain)
    return found
