"""Constraints: bounds on an objective, as ``latency<=5``."""

from __future__ import annotations

import re
from typing import Self

from pydantic import Field, model_validator

from illuminas.tools.errors import IlluminasError
from illuminas.tools.frozen import Frozen
from illuminas.tools.objectives.objective import Objective

_FORM = re.compile(r"\s*(\S+?)\s*(<=|>=)\s*([-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?)\s*", re.IGNORECASE)


class Constraint(Frozen):
    """Only values within bounds.

    Attributes:
        objective: its name.
        most, least: bounds in the objective's unit, themselves included; at least one of them.
    """

    objective: str
    most: float | None = Field(default=None, allow_inf_nan=False)
    least: float | None = Field(default=None, allow_inf_nan=False)

    @model_validator(mode="after")
    def _bounds_something(self) -> Self:
        if self.most is None and self.least is None:
            raise ValueError("a bound needs 'most', 'least' or both")
        if self.most is not None and self.least is not None and self.least > self.most:
            raise ValueError(f"expected least <= most, got {self.least:g} and {self.most:g}")
        return self

    def holds(self, value: float) -> bool:
        """Whether a value lies within the bounds."""
        return (self.most is None or value <= self.most) and (self.least is None or value >= self.least)

    def words(self, objective: Objective) -> str:
        """The bounds in words, as 'latency of at most 5 ms'."""
        bounds = [
            f"at {name} {objective.number(value, 4)} {objective.unit_beside_words}".rstrip()
            for name, value in (("least", self.least), ("most", self.most))
            if value is not None
        ]
        return f"{objective.words} of {' and '.join(bounds)}"


def parse_constraint(text: str) -> Constraint:
    """The constraint written ``NAME<=NUMBER`` or ``NAME>=NUMBER``.

    Raises:
        IlluminasError: another form.
    """
    match = _FORM.fullmatch(text)
    if match is None:
        raise IlluminasError(f"expected a constraint such as 'latency<=5' or 'accuracy>=90', got {text!r}.")
    name, sign, number = match.groups()
    return Constraint(objective=name, **{"most" if sign == "<=" else "least": float(number)})
