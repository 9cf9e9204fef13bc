"""Validation accuracy with all classes counting alike: the mean of their recalls, per cent."""

from __future__ import annotations

from illuminas.tools.objectives.objective import Kind

BALANCED_ACCURACY = Kind(
    name="balanced_accuracy",
    unit="%",
    direction="max",
    source="evaluation",
    label="balanced validation accuracy",
    ideal=100.0,
    nouns=r"balanced[ _](?:validation )?accuracy",
)
