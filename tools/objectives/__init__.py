"""Objectives: the numbers that a search optimises or bounds, each declared once.

``objective`` says what one is; a file a kind declares ``accuracy``, ``latency``, ``energy``, ``params``, ``macs`` and
``depth``; ``registry`` finds them by name, ``constraint`` bounds them, ``front`` compares several at once.
"""

from __future__ import annotations

from illuminas.tools.objectives.accuracy import ACCURACY
from illuminas.tools.objectives.constraint import Constraint, parse_constraint
from illuminas.tools.objectives.front import FRONT_WORDS, Vector, gains_of, hypervolume, pareto_front
from illuminas.tools.objectives.latency import LATENCY
from illuminas.tools.objectives.objective import Direction, Kind, Objective, Source
from illuminas.tools.objectives.registry import (
    KINDS,
    LOCAL,
    NO_DEVICE,
    SPELLINGS,
    default_objectives,
    device_of_column,
    find_kind,
    get_objective,
    kind_of_column,
)

__all__ = [
    "ACCURACY",
    "FRONT_WORDS",
    "KINDS",
    "LATENCY",
    "LOCAL",
    "NO_DEVICE",
    "SPELLINGS",
    "Constraint",
    "Direction",
    "Kind",
    "Objective",
    "Source",
    "Vector",
    "default_objectives",
    "device_of_column",
    "find_kind",
    "gains_of",
    "get_objective",
    "hypervolume",
    "kind_of_column",
    "pareto_front",
    "parse_constraint",
]
