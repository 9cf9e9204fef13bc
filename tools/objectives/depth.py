"""Layers with weights on the longest path."""

from __future__ import annotations

from illuminas.tools.objectives.objective import Kind

DEPTH = Kind(
    name="depth",
    unit="layers",
    direction="min",
    source="structure",
    label="depth",
    ideal=0.0,
    nouns=r"depth|deep",
    best=("shallowest",),
    better=("shallower",),
    worse=("deeper",),
)
