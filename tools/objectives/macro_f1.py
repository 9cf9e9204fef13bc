"""Validation F1, the harmonic mean of precision and recall, averaged over classes, per cent."""

from __future__ import annotations

from illuminas.tools.objectives.objective import Kind

MACRO_F1 = Kind(
    name="macro_f1",
    unit="%",
    direction="max",
    source="evaluation",
    label="macro F1 on validation",
    ideal=100.0,
    nouns=r"(?:macro[ _-])?f1(?: score)?",
)
