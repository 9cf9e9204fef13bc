"""What a partition is built from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TypeVar

import numpy as np
from pydantic import BaseModel, ConfigDict

from illuminas.memory.partitions.descriptors import Descriptors, structure
from illuminas.memory.partitions.partition import Partition
from illuminas.tools.errors import IlluminasError, unknown_name
from illuminas.tools.objectives import Objective, find_kind
from illuminas.tools.spaces import Architecture, NetworkShape, SearchSpace

P = TypeVar("P", bound=Partition)
SAMPLE = 1000
"""Architectures that stand for a space which cannot be listed."""


class PartitionContext(BaseModel):
    """A search space as a run sees it: the size of its networks, and what devices are known to do with them.

    Attributes:
        objectives: of the run.
        measured: name of a device's objective -> hash -> value; of some architectures, or of none.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True, frozen=True)

    space: SearchSpace
    shape: NetworkShape
    objectives: tuple[Objective, ...] = ()
    measured: Mapping[str, Mapping[str, float]] = {}

    def descriptors(self, architecture: Architecture) -> Descriptors:
        """What is known of an architecture, with the values of devices where they are among those given."""
        known = structure(self.space, self.shape, architecture)
        values = {name: found.get(architecture.hash) for name, found in self.measured.items()}
        return {**known, **{name: value for name, value in values.items() if value is not None}}

    def key(self, descriptor: str) -> str:
        """The descriptor of a name: of a kind that devices decide, the run's objective of that kind.

        Raises:
            IlluminasError: the run has none.
        """
        kind = find_kind(descriptor)
        if kind is None or kind.source != "device":
            return descriptor
        own = [objective.name for objective in self.objectives if objective.kind == kind.name]
        if not own:
            raise IlluminasError(
                f"a partition by {kind.name} needs a device: add --device or --objective {kind.name}:DEVICE, or choose "
                "another --partition."
            )
        return own[0]

    @cached_property
    def population(self) -> list[Descriptors]:
        """Descriptors of every unique architecture, or of a sample where the space has no end; always the same."""
        space = self.space
        known = space.reduced() if space.enumerable else space.sample(np.random.default_rng(0), SAMPLE)
        return [self.descriptors(architecture) for architecture in known]

    def points(self, keys: Sequence[str]) -> np.ndarray:
        """Descriptors of all architectures that have them, ``(n, len(keys))``, n at least 1.

        Raises:
            IlluminasError: nothing provides one of them, or it is no number.
        """
        words = next((key for key in keys if isinstance(self.population[0].get(key), str)), None)
        if words is not None:
            raise IlluminasError(f"descriptor {words!r} is a word, not a number: niches are sorted by numbers.")
        rows = [[float(each[key]) for key in keys] for each in self.population if each.keys() >= set(keys)]
        if rows:
            return np.array(rows)
        missing = next(key for key in keys if not any(key in each for each in self.population))
        raise unknown_name("descriptor", missing, self.population[0])

    def values(self, key: str) -> np.ndarray:
        """One descriptor of all architectures that have it, ``(n,)``."""
        return self.points((key,))[:, 0]

    def counted(self, partition: P) -> P:
        """The partition with its capacities, where they can be counted."""
        if not self.space.enumerable:
            return partition
        niches = [partition.niche_of(each) for each in self.population]
        if any(niche is None for niche in niches):
            return partition
        return partition.model_copy(update={"capacities": tuple(niches.count(n) for n in range(partition.size))})
