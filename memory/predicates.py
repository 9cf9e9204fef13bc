"""Predicates: conditions on the features of an architecture that code can check.

A predicate is what makes a heuristic more than an opinion: it says of every architecture whether the rule
applies to it. It has a canonical text, ``depth >= 2 and kernel == 5``, and words for people and prompts.
"""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, Self

import numpy as np
from pydantic import Field, field_validator, model_validator

from illuminas.tools.errors import IlluminasError, unknown_name
from illuminas.tools.frozen import Frozen

# pydantic reads this annotation when the models are made
from illuminas.tools.spaces.base import Feature

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from illuminas.tools.spaces.base import SearchSpace

Op = Literal["==", "!=", ">=", "<="]

_COMPARE: dict[Op, Callable[[Any, Any], Any]] = {
    "==": operator.eq,
    "!=": operator.ne,
    ">=": operator.ge,
    "<=": operator.le,
}

MAX_CONDITIONS = 3
"""A rule of more conditions fits too few architectures to be tested, and nobody remembers it."""

_CONDITION = re.compile(r"\s*(\w+)\s*(==|!=|>=|<=)\s*(\S+)\s*")


class Condition(Frozen):
    """One comparison of a feature with a value.

    Attributes:
        feature: name of a feature of the search space.
        op: ``>=`` and ``<=`` compare numbers; ``==`` and ``!=`` anything.
        value: a number, a truth or a word without spaces. A whole float becomes an int and ``!= true``
            becomes ``== false``, so that one rule is written in one way.
    """

    feature: str = Field(pattern=r"^\w+$", max_length=64)
    op: Op
    value: Feature

    @model_validator(mode="before")
    @classmethod
    def _one_way_to_say_it(cls, data: Any) -> Any:
        if isinstance(data, dict) and data.get("op") == "!=" and isinstance(data.get("value"), bool):
            return {**data, "op": "==", "value": not data["value"]}
        return data

    @field_validator("value")
    @classmethod
    def _canonical_value(cls, value: Feature) -> Feature:
        if isinstance(value, float):
            if not math.isfinite(value):
                raise ValueError(f"expected a finite number, got {value}")
            return int(value) if value.is_integer() else value
        if isinstance(value, str) and not re.fullmatch(r"\S{1,64}", value):
            raise ValueError(f"expected a word without spaces, got {value[:80]!r}")
        return value

    @model_validator(mode="after")
    def _order_needs_numbers(self) -> Self:
        if self.op in (">=", "<=") and isinstance(self.value, bool | str):
            raise ValueError(f"expected a number after {self.op}, got {self.value!r}; use == or !=")
        return self

    @property
    def text(self) -> str:
        value = str(self.value).lower() if isinstance(self.value, bool) else str(self.value)
        return f"{self.feature} {self.op} {value}"

    def holds(self, features: Mapping[str, Feature]) -> bool:
        """Whether an architecture with these features meets the condition."""
        try:
            return bool(_COMPARE[self.op](features[self.feature], self.value))
        except KeyError:
            raise unknown_name("feature", self.feature, features) from None
        except TypeError:
            got = features[self.feature]
            raise IlluminasError(f"{self.text!r} compares the word {got!r} by size; use == or !=.") from None

    def extension(self, rows: Sequence[Mapping[str, Feature]]) -> NDArray[np.bool_]:
        """Boolean ``(n,)``: :meth:`holds` of ``n`` architectures."""
        compare, feature, value = _COMPARE[self.op], self.feature, self.value
        try:
            return np.fromiter((compare(row[feature], value) for row in rows), dtype=bool, count=len(rows))
        except (KeyError, TypeError):
            return np.array([self.holds(row) for row in rows])  # raises with the reason

    def words(self, space: SearchSpace) -> str:
        """The condition in English, made from the space's description of the feature."""
        doc = re.sub(r"\s*\([^)]*\)$", "", space.feature_docs[self.feature])
        value = self.value
        if isinstance(value, bool):
            return doc if value else f"it does not hold that {doc}"
        if isinstance(value, str):
            if not doc.startswith("operation "):
                told, more = (self.feature, f" ({doc})") if ":" in doc else (doc, "")
                return f"{told} is {'not ' if self.op == '!=' else ''}{value}{more}"
            what = "nothing" if value == "none" else value
            if self.op == "!=":
                what = "something" if value == "none" else f"anything but {value}"
            return f"{what} {doc.removeprefix('operation ')}"
        things = doc.removeprefix("number of ")
        if self.op == "==" and value == 0 and things != doc:
            return f"no {things}"
        if self.op in ("==", "!="):
            return f"the {doc} is {'not ' if self.op == '!=' else ''}{value}"
        if things == doc or isinstance(value, float):
            return f"{self.feature} {'at least' if self.op == '>=' else 'at most'} {value:g} ({doc})"
        if self.op == ">=":  # worded so that the plural is always right
            return f"1 or more {things}" if value == 1 else f"at least {value} {things}"
        return f"no {things}" if value == 0 else f"fewer than {value + 1} {things}"


class Predicate(Frozen):
    """One to three conditions that must all hold; their order and repetitions do not matter."""

    conditions: tuple[Condition, ...] = Field(min_length=1, max_length=MAX_CONDITIONS)

    @field_validator("conditions")
    @classmethod
    def _canonical(cls, conditions: tuple[Condition, ...]) -> tuple[Condition, ...]:
        return tuple(sorted(set(conditions), key=lambda condition: condition.text))

    @property
    def text(self) -> str:
        """The canonical form; :func:`parse_predicate` reads it back."""
        return " and ".join(condition.text for condition in self.conditions)

    def holds(self, features: Mapping[str, Feature]) -> bool:
        """Whether the rule applies to an architecture with these features."""
        for condition in self.conditions:  # noqa: SIM110 - a generator would double the time
            if not condition.holds(features):
                return False
        return True

    def extension(self, rows: Sequence[Mapping[str, Feature]]) -> NDArray[np.bool_]:
        """Boolean ``(n,)``: which of ``n`` architectures the rule applies to."""
        held = self.conditions[0].extension(rows)
        for condition in self.conditions[1:]:
            held &= condition.extension(rows)
        return held

    def words(self, space: SearchSpace) -> str:
        """The predicate in English: 'at least 2 live 3x3 convolutions and skip on the edge 0-3'."""
        return " and ".join(condition.words(space) for condition in self.conditions)


class FeatureKind(NamedTuple):
    """What a feature's values are; ``words`` is empty unless they are words."""

    kind: Literal["number", "truth", "word"]
    words: frozenset[str]


@cache
def feature_kinds(space: SearchSpace) -> dict[str, FeatureKind]:
    """Feature name -> kind of its values, read off 300 random architectures.

    A space declares names and meanings alone; what it really returns cannot disagree with itself.
    """
    rng = np.random.default_rng(0)
    drawn = [space.features(space.random(rng)) for _ in range(300)]
    kinds = {}
    for name in space.feature_docs:
        values = [features[name] for features in drawn]
        words = frozenset(value for value in values if isinstance(value, str))
        kind: Literal["number", "truth", "word"] = (
            "word" if words else "truth" if isinstance(values[0], bool) else "number"
        )
        kinds[name] = FeatureKind(kind, words)
    return kinds


def check_predicate(predicate: Predicate, space: SearchSpace) -> Predicate:
    """The predicate itself, where the space has its features and they can take its values.

    Raises:
        IlluminasError: an unknown feature or word (the nearest valid one is named), or a value of the wrong
        type.
    """
    kinds = feature_kinds(space)
    for condition in predicate.conditions:
        if condition.feature not in kinds:
            raise unknown_name("feature", condition.feature, kinds)
        kind, words = kinds[condition.feature]
        value = condition.value
        if kind == "word" and isinstance(value, str) and value not in words:
            raise unknown_name(f"value of {condition.feature}", value, words)
        got = "truth" if isinstance(value, bool) else "word" if isinstance(value, str) else "number"
        if got != kind:
            expected = {
                "number": "a number",
                "truth": "true or false",
                "word": f"one of {', '.join(sorted(words))}",
            }
            raise IlluminasError(f"{condition.text!r}: {condition.feature} is {expected[kind]}, got {value!r}.")
    return predicate


def parse_predicate(text: str, space: SearchSpace) -> Predicate:
    """The predicate written as ``feature op value``, up to three of them joined by ``and``.

    Raises:
        IlluminasError: the text is no predicate of this space; the message says what was expected.
    """
    conditions = []
    for part in re.split(r"\s+and\s+", text.strip()):
        match = _CONDITION.fullmatch(part)
        if match is None:
            raise IlluminasError(
                f"not a condition: {part[:80]!r}. Expected a feature, one of == != >= <=, and a value, "
                f"for example '{next(iter(space.feature_docs))} >= 2'; join conditions by 'and'."
            )
        feature, op, value = match.groups()
        try:
            conditions.append(Condition.model_validate({"feature": feature, "op": op, "value": _value(value)}))
        except ValueError as error:
            raise IlluminasError(f"not a condition: {part[:80]!r} ({_first_line(error)}).") from error
    if len(conditions) > MAX_CONDITIONS:
        raise IlluminasError(f"expected at most {MAX_CONDITIONS} conditions, got {len(conditions)}: {text[:160]!r}.")
    return check_predicate(Predicate(conditions=tuple(conditions)), space)


def _value(text: str) -> Feature:
    bare = text.strip("'\"")
    if bare.lower() in ("true", "false"):
        return bare.lower() == "true"
    if re.fullmatch(r"[+-]?\d{1,18}", bare):
        return int(bare)
    if re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?", bare):
        return float(bare)
    return bare


def _first_line(error: ValueError) -> str:
    details = getattr(error, "errors", None)
    return str(details()[0]["msg"]) if details else str(error)
