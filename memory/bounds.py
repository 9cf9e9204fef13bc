"""Bounds: which architectures the directives in force leave."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from illuminas.memory.directives import Limit
from illuminas.memory.partitions import LATENCY
from illuminas.memory.predicates import Predicate, parse_predicate
from illuminas.memory.steering import Steering
from illuminas.tools.spaces import Feature, SearchSpace


class Bounds(NamedTuple):
    """Limits and requirements, by the number of their directive."""

    limits: Mapping[int, Limit]
    requirements: Mapping[int, Predicate]

    @classmethod
    def of(cls, steering: Steering, space: SearchSpace) -> Bounds:
        """Those in force."""
        asked = {number: parse_predicate(each.predicate, space) for number, each in steering.requirements.items()}
        return cls(steering.limits, asked)

    def __bool__(self) -> bool:
        return bool(self.limits or self.requirements)

    @property
    def devices(self) -> set[str]:
        """Devices whose latency is limited."""
        return {limit.device for limit in self.limits.values() if limit.device is not None}

    def broken_by(self, known: Mapping[str, Feature], latencies: Mapping[str, float]) -> int | None:
        """Number of the first directive that an architecture breaks; None where nothing known says that it does.

        Args:
            known: its descriptors. A requirement on features that are not among them is taken as broken, since nothing
                tells that it holds.
            latencies: device -> ms, as far as they are known.
        """
        for number, limit in self.limits.items():
            value = latencies.get(limit.device or "") if limit.quantity == LATENCY else known.get(limit.quantity)
            if value is not None and not limit.holds(float(value)):
                return number
        for number, predicate in self.requirements.items():
            if any(condition.feature not in known for condition in predicate.conditions) or not predicate.holds(known):
                return number
        return None
