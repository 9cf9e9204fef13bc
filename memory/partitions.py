"""Partitions of a search space into niches, each of which keeps an elite of its own.

A partition is a product of axes, and an axis sorts architectures into labelled bins by what is known of them before
training. To add one: write a function that returns a :class:`Partition` and list it in :data:`PARTITIONS`.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from illuminas.tools.errors import IlluminasError, unknown_name
from illuminas.tools.spaces import Architecture, Feature, NetworkShape, SearchSpace

Descriptors = Mapping[str, Feature]
"""What is known of an architecture without training: its features, ``params``, ``macs`` and ``latency_ms``."""


class Axis(BaseModel):
    """One dimension of a partition: bins of a numeric descriptor.

    Attributes:
        key: the descriptor it reads.
        bounds: ascending lower bounds of the second and later bins.
        labels: words for each bin, one more than the bounds.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    key: str
    bounds: tuple[float, ...]
    labels: tuple[str, ...]

    def bin_of(self, descriptors: Descriptors) -> int | None:
        """The bin, or None where the descriptor is unknown (no latency could be had)."""
        value = descriptors.get(self.key)
        if value is None:
            return None
        return bisect_right(self.bounds, float(value))


class Partition(BaseModel):
    """A grid of niches, numbered row by row; writes itself into the event log and reads itself back.

    Attributes:
        name: as chosen on the command line.
        axes: one or more.
        capacities: unique architectures of the space a niche can hold; empty where that is not known beforehand.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    axes: tuple[Axis, ...] = Field(min_length=1)
    capacities: tuple[int, ...] = ()

    @property
    def size(self) -> int:
        return int(np.prod([len(axis.labels) for axis in self.axes]))

    @property
    def reachable(self) -> list[int]:
        """Niches that some architecture belongs to; all of them where capacities are not known."""
        return [niche for niche in range(self.size) if not self.capacities or self.capacities[niche]]

    def niche_of(self, descriptors: Descriptors) -> int | None:
        """Index of the niche, or None where a descriptor it needs is unknown."""
        niche = 0
        for axis in self.axes:
            position = axis.bin_of(descriptors)
            if position is None:
                return None
            niche = niche * len(axis.labels) + position
        return niche

    def labels_of(self, niche: int) -> tuple[str, ...]:
        """The label on each axis."""
        labels: list[str] = []
        for axis in reversed(self.axes):
            niche, position = divmod(niche, len(axis.labels))
            labels.insert(0, axis.labels[position])
        return tuple(labels)

    def describe(self, niche: int) -> str:
        """The niche in words, for prompts and people."""
        return ", ".join(self.labels_of(niche))


class PartitionContext(BaseModel):
    """What a partition may be built from.

    Attributes:
        latencies: of a sample of architectures on the run's device, milliseconds; empty without a device.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True)

    space: SearchSpace
    shape: NetworkShape
    latencies: tuple[float, ...] = ()

    def structure(self, architecture: Architecture) -> dict[str, Feature]:
        """Features, parameters and MACs."""
        return structure(self.space, self.shape, architecture)


def structure(space: SearchSpace, shape: NetworkShape, architecture: Architecture) -> dict[str, Feature]:
    """The descriptors of an architecture that follow from its structure alone."""
    params, macs = space.complexity(architecture, shape)
    return {**space.features(architecture), "params": params, "macs": macs}


def convolutions(context: PartitionContext) -> Partition:
    """Six niches by number of convolutions, the complexity partition of LLM-NAS (arXiv 2510.01472).

    ``complexity`` is a feature of the space: 0 without convolution, 1 with 1x1 alone, then one more than the number
    of 3x3 convolutions.
    """
    labels = (
        "no convolution",
        "only 1x1 convolutions",
        "one 3x3",
        "two 3x3",
        "three 3x3",
        "four or more 3x3",
    )
    return _with_capacities("convolutions", (Axis(key="complexity", bounds=(1, 2, 3, 4, 5), labels=labels),), context)


def latency(context: PartitionContext) -> Partition:
    """Six niches that hold equal shares of a sample by latency on the run's device."""
    if not context.latencies:
        raise IlluminasError("the latency partition needs a device: add --device, or choose another --partition.")
    return Partition(name="latency", axes=(_quantiles("latency_ms", context.latencies, 6, "ms"),))


def macs_depth(context: PartitionContext) -> Partition:
    """Multiply-accumulates (four equal shares of the space) by depth in convolutions (0 to 3)."""
    macs = [context.structure(architecture)["macs"] for architecture in context.space.reduced()]
    millions = _quantiles("macs", [float(value) for value in macs], 4, "M MACs", scale=1e6)
    depth = Axis(key="depth", bounds=(1, 2, 3), labels=tuple(f"depth {depth}" for depth in range(4)))
    return _with_capacities("macs-depth", (millions, depth), context)


PARTITIONS: dict[str, Callable[[PartitionContext], Partition]] = {
    "convolutions": convolutions,
    "latency": latency,
    "macs-depth": macs_depth,
}


def make_partition(name: str, context: PartitionContext) -> Partition:
    """The partition of that name over a space; an unknown one is answered with the nearest."""
    if name not in PARTITIONS:
        raise unknown_name("partition", name, PARTITIONS)
    return PARTITIONS[name](context)


def _quantiles(key: str, values: Sequence[float], bins: int, unit: str, *, scale: float = 1.0) -> Axis:
    bounds = sorted({float(q) for q in np.quantile(values, np.arange(1, bins) / bins)})
    digits = next(n for n in range(3, 18) if len({f"{bound / scale:.{n}g}" for bound in bounds}) == len(bounds))
    shown = [f"{bound / scale:.{digits}g}" for bound in bounds]
    labels = (
        f"under {shown[0]} {unit}",
        *(f"{low} to {high} {unit}" for low, high in pairwise(shown)),
        f"{shown[-1]} {unit} and more",
    )
    return Axis(key=key, bounds=tuple(bounds), labels=labels)


def _with_capacities(name: str, axes: tuple[Axis, ...], context: PartitionContext) -> Partition:
    partition = Partition(name=name, axes=axes)
    counts = Counter(partition.niche_of(context.structure(each)) for each in context.space.reduced())
    return partition.model_copy(update={"capacities": tuple(counts[niche] for niche in range(partition.size))})
