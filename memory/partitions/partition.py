"""What a partition is: niches that know what belongs to them, how much that is, and how to say it."""

from __future__ import annotations

from abc import ABC, abstractmethod

from illuminas.memory.partitions.descriptors import Descriptors
from illuminas.tools.frozen import Frozen


class Partition(Frozen, ABC):
    """Disjoint niches, numbered from 0; writes itself into the event log and reads itself back.

    Attributes:
        name: as chosen on the command line.
        capacities: unique architectures of the space that each niche can hold; empty where that is not known.
    """

    name: str
    capacities: tuple[int, ...] = ()

    @property
    @abstractmethod
    def size(self) -> int:
        """How many niches there are."""

    @property
    @abstractmethod
    def keys(self) -> tuple[str, ...]:
        """The descriptors it reads."""

    @abstractmethod
    def niche_of(self, descriptors: Descriptors) -> int | None:
        """Number of the niche, or None where a descriptor it needs is unknown."""

    @abstractmethod
    def describe(self, niche: int) -> str:
        """The niche in words, for prompts and people; no two are described alike."""

    def distance(self, left: int, right: int) -> float:
        """How far two niches lie apart; 0 from itself."""
        return float(abs(left - right))

    @property
    def reachable(self) -> list[int]:
        """Niches that some architecture belongs to; all of them where capacities are not known."""
        return [niche for niche in range(self.size) if not self.capacities or self.capacities[niche]]
