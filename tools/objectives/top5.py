"""Share of validation images whose class is among the five that a network finds likeliest, per cent."""

from __future__ import annotations

from illuminas.tools.objectives.objective import Kind

TOP5 = Kind(
    name="top5",
    unit="%",
    direction="max",
    source="evaluation",
    label="top-5 validation accuracy",
    ideal=100.0,
    nouns=r"top[ _-]?5(?: accuracy)?",
)
