"""Bounds: which architectures the run's constraints and the directives in force leave."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from illuminas.memory.predicates import Predicate, parse_predicate
from illuminas.memory.steering import Steering
from illuminas.tools.objectives import Constraint
from illuminas.tools.spaces import Feature, SearchSpace


class Bounds(NamedTuple):
    """Limits and requirements, by the number of their directive; the run's own constraints by 0, -1, ..."""

    limits: Mapping[int, Constraint]
    requirements: Mapping[int, Predicate]

    @classmethod
    def of(cls, steering: Steering, space: SearchSpace, constraints: Sequence[Constraint] = ()) -> Bounds:
        """Those in force.

        Args:
            constraints: of the run.
        """
        asked = {number: parse_predicate(each.predicate, space) for number, each in steering.requirements.items()}
        own = {-place: constraint for place, constraint in enumerate(constraints)}
        return cls({**own, **{number: limit.bound for number, limit in steering.limits.items()}}, asked)

    def __bool__(self) -> bool:
        return bool(self.limits or self.requirements)

    @property
    def objectives(self) -> set[str]:
        """Names of the objectives that are limited."""
        return {limit.objective for limit in self.limits.values()}

    def broken_by(self, known: Mapping[str, Feature], values: Mapping[str, float]) -> int | None:
        """Number of the first bound that an architecture breaks; None where nothing known says that it does.

        Args:
            known: its descriptors. A requirement on features that are not among them is taken as broken, since nothing
                tells that it holds.
            values: objective's name -> value, as far as they are known.
        """
        for number, limit in self.limits.items():
            value = values.get(limit.objective, known.get(limit.objective))
            if value is not None and not limit.holds(float(value)):
                return number
        for number, predicate in self.requirements.items():
            if any(condition.feature not in known for condition in predicate.conditions) or not predicate.holds(known):
                return number
        return None
