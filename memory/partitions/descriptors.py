"""Descriptors: what is known of an architecture without training, by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from illuminas.tools.objectives import Objective, find_kind, get_objective
from illuminas.tools.spaces import Architecture, Feature, NetworkShape, SearchSpace

Descriptors = Mapping[str, Feature]
"""What is known of an architecture without training: its features, the built-in and the registered descriptors."""

DESCRIPTORS: dict[str, Callable[[SearchSpace, NetworkShape, Architecture], float]] = {}
"""Descriptors of your own, name -> function; an :class:`~illuminas.memory.partitions.Axis` may then read them."""


UNITS = {"width_depth": "width/depth"}
"""Units of those that have one and are no objective; any other is written with its own name."""


def measure_of(key: str) -> Objective:
    """How a descriptor is written: as the objective of its name, or as a plain number in its own unit."""
    if find_kind(key.partition(":")[0]) is not None:
        return get_objective(key)
    unit = UNITS.get(key, key.replace("_", " "))
    return Objective(name=key, unit=unit, direction="max", source="structure")


def structure(space: SearchSpace, shape: NetworkShape, architecture: Architecture) -> dict[str, Feature]:
    """The descriptors of an architecture that follow from its structure alone; equal functions have equal ones.

    Its features, ``params`` and ``macs`` where the space counts them, ``chance`` (a number from 0 to 1 that its hash
    draws), and those of :data:`DESCRIPTORS`.
    """
    architecture = space.representative(architecture)
    counted = space.complexity(architecture, shape)
    sizes = {} if counted is None else counted._asdict()
    own = {name: describe(space, shape, architecture) for name, describe in DESCRIPTORS.items()}
    return {**space.features(architecture), **sizes, "chance": _chance(architecture), **own}


def of_a_build(architecture: Architecture, *, params: int, macs: int, depth: int, width: int) -> dict[str, Feature]:
    """The descriptors of an architecture of which nothing but a build told anything."""
    chance, ratio = _chance(architecture), width / max(1, depth)
    return {"params": params, "macs": macs, "depth": depth, "width": width, "width_depth": ratio, "chance": chance}


def _chance(architecture: Architecture) -> float:
    """A number from 0 to 1 that the hash draws."""
    return int(architecture.hash, 16) / float(16 ** len(architecture.hash))
