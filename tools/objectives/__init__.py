"""Objectives: the numbers that a search optimises or bounds, each declared once.

``objective`` says what one is; a file a kind declares ``accuracy``, ``balanced_accuracy``, ``macro_f1``, ``top5``,
``latency``, ``energy``, ``params``, ``macs``, ``depth`` and ``resolution``; ``registry`` finds them by name,
``constraint`` bounds them, ``front`` compares several at once.
"""

from __future__ import annotations

from illuminas.tools.objectives.accuracy import ACCURACY
from illuminas.tools.objectives.balanced_accuracy import BALANCED_ACCURACY
from illuminas.tools.objectives.constraint import Constraint, parse_constraint
from illuminas.tools.objectives.front import FRONT_WORDS, Vector, gains_of, hypervolume, pareto_front
from illuminas.tools.objectives.latency import LATENCY
from illuminas.tools.objectives.macro_f1 import MACRO_F1
from illuminas.tools.objectives.objective import Direction, Kind, Objective, Source
from illuminas.tools.objectives.registry import (
    DEFAULT_METRIC,
    KINDS,
    LOCAL,
    LOCAL_DEVICES,
    METRICS,
    NO_DEVICE,
    SPELLINGS,
    Metric,
    default_objectives,
    device_of_column,
    find_kind,
    get_objective,
    is_local,
    kind_of_column,
)
from illuminas.tools.objectives.top5 import TOP5

__all__ = [
    "ACCURACY",
    "BALANCED_ACCURACY",
    "DEFAULT_METRIC",
    "FRONT_WORDS",
    "KINDS",
    "LATENCY",
    "LOCAL",
    "LOCAL_DEVICES",
    "MACRO_F1",
    "METRICS",
    "NO_DEVICE",
    "SPELLINGS",
    "TOP5",
    "Constraint",
    "Direction",
    "Kind",
    "Metric",
    "Objective",
    "Source",
    "Vector",
    "default_objectives",
    "device_of_column",
    "find_kind",
    "gains_of",
    "get_objective",
    "hypervolume",
    "is_local",
    "kind_of_column",
    "pareto_front",
    "parse_constraint",
]
