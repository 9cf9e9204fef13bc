"""Trainable parameters."""

from __future__ import annotations

from illuminas.tools.objectives.objective import Kind

PARAMS = Kind(
    name="params",
    unit="parameters",
    direction="min",
    source="structure",
    label="number of parameters",
    ideal=0.0,
    scale=1e3,
    aliases=("parameters",),
)
