"""Energy of one forward pass on a device, millijoules."""

from __future__ import annotations

from illuminas.tools.objectives.objective import Kind

ENERGY = Kind(
    name="energy",
    unit="mJ",
    direction="min",
    source="device",
    label="energy",
    ideal=0.0,
    columns=("mj", "energy"),
)
