"""Validation accuracy, per cent."""

from __future__ import annotations

from illuminas.tools.objectives.objective import Kind

ACCURACY = Kind(
    name="accuracy",
    unit="%",
    direction="max",
    source="evaluation",
    label="validation accuracy",
    ideal=100.0,
    nouns=r"(?:validation )?accuracy",
    units=r"%|per ?cent",
    best=("most accurate",),
    better=("more accurate",),
    worse=("less accurate",),
)
