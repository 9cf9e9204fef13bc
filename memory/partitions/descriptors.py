"""Descriptors: what is known of an architecture without training, by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from illuminas.tools.spaces import Architecture, Feature, NetworkShape, SearchSpace

Descriptors = Mapping[str, Feature]
"""What is known of an architecture without training: its features, the built-in and the registered descriptors."""

LATENCY = "latency_ms"
"""Latency on the run's device; known only once it was looked up or measured."""

DESCRIPTORS: dict[str, Callable[[SearchSpace, NetworkShape, Architecture], float]] = {}
"""Descriptors of your own, name -> function; an :class:`~illuminas.memory.partitions.Axis` may then read them."""


class Unit(NamedTuple):
    """How a descriptor is written: divided by ``scale``, and then the unit."""

    scale: float
    name: str

    def number(self, value: float, digits: int) -> str:
        """The value without its unit; whole numbers in full."""
        scaled = value / self.scale
        return f"{scaled:.{digits}g}" if abs(scaled) < 10.0**digits else f"{scaled:.0f}"


UNITS = {
    "macs": Unit(1e6, "M MACs"),
    "params": Unit(1e3, "k parameters"),
    "width_depth": Unit(1.0, "width/depth"),
    LATENCY: Unit(1.0, "ms"),
}
"""Units of those that have one; any other is written with its own name."""


def unit_of(key: str) -> Unit:
    """The unit a descriptor is written in."""
    return UNITS.get(key, Unit(1.0, key.replace("_", " ")))


def structure(space: SearchSpace, shape: NetworkShape, architecture: Architecture) -> dict[str, Feature]:
    """The descriptors of an architecture that follow from its structure alone; equal functions have equal ones.

    Its features, ``params``, ``macs``, ``chance`` (a number from 0 to 1 that its hash draws), and those of
    :data:`DESCRIPTORS`.
    """
    architecture = space.representative(architecture)
    params, macs = space.complexity(architecture, shape)
    own = {name: describe(space, shape, architecture) for name, describe in DESCRIPTORS.items()}
    return {**space.features(architecture), "params": params, "macs": macs, "chance": _chance(architecture), **own}


def of_a_build(architecture: Architecture, *, params: int, macs: int, depth: int, width: int) -> dict[str, Feature]:
    """The descriptors of an architecture of which nothing but a build told anything."""
    chance, ratio = _chance(architecture), width / max(1, depth)
    return {"params": params, "macs": macs, "depth": depth, "width": width, "width_depth": ratio, "chance": chance}


def _chance(architecture: Architecture) -> float:
    """A number from 0 to 1 that the hash draws."""
    return int(architecture.hash, 16) / float(16 ** len(architecture.hash))
